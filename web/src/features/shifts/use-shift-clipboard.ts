import { useState } from "react";
import type { Shift, ShiftBatch } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { showDone } from "@/ui/toasts";
import { type CopiedShifts, type DrawnShift, pasted } from "./roster-model";
import type { RosterData } from "./use-roster-data";
import type { RosterPeriod } from "./use-roster-period";

/** What was copied is kept while one goes from week to week. */
let clipboard: (CopiedShifts & { readonly isPeriod: boolean }) | null = null;

export type ShiftClipboard = ReturnType<typeof useShiftClipboard>;

/** Shifts, or the whole of a week, copied and pasted as drafts at the same times of the clock. */
export function useShiftClipboard(
  { first, days, place: { timeZone } }: RosterPeriod,
  { byId, shown, employeeOf }: RosterData,
  add: (create: NonNullable<ShiftBatch["create"]>) => void,
) {
  const [copied, setCopied] = useState(clipboard);

  function copy(ones: readonly Shift[], isPeriod: boolean) {
    const [earliest] = [...ones].sort((one, other) => one.starts_at.localeCompare(other.starts_at));
    if (!earliest) {
      announce("There is nothing to copy.");
      return;
    }
    const firstDay = isPeriod ? first : dayOf(earliest.starts_at, timeZone);
    clipboard = { firstDay, shifts: ones, isPeriod };
    setCopied(clipboard);
    showDone(`${counted(ones.length, "shift")} copied.`);
  }

  function paste(firstDay: string, employeeId?: string) {
    if (!copied) {
      announce("Nothing was copied.");
      return;
    }
    const owners = new Set(copied.shifts.map((shift) => shift.employee_id));
    const create = pasted(copied, firstDay, timeZone)
      .map((shift) =>
        employeeId !== undefined && owners.size === 1
          ? { ...shift, employee_id: employeeId }
          : shift,
      )
      .filter((shift) => employeeOf.has(shift.employee_id));
    if (create.length > 0) {
      add(create);
    }
  }

  return {
    copied,
    copyPeriod() {
      const from = days[0]?.from ?? 0;
      copy(
        shown.filter((one) => one.from >= from).map(({ shift }: DrawnShift) => shift),
        true,
      );
    },
    copyShifts: (ids: readonly string[]) =>
      copy(
        ids.flatMap((id) => byId.get(id)?.shift ?? []),
        false,
      ),
    pastePeriod: () => paste(first),
    /** Onto a day of an employee; a copied week goes to where the week is that is shown. */
    pasteAt: (employeeId: string, day: string) =>
      copied?.isPeriod ? paste(first) : paste(day, employeeId),
  };
}
