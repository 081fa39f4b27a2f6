import { type CSSProperties, memo, type ReactNode } from "react";
import type { Employee } from "@/api/types";
import { dayLabel, type Place } from "@/lib/calendar";
import type { ZonedDay } from "@/lib/zoned-day";
import { GridPart } from "./grid-part";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { hoursText, type PlacedShift } from "./roster-model";
import { ShiftChip } from "./shift-chip";

/** An employee and their shifts; drawn again only when one of these changes. */
export const RosterRow = memo(function RosterRow({
  employee,
  row,
  days,
  today,
  shifts,
  columns,
  seconds,
  place,
  dyeOf,
  isAlongHours,
  selected,
  met,
}: {
  employee: Employee;
  row: number;
  days: readonly ZonedDay[];
  today: string;
  shifts: readonly PlacedShift[];
  /** How many columns the places of the shifts are counted in. */
  columns: number;
  /** The hours of the days that are shown, in seconds. */
  seconds: number;
  place: Place;
  dyeOf: ReadonlyMap<string, number>;
  isAlongHours: boolean;
  /** The ids of what is selected and of what stood in the way, joined, so that they compare. */
  selected: string;
  met: string;
}) {
  const who = nameOf(employee);
  const lanes = Math.max(1, ...shifts.map(({ lane }) => lane + 1));
  return (
    <GridPart
      role="row"
      className={classes.row}
      data-row={row}
      aria-rowindex={row + 3}
      style={{ "--lanes": lanes } as CSSProperties}
    >
      <RowHead>{who}</RowHead>
      <div className={classes.track} data-track>
        {days.map((day, column) => {
          const here = shifts.filter((shift) => shift.column === column);
          return (
            <GridPart
              key={day.date}
              role="gridcell"
              className={classes.cell}
              data-column={column}
              data-today={day.date === today}
              data-cell={here.length === 0 ? true : undefined}
              tabIndex={here.length === 0 ? -1 : undefined}
              aria-colindex={column + 2}
              aria-label={
                here.length === 0
                  ? `${who}, ${dayLabel(day.date, place.locale)}, no shift`
                  : undefined
              }
            >
              {here.map((shift) => (
                <ShiftChip
                  key={shift.one.id}
                  placed={shift}
                  columns={columns}
                  who={who}
                  place={place}
                  dye={dyeOf.get(shift.one.shift.position ?? "")}
                  isSelected={selected.includes(shift.one.id)}
                  isMet={met.includes(shift.one.id)}
                  isResizable={isAlongHours}
                />
              ))}
            </GridPart>
          );
        })}
      </div>
      <GridPart role="gridcell" className={classes.rowSum} aria-colindex={days.length + 2}>
        {seconds > 0 ? hoursText(seconds) : "–"}
      </GridPart>
    </GridPart>
  );
});

export function RowHead({ children }: { children: ReactNode }) {
  return (
    <GridPart role="rowheader" className={classes.name} aria-colindex={1}>
      {children}
    </GridPart>
  );
}
