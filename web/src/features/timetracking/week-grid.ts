/**
 * The week grid as a sum of sessions, and what a duration typed into one of its cells does to
 * them. Pure; instants are whole seconds since 1970, a session counts for the day it starts in.
 */
import type { Session } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { clockDuration, parseDuration, readableDuration } from "@/lib/duration";
import type { ZonedDay } from "@/lib/zoned-day";
import type { Span } from "./calendar-blocks";
import { secondsOf } from "./calendar-drag";
import { longestSeconds } from "./session-times";

/** When a working day begins that has nothing in it yet, in seconds after midnight. */
const workBegins = 9 * 3600;

/** What the sessions of a row have in common. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | null;
  readonly tags: readonly string[];
  readonly billable: boolean;
}

type Filed = Pick<Session, "name" | "project_id" | "tags" | "billable">;

export function rowOf({ name, project_id, tags, billable }: Filed): Row {
  const sorted = [...tags].sort();
  return {
    id: JSON.stringify([name, project_id, sorted]),
    name,
    projectId: project_id,
    tags: sorted,
    billable,
  };
}

/** The rows that these sessions make, each once; of several, the newest says what is billable. */
export function rowsOf(sessions: readonly Session[]): Row[] {
  const rows = new Map<string, Row>();
  for (const session of sessions.toSorted((left, right) =>
    left.started_at < right.started_at ? -1 : 1,
  )) {
    const row = rowOf(session);
    rows.set(row.id, row);
  }
  return [...rows.values()];
}

/** The sessions of each row and day, from the first to the last. */
export function cellsOf(
  sessions: readonly Session[],
  dates: readonly string[],
  timeZone: string,
): ReadonlyMap<string, readonly (readonly Session[])[]> {
  const cells = new Map<string, Session[][]>();
  for (const session of sessions.toSorted((left, right) =>
    left.started_at < right.started_at ? -1 : 1,
  )) {
    const day = dates.indexOf(dayOf(session.started_at, timeZone));
    if (day >= 0) {
      const { id } = rowOf(session);
      const days = cells.get(id) ?? dates.map(() => []);
      days[day]?.push(session);
      cells.set(id, days);
    }
  }
  return cells;
}

export function sumOf(sessions: readonly Session[]): number {
  return sessions.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0);
}

/** `1:30`, with seconds only where there are any; nothing for nothing. */
export function cellText(seconds: number): string {
  if (seconds === 0) {
    return "";
  }
  const text = clockDuration(seconds);
  return text.endsWith(":00") ? text.slice(0, -3) : text;
}

/** The duration that a cell's text means; empty is none, null is not a duration. */
export function readCell(text: string): number | null {
  return text.trim() === "" ? 0 : parseDuration(text);
}

/** What an entry does. */
export type Entry =
  | { readonly kind: "nothing" }
  | { readonly kind: "delete"; readonly sessions: readonly Session[] }
  | { readonly kind: "end"; readonly session: Session; readonly endsAt: number }
  | { readonly kind: "create"; readonly span: Span; readonly isFurther: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * What makes the sessions of a cell last `wanted` seconds together, without any overlap:
 *
 * - none: a session after the day's last one, or at nine; failing that, in the first gap that
 *   holds it, from nine on or before;
 * - less than there is: the last session ends earlier; if it is not long enough for that, no;
 * - more than there is: the last session ends later, or, if another is in the way, a further
 *   session as for an empty cell;
 * - nothing: they are deleted.
 */
export function planEntry(
  sessions: readonly Session[],
  wanted: number,
  day: ZonedDay,
  busy: readonly (Span & { readonly id: string })[],
): Entry {
  const difference = wanted - sumOf(sessions);
  if (difference === 0) {
    return { kind: "nothing" };
  }
  if (wanted === 0) {
    return { kind: "delete", sessions };
  }
  const last = sessions.at(-1);
  if (!last) {
    return createIn(day, busy, wanted, false);
  }
  const end = secondsOf(last.ended_at ?? last.started_at);
  const endsAt = end + difference;
  if (difference < 0) {
    return last.duration_seconds > -difference
      ? { kind: "end", session: last, endsAt }
      : {
          kind: "refused",
          reason: `The last of these ${sessions.length} sessions has only ${readableDuration(last.duration_seconds)}. Change them in the calendar.`,
        };
  }
  const isInTheWay = busy.some(
    (other) => other.id !== last.id && other.from < endsAt && other.to > end,
  );
  const isTooLong = endsAt - secondsOf(last.started_at) > longestSeconds;
  return isInTheWay || isTooLong
    ? createIn(day, busy, difference, true)
    : { kind: "end", session: last, endsAt };
}

function createIn(
  day: ZonedDay,
  busy: readonly Span[],
  seconds: number,
  isFurther: boolean,
): Entry {
  const from = roomFor(day, busy, seconds);
  return from === null
    ? {
        kind: "refused",
        reason: `No ${readableDuration(seconds)} are free on this day.`,
      }
    : { kind: "create", span: { from, to: from + seconds }, isFurther };
}

/** Where a session of this length begins; null when the day has no room for it. */
export function roomFor(day: ZonedDay, busy: readonly Span[], seconds: number): number | null {
  const within = busy.filter(({ from, to }) => from < day.to && to > day.from);
  const nine = instantAtWall(day, workBegins);
  const ends = within.map(({ to }) => to);
  const hasOwn = within.some(({ from }) => from >= day.from);
  const afterLast = Math.max(hasOwn ? day.from : nine, ...ends);
  const isFree = (from: number) =>
    from >= day.from &&
    from + seconds <= day.to &&
    within.every((other) => other.to <= from || other.from >= from + seconds);
  const gaps = [day.from, ...ends].filter((end) => end < nine).sort(ascending);
  const later = [nine, ...ends.filter((end) => end >= nine)].sort(ascending);
  return [afterLast, ...later, ...gaps].find(isFree) ?? null;
}

/** The first instant at which the clock of the day has reached this time. */
function instantAtWall(day: ZonedDay, wall: number): number {
  for (const stretch of day.stretches) {
    if (wall < stretch.wall + stretch.to - stretch.from) {
      return stretch.from + Math.max(0, wall - stretch.wall);
    }
  }
  return day.to;
}

function ascending(left: number, right: number): number {
  return left - right;
}
