import {
  type CSSProperties,
  type FocusEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Employee } from "@/api/types";
import { dayLabel, type Place, timeOfDay, weekdayName } from "@/lib/calendar";
import { wallAt, type ZonedDay } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import { type Ghost, type GhostStore, makeGhostStore } from "./ghost-store";
import { GridPart } from "./grid-part";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import {
  alongDays,
  alongHours,
  begunAt,
  briefHours,
  type DrawnShift,
  hoursText,
  instantOf,
  lengthened,
  movedByDays,
  placed,
  type Span,
  secondsByDay,
  snapped,
} from "./roster-model";
import { RosterRow, RowHead } from "./roster-row";
import { spokenSpan } from "./shift-chip";
import type { Slot } from "./shortages";
import { ShortagesOfDay } from "./shortages-of-day";
import { type Dragged, type Spot, useRosterDrag } from "./use-roster-drag";
import { type CellSpot, focusOn, type Steps, useRosterKeys } from "./use-roster-keys";

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
  const rows = useMemo(
    () =>
      employees.map(({ id }) => {
        const shifts = shiftsOf.get(id) ?? [];
        return {
          shifts: placed(shifts, days, along, window),
          seconds: secondsByDay(shifts, days).reduce((sum, one) => sum + one, 0),
        };
      }),
    [employees, shiftsOf, days, along, window],
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
        trouble: span ? troubleAt(employees[begin.row]?.id, span) : null,
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

  function troubleAt(employeeId: string | undefined, span: Span): string | null {
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

  // What takes the focus once what had it is gone: a shift in its new row, or an emptied cell.
  const focusNext = useRef<readonly string[] | null>(null);
  const keys = useRosterKeys({
    grid: scroller,
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
        focusNext.current = [`[data-shift="${id}"]`];
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
      focusNext.current = [`${inCell}[data-shift]`, `${inCell}[data-cell]`];
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

  // What has the focus, and where it goes if others' changes take that away: to the same shift in
  // its new row, or else to the cell in which it was.
  const held = useRef<{ element: HTMLElement; again: readonly string[] } | null>(null);
  function onBlur({ target }: FocusEvent<HTMLElement>) {
    // What is taken away is gone by then; what is still there was left on purpose.
    queueMicrotask(() => {
      if (held.current?.element === target && target.isConnected) {
        held.current = null;
      }
    });
  }

  // One thing in the grid can be reached by Tab: what had the focus last, or the first cell.
  const stop = useRef<HTMLElement | null>(null);
  function onFocus(event: FocusEvent<HTMLElement>) {
    if (event.target.matches("[data-shift], [data-cell]")) {
      held.current = { element: event.target, again: placesOf(event.target) };
      stop.current?.setAttribute("tabindex", "-1");
      event.target.setAttribute("tabindex", "0");
      stop.current = event.target;
    }
  }
  useLayoutEffect(() => {
    if (document.activeElement === document.body) {
      const lost = held.current?.element.isConnected ? null : held.current?.again;
      const places = focusNext.current ?? lost ?? [];
      const found = places.reduce<HTMLElement | null>(
        (sooner, place) => sooner ?? scroller.current?.querySelector<HTMLElement>(place) ?? null,
        null,
      );
      focusNext.current = null;
      if (found) {
        focusOn(found);
        held.current = { element: found, again: places };
      }
    }
    if (!stop.current?.isConnected || !stop.current.matches("[data-shift], [data-cell]")) {
      stop.current =
        scroller.current?.querySelector<HTMLElement>("[data-shift], [data-cell]") ?? null;
    }
    stop.current?.setAttribute("tabindex", "0");
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is drawn once, where it was refused
  useEffect(() => {
    if (!refusal) {
      return;
    }
    const { left, right } = along(refusal.span);
    ghost.set({
      row: rowOf(refusal.employeeId),
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
        onPointerDown={drag.onPointerDown}
        onKeyDown={keys.onKeyDown}
        onKeyUp={keys.onKeyUp}
        onBlur={(event) => {
          keys.settle();
          onBlur(event);
        }}
        onFocus={onFocus}
        onDragStart={(event) => event.preventDefault()}
      >
        <Head {...props} window={window} />
        <Needs days={days} slots={props.slots} place={place} />
        {employees.map((employee, row) => {
          const drawnRow = rows[row];
          const shifts = drawnRow?.shifts ?? [];
          const chosen = shifts.filter(({ one }) => selected.has(one.id));
          return (
            <RosterRow
              key={employee.id}
              employee={employee}
              row={row}
              days={days}
              today={today}
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
        <Sums days={days} sums={sums} people={employees.length} />
      </GridPart>
      <GhostLayer ghost={ghost} scroller={scroller} />
    </section>
  );
}

function dayCount(dates: readonly string[], place: Place): string {
  const first = dayLabel(dates[0] ?? "", place.locale);
  return dates.length > 1 ? `${dates.length} days from ${first}` : first;
}

function Head({ days, hours, place, today, dayLink, window }: RosterGridProps & { window: Span }) {
  return (
    <GridPart role="row" className={classes.head} aria-rowindex={1}>
      <GridPart role="columnheader" className={classes.corner} aria-colindex={1}>
        {place.timeZone.replaceAll("_", " ")}
      </GridPart>
      <div className={classes.trackHead}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="columnheader"
            className={classes.dayHead}
            data-today={day.date === today}
            aria-colindex={column + 2}
          >
            {dayLink(day.date, {
              className: classes.dayName ?? "",
              children: (
                <>
                  <span>{weekdayName(day.date, place.locale)}</span>{" "}
                  <strong>{Number(day.date.slice(8))}</strong>
                  {day.to - day.from !== 86_400 && (
                    <em className={classes.oddDay}>{(day.to - day.from) / 3600} h</em>
                  )}
                </>
              ),
            })}
          </GridPart>
        ))}
        {hours && <Ticks window={window} days={hours.days} place={place} />}
      </div>
      <GridPart role="columnheader" className={classes.sumHead} aria-colindex={days.length + 2}>
        Hours
      </GridPart>
    </GridPart>
  );
}

/** The hours above a single day, as the clock shows them: one that comes twice is there twice. */
function Ticks({ window, days, place }: { window: Span; days: readonly ZonedDay[]; place: Place }) {
  const length = window.to - window.from;
  const ticks: number[] = [];
  for (let at = window.from; at < window.to; at += 3600) {
    ticks.push(at);
  }
  const midnight = days[0]?.to ?? window.to;
  return (
    <div className={classes.ticks} aria-hidden>
      {ticks.map((at) => (
        <span
          key={at}
          className={classes.tick}
          data-next-day={at >= midnight}
          style={{ left: `${((at - window.from) / length) * 100}%` }}
        >
          {timeOfDay(instantOf(at), place).replace(/:00\b/, "")}
        </span>
      ))}
    </div>
  );
}

/** What is missing on each day. */
function Needs({
  days,
  slots,
  place,
}: {
  days: readonly ZonedDay[];
  slots: readonly Slot[];
  place: Place;
}) {
  if (slots.length === 0) {
    return null;
  }
  return (
    <GridPart role="row" className={classes.needs} aria-rowindex={2}>
      <RowHead>Needed</RowHead>
      <div className={classes.track}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="gridcell"
            className={classes.needCell}
            aria-colindex={column + 2}
          >
            <ShortagesOfDay
              date={day.date}
              slots={slots.filter(({ date }) => date === day.date)}
              place={place}
            />
          </GridPart>
        ))}
      </div>
      <GridPart role="gridcell" className={classes.rowSum} aria-colindex={days.length + 2} />
    </GridPart>
  );
}

function Sums({
  days,
  sums,
  people,
}: {
  days: readonly ZonedDay[];
  sums: readonly number[];
  people: number;
}) {
  const total = sums.reduce((sum, seconds) => sum + seconds, 0);
  return (
    <GridPart role="row" className={classes.sums} aria-rowindex={people + 3}>
      <RowHead>Hours</RowHead>
      <div className={classes.track}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="gridcell"
            className={classes.daySum}
            aria-colindex={column + 2}
          >
            {sums[column] ? (days.length > 7 ? briefHours : hoursText)(sums[column]) : "–"}
          </GridPart>
        ))}
      </div>
      <GridPart
        role="gridcell"
        className={classes.rowSum}
        aria-colindex={days.length + 2}
        data-testid="total"
      >
        {hoursText(total)}
      </GridPart>
    </GridPart>
  );
}

/** What is being dragged or was refused, over the rows. */
function GhostLayer({
  ghost,
  scroller,
}: {
  ghost: GhostStore;
  scroller: React.RefObject<HTMLDivElement | null>;
}) {
  const shown: Ghost | null = useSyncExternalStore(ghost.subscribe, ghost.get);
  const row = shown && scroller.current?.querySelector<HTMLElement>(`[data-row="${shown.row}"]`);
  const track = row?.querySelector<HTMLElement>("[data-track]");
  if (!shown || !row || !track) {
    return null;
  }
  const left = track.offsetLeft + shown.left * track.offsetWidth;
  const width = Math.max((shown.right - shown.left) * track.offsetWidth, 6);
  return (
    <div
      className={classes.ghost}
      data-testid="ghost"
      data-trouble={shown.trouble !== null}
      data-refused={shown.isRefused === true}
      style={{ top: row.offsetTop, left, width, height: row.offsetHeight }}
    >
      <span
        className={classes.ghostLabel}
        data-side={left > (track.offsetLeft + track.offsetWidth) * 0.65 ? "left" : "right"}
      >
        {shown.label}
        {shown.trouble && <b className={classes.reason}>{shown.trouble}</b>}
      </span>
    </div>
  );
}

/** Where to look for what stands here, should it be drawn anew: the shift itself, then its cell. */
function placesOf(element: HTMLElement): string[] {
  const { shift, column } = element.dataset;
  const row = element.closest<HTMLElement>("[data-row]")?.dataset.row;
  const cell = `[data-row="${row}"] [data-column="${column}"]`;
  const inCell = [`${cell}[data-cell]`, `${cell}[data-shift]`];
  return shift === undefined ? inCell : [`[data-shift="${shift}"]`, ...inCell];
}
