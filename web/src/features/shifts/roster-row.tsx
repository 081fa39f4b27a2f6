import {
  type CSSProperties,
  memo,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from "react";
import type { Employee } from "@/api/types";
import type { Place } from "@/lib/calendar";
import type { ZonedDay } from "@/lib/zoned-day";
import { isClosed } from "./closed-days";
import { GridPart } from "./grid-part";
import type { NearRows } from "./near-rows";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { useLeaveOfRow } from "./roster-leave";
import { hoursText, type PlacedShift } from "./roster-model";
import { ShiftChip } from "./shift-chip";

interface RosterRowProps {
  readonly employee: Employee;
  readonly row: number;
  readonly near: NearRows;
  readonly days: readonly ZonedDay[];
  /** What each of the days is called. */
  readonly dayNames: readonly string[];
  readonly today: string;
  /** Shifts that start before it are closed, in seconds. */
  readonly border: number;
  readonly shifts: readonly PlacedShift[];
  /** How many columns the places of the shifts are counted in. */
  readonly columns: number;
  /** The hours of the days that are shown, in seconds. */
  readonly seconds: number;
  readonly place: Place;
  readonly dyeOf: ReadonlyMap<string, number>;
  readonly isAlongHours: boolean;
  /** The ids of what is selected and of what stood in the way, joined, so that they compare. */
  readonly selected: string;
  readonly met: string;
}

/** An employee and, while it is near, their shifts; drawn again only when one of these changes. */
export const RosterRow = memo(function RosterRow(props: RosterRowProps) {
  const { employee, row, near, days, shifts, seconds } = props;
  const element = useRef<HTMLDivElement>(null);
  const isDrawn = useSyncExternalStore(near.subscribe, () => near.has(employee.id, row, days));
  useLayoutEffect(() => (element.current ? near.add(element.current) : undefined), [near]);
  useLayoutEffect(() => {
    if (isDrawn) {
      near.drawn(employee.id, days);
    }
  }, [near, isDrawn, employee.id, days]);
  const lanes = Math.max(1, ...shifts.map(({ lane }) => lane + 1));
  return (
    <GridPart
      ref={element}
      role="row"
      className={classes.row}
      data-row={row}
      data-employee={employee.id}
      aria-rowindex={row + 3}
      style={{ "--lanes": lanes } as CSSProperties}
    >
      <RowHead>{nameOf(employee)}</RowHead>
      <div className={classes.track} data-track>
        {isDrawn && <Cells {...props} />}
      </div>
      <GridPart role="gridcell" className={classes.rowSum} aria-colindex={days.length + 2}>
        {seconds > 0 ? hoursText(seconds) : "–"}
      </GridPart>
    </GridPart>
  );
});

/** The days of a row, each with the shifts that are listed in it. */
function Cells({
  employee,
  days,
  dayNames,
  today,
  border,
  shifts,
  columns,
  place,
  dyeOf,
  isAlongHours,
  selected,
  met,
}: RosterRowProps) {
  const who = nameOf(employee);
  const leave = useLeaveOfRow(employee.id, days, isAlongHours);
  return (
    <>
      {days.map((day, column) => {
        const here = shifts.filter((shift) => shift.column === column);
        return (
          <GridPart
            key={day.date}
            role="gridcell"
            className={classes.cell}
            data-column={column}
            data-today={day.date === today}
            data-closed={isClosed(day, border)}
            data-cell={here.length === 0 ? true : undefined}
            tabIndex={here.length === 0 ? -1 : undefined}
            aria-colindex={column + 2}
            aria-label={
              here.length === 0
                ? `${who}, ${dayNames[column]}, no shift${leave.said(day)}${isClosed(day, border) ? ", closed" : ""}`
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
      {leave.marks}
    </>
  );
}

export function RowHead({ children }: { children: ReactNode }) {
  return (
    <GridPart role="rowheader" className={classes.name} aria-colindex={1}>
      {children}
    </GridPart>
  );
}
