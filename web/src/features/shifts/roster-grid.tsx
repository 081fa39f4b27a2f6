import {
  type CSSProperties,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Employee } from "@/api/types";
import { dayLabel, type Place } from "@/lib/calendar";
import { wallAt, type ZonedDay } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import { closedUntil } from "./closed-days";
import { GhostLayer } from "./ghost-layer";
import { makeGhostStore } from "./ghost-store";
import { GridPart } from "./grid-part";
import { makeNearRows } from "./near-rows";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { RosterHead, RosterNeeds, RosterSums } from "./roster-frame";
import {
  alongDays,
  alongHours,
  begunAt,
  type DrawnShift,
  lengthened,
  movedByDays,
  type Span,
  secondsByDay,
  snapped,
} from "./roster-model";
import { RosterRow } from "./roster-row";
import { spokenSpan } from "./shift-chip";
import type { Slot } from "./shortages";
import { usePlacedRows } from "./use-placed-rows";
import { type Dragged, type Spot, useRosterDrag } from "./use-roster-drag";
import { useRosterFocus } from "./use-roster-focus";
import { type CellSpot, type Steps, useRosterKeys } from "./use-roster-keys";

const quarter = 900;
const refusedMs = 9_000;

/** What is to become of a shift. */
export interface Plan {
  readonly one: DrawnShift;
  readonly employeeId: string;
  readonly span: Span;
}

/** Something that was refused, where it was wanted. */
export interface Refusal {
  readonly employeeId: string;
  readonly span: Span;
  readonly text: string;
  readonly metIds: readonly string[];
}

export interface RosterGridProps {
  readonly employees: readonly Employee[];
  readonly days: readonly ZonedDay[];
  /** For a single day, the time along which it is drawn: it reaches into the next morning. */
  readonly hours: { readonly window: Span; readonly days: readonly ZonedDay[] } | null;
  readonly shiftsOf: ReadonlyMap<string, readonly DrawnShift[]>;
  readonly byId: ReadonlyMap<string, DrawnShift>;
  readonly slots: readonly Slot[];
  readonly place: Place;
  readonly dyeOf: ReadonlyMap<string, number>;
  readonly today: string;
  /** Shifts that start before it are closed, in seconds. */
  readonly border: number;
  readonly mayChange: boolean;
  readonly selected: ReadonlySet<string>;
  readonly refusal: Refusal | null;
  readonly label: string;
  readonly dayLink: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
  /** Why these cannot be; null where nothing is known against it. */
  readonly troubleOf: (plans: readonly Plan[]) => string | null;
  readonly onPlans: (plans: readonly Plan[]) => void;
  readonly onOpen: (one: DrawnShift) => void;
  readonly onNew: (employeeId: string, dates: readonly string[], span?: Span) => void;
  readonly onSelect: (id: string) => void;
  readonly onDelete: (ids: readonly string[]) => void;
  readonly onCopy: (ids: readonly string[]) => void;
  readonly onPaste: (employeeId: string, date: string) => void;
  readonly onClear: () => boolean;
  readonly onStep: (direction: -1 | 1) => void;
}

/** People by days, or by the hours of one day. */
export function RosterGrid(props: RosterGridProps) {
  const { employees, days, hours, shiftsOf, byId, place, today, mayChange, selected } = props;
  const { refusal, troubleOf } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [ghost] = useState(makeGhostStore);
  const [near] = useState(makeNearRows);
  useLayoutEffect(() => (scroller.current ? near.watch(scroller.current) : undefined), [near]);
  useLayoutEffect(() => near.show(days), [near, days]);
  const columns = hours ? 1 : days.length;
  const window = useMemo(
    () => hours?.window ?? { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 },
    [hours, days],
  );
  const along = useMemo(
    () =>
      hours ? (span: Span) => alongHours(window, span) : (span: Span) => alongDays(days, span),
    [hours, window, days],
  );
  const rows = usePlacedRows(employees, shiftsOf, days, along, window);
  const dayNames = useMemo(
    () => days.map(({ date }) => dayLabel(date, place.locale)),
    [days, place.locale],
  );
  const sums = useMemo(() => secondsByDay([...shiftsOf.values()].flat(), days), [shiftsOf, days]);
  const rowOf = (employeeId: string) => employees.findIndex(({ id }) => id === employeeId);

  /** Draws what these plans would make, and says so where it is asked for. */
  function preview(plans: readonly Plan[], isSpoken: boolean) {
    const [first] = plans;
    if (!first) {
      ghost.set(null);
      return;
    }
    const trouble = troubleOf(plans);
    const row = rowOf(first.employeeId);
    const employee = employees[row];
    const text = `${plans.length > 1 ? `${plans.length} shifts, the first ` : ""}${spokenSpan(first.span, place)}${
      first.employeeId === first.one.shift.employee_id || !employee ? "" : `, ${nameOf(employee)}`
    }`;
    const { left, right } = along(first.span);
    ghost.set({
      row,
      left: left / columns,
      right: Math.max(right, left) / columns,
      label: text,
      trouble,
    });
    if (isSpoken) {
      announce(trouble ? `${text}. ${trouble}` : text);
    }
  }

  function plansFor(id: string, alter: (one: DrawnShift) => Span, rowStep: number): Plan[] {
    const ids = selected.has(id) ? [...selected] : [id];
    const ones = ids.flatMap((other) => byId.get(other) ?? []);
    // The one that is held comes first: it is the one that is drawn.
    ones.sort((one, other) => Number(other.id === id) - Number(one.id === id));
    const plans = ones.map((one) => ({
      one,
      span: alter(one),
      employeeId: employees[rowOf(one.shift.employee_id) + rowStep]?.id,
    }));
    return plans.flatMap(({ one, span, employeeId }) =>
      employeeId === undefined ? [] : [{ one, span, employeeId }],
    ).length === plans.length
      ? (plans as Plan[])
      : [];
  }

  const dayOfInstant = (instant: number): ZonedDay | undefined => {
    const known = hours?.days ?? days;
    return known.find(({ to }) => instant < to) ?? known.at(-1);
  };
  const snap = (instant: number) => {
    const day = dayOfInstant(instant);
    return day ? snapped(day, instant, quarter) : instant;
  };
  const instantAt = ({ along: part }: Spot) => window.from + part * (window.to - window.from);
  const columnOf = ({ along: part }: Spot) => Math.floor(part * columns);

  /** What a drag means, so far. */
  function meaning(what: Dragged, begin: Spot, now: Spot): Plan[] {
    if (what.kind === "draw") {
      return [];
    }
    if (what.kind === "resize") {
      const one = byId.get(what.id);
      const at = snap(instantAt(now));
      return one
        ? [
            {
              one,
              employeeId: one.shift.employee_id,
              span:
                what.edge === "end" ? lengthened(one, at - one.to) : begunAt(one, at - one.from),
            },
          ]
        : [];
    }
    const held = byId.get(what.id);
    const rowStep = now.row - begin.row;
    if (hours && held) {
      const shift = snap(held.from + instantAt(now) - instantAt(begin)) - held.from;
      return plansFor(what.id, ({ from, to }) => ({ from: from + shift, to: to + shift }), rowStep);
    }
    const step = columnOf(now) - columnOf(begin);
    return plansFor(what.id, (one) => movedByDays(one, step, place.timeZone), rowStep);
  }

  /** The days or hours that are being drawn in a row. */
  function drawing(begin: Spot, now: Spot): { dates: string[]; span?: Span } {
    if (hours) {
      const [from, to] = [instantAt(begin), instantAt(now)].sort((one, other) => one - other);
      const span = { from: snap(from ?? 0), to: snap(to ?? 0) };
      return {
        dates: [days[0]?.date ?? ""],
        span: { from: span.from, to: Math.max(span.to, span.from + quarter) },
      };
    }
    const [first, last] = [columnOf(begin), columnOf(now)].sort((one, other) => one - other);
    return { dates: days.slice(first, (last ?? 0) + 1).map(({ date }) => date) };
  }

  const drag = useRosterDrag({
    scroller,
    isAllowed: mayChange,
    onDrag: (what, begin, now) => {
      if (what.kind !== "draw") {
        preview(meaning(what, begin, now), false);
        return;
      }
      const { dates, span } = drawing(begin, now);
      const first = days.findIndex(({ date }) => date === dates[0]);
      const { left, right } = span ? along(span) : { left: first, right: first + dates.length };
      ghost.set({
        row: begin.row,
        left: left / columns,
        right: right / columns,
        label: span ? spokenSpan(span, place) : dayCount(dates, place),
        trouble: troubleAt(employees[begin.row]?.id, span ?? days[first]),
      });
    },
    onDrop: (what, begin, now) => {
      ghost.set(null);
      if (what.kind === "draw") {
        const employee = employees[begin.row];
        const { dates, span } = drawing(begin, now);
        if (employee) {
          props.onNew(employee.id, dates, span);
        }
      } else {
        finish(meaning(what, begin, now));
      }
    },
    onCancel: () => ghost.set(null),
    onPress: (what, at, event) => {
      if (what.kind !== "draw") {
        const one = byId.get(what.id);
        if (mayChange && (event.ctrlKey || event.metaKey || event.shiftKey)) {
          props.onSelect(what.id);
        } else if (one) {
          props.onOpen(one);
        }
        return;
      }
      const employee = employees[at.row];
      const day = days[hours ? 0 : columnOf(at)];
      if (employee && day && mayChange) {
        props.onNew(employee.id, [day.date], hours ? hourAt(instantAt(at)) : undefined);
      }
    },
  });

  /** Eight hours from the hour that was pressed. */
  function hourAt(instant: number): Span {
    const day = dayOfInstant(instant);
    const from = day ? instant - (wallAt(day, instant) % 3600) : instant;
    return { from, to: from + 8 * 3600 };
  }

  function troubleAt(employeeId: string | undefined, span: Span | undefined): string | null {
    if (span === undefined) {
      return null;
    }
    if (span.from < props.border) {
      return closedUntil(props.border, place);
    }
    const met = (shiftsOf.get(employeeId ?? "") ?? []).find(
      (other) => other.from < span.to && span.from < other.to,
    );
    return met ? `Overlaps ${spokenSpan(met, place)}` : null;
  }

  function finish(plans: readonly Plan[]) {
    const changed = plans.filter(
      ({ one, span, employeeId }) =>
        span.from !== one.from || span.to !== one.to || employeeId !== one.shift.employee_id,
    );
    if (changed.length > 0) {
      props.onPlans(changed);
    }
  }

  function stepped(id: string, steps: Steps): Plan[] {
    return plansFor(
      id,
      (one) => {
        const moved = hours
          ? { from: one.from + steps.along * quarter, to: one.to + steps.along * quarter }
          : movedByDays(one, steps.along, place.timeZone);
        return begunAt(lengthened(moved, steps.end * quarter), steps.start * quarter);
      },
      steps.rows,
    );
  }

  const focus = useRosterFocus({
    grid: scroller,
    near,
    ownerOf: (id) => byId.get(id)?.shift.employee_id,
    firstEmployee: employees[0]?.id,
  });
  const keys = useRosterKeys({
    grid: scroller,
    reach: near.reach,
    mayChange,
    onPreview: (id, steps) => {
      const plans = stepped(id, steps);
      if (plans.length === 0) {
        announce("There is nobody further.");
      }
      preview(plans, true);
    },
    onSettle: (id, steps) => {
      ghost.set(null);
      if (steps) {
        focus.goesTo([`[data-shift="${id}"]`]);
        finish(stepped(id, steps));
      }
    },
    onOpen: (id) => {
      const one = byId.get(id);
      if (one) {
        props.onOpen(one);
      }
    },
    onNew: ({ row, column }) => withCell({ row, column }, (id, date) => props.onNew(id, [date])),
    onSelect: props.onSelect,
    onDelete: (id) => {
      const chip = scroller.current?.querySelector<HTMLElement>(`[data-shift="${id}"]`);
      const row = chip?.closest<HTMLElement>("[data-row]")?.dataset.row;
      const inCell = `[data-row="${row}"] [data-column="${chip?.dataset.column}"]`;
      focus.goesTo([`${inCell}[data-shift]`, `${inCell}[data-cell]`]);
      props.onDelete(selected.has(id) ? [...selected] : [id]);
    },
    onCopy: (id) => props.onCopy(selected.size > 0 ? [...selected] : id === null ? [] : [id]),
    onPaste: (cell) => withCell(cell, props.onPaste),
    onEscape: props.onClear,
    onStep: props.onStep,
  });

  function withCell({ row, column }: CellSpot, deed: (employeeId: string, date: string) => void) {
    const employee = employees[row];
    const day = days[column];
    if (employee && day) {
      deed(employee.id, day.date);
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is drawn once, where it was refused
  useEffect(() => {
    if (!refusal) {
      return;
    }
    const { left, right } = along(refusal.span);
    const row = rowOf(refusal.employeeId);
    scroller.current?.querySelector(`[data-row="${row}"]`)?.scrollIntoView({ block: "nearest" });
    ghost.set({
      row,
      left: left / columns,
      right: right / columns,
      label: "Not possible",
      trouble: refusal.text,
      isRefused: true,
    });
    const timer = setTimeout(() => ghost.set(null), refusedMs);
    return () => {
      clearTimeout(timer);
      ghost.set(null);
    };
  }, [refusal]);

  const met = refusal?.metIds.join(" ") ?? "";
  return (
    <section
      ref={scroller}
      className={classes.scroller}
      aria-label={props.label}
      data-columns={hours ? "hours" : columns > 14 ? "month" : columns > 7 ? "weeks" : "week"}
      style={{ "--columns": columns } as CSSProperties}
    >
      <GridPart
        role="grid"
        className={classes.grid}
        aria-label={props.label}
        aria-rowcount={employees.length + 3}
        aria-colcount={days.length + 2}
        aria-multiselectable={mayChange}
        onPointerDown={(event) => {
          const row = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
          near.hold("drag", row?.dataset.employee);
          drag.onPointerDown(event);
        }}
        onKeyDown={keys.onKeyDown}
        onKeyUp={keys.onKeyUp}
        onBlur={(event) => {
          keys.settle();
          focus.onBlur(event);
        }}
        onFocus={focus.onFocus}
        onDragStart={(event) => event.preventDefault()}
      >
        <RosterHead
          days={days}
          hours={hours}
          place={place}
          today={today}
          border={props.border}
          dayLink={props.dayLink}
          window={window}
        />
        <RosterNeeds days={days} slots={props.slots} place={place} />
        {employees.map((employee, row) => {
          const drawnRow = rows[row];
          const shifts = drawnRow?.shifts ?? [];
          const chosen = shifts.filter(({ one }) => selected.has(one.id));
          return (
            <RosterRow
              key={employee.id}
              employee={employee}
              row={row}
              near={near}
              days={days}
              dayNames={dayNames}
              today={today}
              border={props.border}
              shifts={shifts}
              columns={columns}
              seconds={drawnRow?.seconds ?? 0}
              place={place}
              dyeOf={props.dyeOf}
              isAlongHours={hours !== null && mayChange}
              selected={chosen.map(({ one }) => one.id).join(" ")}
              met={shifts.some(({ one }) => met.includes(one.id)) ? met : ""}
            />
          );
        })}
        <RosterSums days={days} sums={sums} people={employees.length} />
      </GridPart>
      <GhostLayer ghost={ghost} scroller={scroller} />
    </section>
  );
}

function dayCount(dates: readonly string[], place: Place): string {
  const first = dayLabel(dates[0] ?? "", place.locale);
  return dates.length > 1 ? `${dates.length} days from ${first}` : first;
}
