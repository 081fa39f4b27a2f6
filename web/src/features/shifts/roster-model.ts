/**
 * The roster as it is drawn and counted, without a screen: where a shift lies in its row, what it
 * overlaps, what a move makes of it, and how many hours that is. Instants are whole seconds since
 * 1970, places along a row are in columns.
 */
import type { Shift, ShiftBatch, ShiftBatchOutcome } from "@/api/types";
import { addDays, daysBetween } from "@/lib/calendar";
import { fromInstant, toInstant } from "@/lib/wall-clock";
import { wallAt, type ZonedDay } from "@/lib/zoned-day";

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A shift with its times in seconds. */
export interface DrawnShift extends Span {
  readonly id: string;
  readonly shift: Shift;
}

/** Where a shift lies in the row of its employee. */
export interface PlacedShift {
  readonly one: DrawnShift;
  /** The column in which it is listed: that of its start, or the first one. */
  readonly column: number;
  readonly left: number;
  readonly right: number;
  readonly lane: number;
  /** It began before what is shown, or goes on after it. */
  readonly isContinued: boolean;
  readonly goesOn: boolean;
}

export const secondsOf = (instant: string) => Math.round(Date.parse(instant) / 1000);

export const instantOf = (seconds: number) =>
  new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

const drawnOnes = new WeakMap<Shift, DrawnShift>();

/** The same for the same shift, so that rows can tell whether theirs have changed. */
export function drawn(shift: Shift): DrawnShift {
  const known = drawnOnes.get(shift);
  if (known) {
    return known;
  }
  const one = {
    id: shift.id,
    shift,
    from: secondsOf(shift.starts_at),
    to: secondsOf(shift.ends_at),
  };
  drawnOnes.set(shift, one);
  return one;
}

/** The column of the day in which an instant lies; before and after the days, -1 and their number. */
export function columnAt(days: readonly ZonedDay[], instant: number): number {
  if (instant < (days[0]?.from ?? 0)) {
    return -1;
  }
  const found = days.findIndex(({ to }) => instant < to);
  return found === -1 ? days.length : found;
}

const noon = 12 * 3600;
/** How far the morning part of a night reaches into its second day. */
const morningPart = 0.42;

/**
 * From where to where a shift is drawn along whole days: one of a single day fills its column, one
 * over midnight goes from the later half of its first day into the earlier half of its last, so
 * that nights in a row stand side by side.
 */
export function alongDays(days: readonly ZonedDay[], { from, to }: Span) {
  const first = columnAt(days, from);
  const last = columnAt(days, to - 1);
  const firstDay = days[first];
  const lastDay = days[last];
  const isOverMidnight = last > first;
  const left =
    first < 0
      ? 0
      : first + (isOverMidnight && firstDay && wallAt(firstDay, from) >= noon ? 0.5 : 0);
  const right =
    last >= days.length
      ? days.length
      : last + (isOverMidnight && lastDay && wallAt(lastDay, to - 1) < noon ? morningPart : 1);
  return { left, right };
}

/** From where to where a shift is drawn along the hours of a window of time, in parts of it. */
export function alongHours(window: Span, { from, to }: Span) {
  const length = window.to - window.from;
  return {
    left: Math.max(0, (from - window.from) / length),
    right: Math.min(1, (to - window.from) / length),
  };
}

/** Shifts of one row, each in the first lane in which there is room for it. */
export function placed(
  shifts: readonly DrawnShift[],
  days: readonly ZonedDay[],
  along: (span: Span) => { left: number; right: number },
  window: Span,
): PlacedShift[] {
  const ends: number[] = [];
  // A single day is drawn into the next morning, but lists what lies in itself alone.
  const end = Math.min(window.to, days.at(-1)?.to ?? window.to);
  return shifts
    .filter(({ from, to }) => from < end && to > window.from)
    .sort((one, other) => one.from - other.from)
    .map((one) => {
      const { left, right } = along(one);
      const free = ends.findIndex((end) => end <= left + 1e-6);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = right;
      return {
        one,
        column: Math.min(Math.max(columnAt(days, one.from), 0), days.length - 1),
        left,
        right,
        lane,
        isContinued: one.from < window.from,
        goesOn: one.to > window.to,
      };
    });
}

/** What of these shifts lies in each day, in seconds: cut at midnight, so that all sums agree. */
export function secondsByDay(shifts: readonly Span[], days: readonly ZonedDay[]): number[] {
  return days.map((day) =>
    shifts.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, day.to) - Math.max(from, day.from)),
      0,
    ),
  );
}

/** Which of these shifts a span would overlap, were it their employee's; touching is fine. */
export function overlapping(
  span: Span,
  others: readonly DrawnShift[],
  except: ReadonlySet<string> = new Set(),
): DrawnShift[] {
  return others.filter(
    (other) => !except.has(other.id) && other.from < span.to && span.from < other.to,
  );
}

/** The same times of the clock some days later; a change of the clocks changes how long that is. */
export function movedByDays(span: Span, days: number, timeZone: string): Span {
  if (days === 0) {
    return span;
  }
  const move = (seconds: number) => {
    const { date, time } = fromInstant(instantOf(seconds), timeZone);
    return secondsOf(toInstant(addDays(date, days), time, timeZone).instant);
  };
  const from = move(span.from);
  const to = move(span.to);
  // A clock that is put back may show the same time twice; nothing ends before it begins.
  return { from, to: to > from ? to : from + (span.to - span.from) };
}

/** The nearest multiple of `step` that the clock of the day shows. */
export function snapped(day: ZonedDay, instant: number, step: number): number {
  const over = wallAt(day, instant) % step;
  return over * 2 < step ? instant - over : instant + step - over;
}

export const longestSeconds = 48 * 3600;

/** With its end later or earlier, between a quarter of an hour and 48 hours long. */
export function lengthened({ from, to }: Span, seconds: number): Span {
  return { from, to: Math.min(Math.max(to + seconds, from + 900), from + longestSeconds) };
}

/** With its start later or earlier, between a quarter of an hour and 48 hours long. */
export function begunAt({ from, to }: Span, seconds: number): Span {
  return { from: Math.max(Math.min(from + seconds, to - 900), to - longestSeconds), to };
}

/** The instants of a shift from what a form or a need says: an end at or before its start is the next day's. */
export function spanOnDay(
  date: string,
  from: { hour: number; minute: number },
  to: { hour: number; minute: number },
  timeZone: string,
  daysLater?: number,
): Span {
  const isNextDay = to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
  const endDate = addDays(date, daysLater ?? (isNextDay ? 1 : 0));
  return {
    from: secondsOf(toInstant(date, { ...from, second: 0 }, timeZone).instant),
    to: secondsOf(toInstant(endDate, { ...to, second: 0 }, timeZone).instant),
  };
}

/** What a shift says, without what the server adds to it. */
export function contentOf(shift: Shift) {
  const { id: _id, created_at: _created, updated_at: _updated, ...content } = shift;
  return content;
}

/** The batch that undoes another one. */
export function reverseOf(
  batch: ShiftBatch,
  outcome: ShiftBatchOutcome,
  before: ReadonlyMap<string, Shift>,
): ShiftBatch {
  const was = (id: string) => {
    const shift = before.get(id);
    return shift ? [shift] : [];
  };
  return {
    restore: [...(batch.delete ?? [])],
    update: (batch.update ?? []).flatMap(({ id }) =>
      was(id).map((shift) => ({ id, ...contentOf(shift) })),
    ),
    delete: [...outcome.created, ...(outcome.restored ?? [])].map(({ id }) => id),
  };
}

/** Shifts put aside to be pasted: their times of the clock, relative to a first day. */
export interface CopiedShifts {
  readonly firstDay: string;
  readonly shifts: readonly Shift[];
}

/** What pasting makes of copied shifts: drafts at the same times of the clock, days later. */
export function pasted(copied: CopiedShifts, firstDay: string, timeZone: string) {
  const days = daysBetween(copied.firstDay, firstDay);
  return copied.shifts.map((shift) => {
    const span = movedByDays(drawn(shift), days, timeZone);
    return {
      ...contentOf(shift),
      starts_at: instantOf(span.from),
      ends_at: instantOf(span.to),
      published: false,
    };
  });
}

/** `37:30`; the hours of tables. */
export function hoursText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** `37:30`, but `37` for whole hours, where there is little room. */
export function briefHours(seconds: number): string {
  return hoursText(seconds).replace(/:00$/, "");
}

const dyes = 8;

/**
 * In which of eight dyes each position is drawn: the one that its name comes to or, as long as
 * there are some left, the next that no other position has.
 */
export function dyesOf(positions: readonly string[]): ReadonlyMap<string, number> {
  const taken = new Set<number>();
  const dyeOf = new Map<string, number>();
  for (const position of [...positions].sort()) {
    let dye = sumOf(position) % dyes;
    while (taken.has(dye) && taken.size < dyes) {
      dye = (dye + 1) % dyes;
    }
    taken.add(dye);
    dyeOf.set(position, dye);
  }
  return dyeOf;
}

function sumOf(text: string): number {
  let sum = 7;
  for (const letter of text.toLowerCase()) {
    sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  }
  return sum;
}
