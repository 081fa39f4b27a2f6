import { useMemo, useState } from "react";
import type { Employee } from "@/api/types";
import type { ZonedDay } from "@/lib/zoned-day";
import { type DrawnShift, type PlacedShift, placed, type Span, secondsByDay } from "./roster-model";

export interface PlacedRow {
  readonly shifts: readonly PlacedShift[];
  /** What of them lies in the days that are shown, in seconds. */
  readonly seconds: number;
}

type Along = (span: Span) => { left: number; right: number };

/** The shifts of everybody where they are drawn. Rows in which nothing changed stay what they are. */
export function usePlacedRows(
  employees: readonly Employee[],
  shiftsOf: ReadonlyMap<string, readonly DrawnShift[]>,
  days: readonly ZonedDay[],
  along: Along,
  window: Span,
): readonly PlacedRow[] {
  const [place] = useState(makePlacer);
  return useMemo(
    () => employees.map(({ id }) => place(id, shiftsOf.get(id) ?? [], days, along, window)),
    [place, employees, shiftsOf, days, along, window],
  );
}

function makePlacer() {
  const rows = new Map<
    string,
    { shifts: readonly DrawnShift[]; days: unknown; along: unknown; row: PlacedRow }
  >();
  return (
    id: string,
    shifts: readonly DrawnShift[],
    days: readonly ZonedDay[],
    along: Along,
    window: Span,
  ): PlacedRow => {
    const known = rows.get(id);
    if (known && known.days === days && known.along === along && isSame(known.shifts, shifts)) {
      return known.row;
    }
    const row = {
      shifts: placed(shifts, days, along, window),
      seconds: secondsByDay(shifts, days).reduce((sum, one) => sum + one, 0),
    };
    rows.set(id, { shifts, days, along, row });
    return row;
  };
}

export function isSame<Item>(one: readonly Item[], other: readonly Item[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
