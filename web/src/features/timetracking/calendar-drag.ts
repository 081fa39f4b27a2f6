/**
 * What dragging means: which instants a session gets when it is moved, lengthened or drawn anew.
 * Pure; instants are whole seconds since 1970, steps are seconds.
 */
import { Temporal } from "temporal-polyfill";
import { dayOf } from "@/lib/calendar";
import { snap, stepFrom, wallAt, type ZonedDay, zonedDay } from "@/lib/zoned-day";
import type { Span } from "./calendar-blocks";
import { longestSeconds } from "./session-times";

export type Edge = "start" | "end";

/** The day of a zone in which an instant lies. */
export type DayAt = (instant: number) => ZonedDay;

export const usualStep = 300;
export const fineStep = 60;

/** Finds days, and remembers them: a drag asks for the same few again and again. */
export function dayFinder(timeZone: string): DayAt {
  const known: ZonedDay[] = [];
  return (instant) => {
    let day = known.find(({ from, to }) => from <= instant && instant < to);
    if (!day) {
      day = zonedDay(dayOf(instant * 1000, timeZone), timeZone);
      known.push(day);
    }
    return day;
  };
}

/**
 * Moved so that what was grabbed lies under the pointer. `grabbed` is how far into the session the
 * pointer took hold. The duration stays; the start snaps, also to its time of day of before.
 */
export function moved(
  span: Span,
  pointer: number,
  grabbed: number,
  step: number,
  dayAt: DayAt,
): Span {
  const wanted = pointer - grabbed;
  const magnet = wallAt(dayAt(span.from), span.from);
  const from = snap(dayAt(wanted), wanted, step, magnet);
  return { from, to: from + span.to - span.from };
}

/** One end follows the pointer; the other one stays, and what is between never vanishes. */
export function resized(span: Span, edge: Edge, pointer: number, step: number, dayAt: DayAt): Span {
  const least = Math.min(step, Math.max(span.to - span.from, 1));
  const magnet = (instant: number) => wallAt(dayAt(instant), instant);
  if (edge === "start") {
    const from = snap(dayAt(pointer), pointer, step, magnet(span.from));
    return { from: clamp(from, span.to - longestSeconds, span.to - least), to: span.to };
  }
  // The last instant of a day belongs to that day, not to the next one.
  const day = dayAt(pointer - 1);
  const to = snap(day, pointer, step, magnet(span.to));
  return { from: span.from, to: clamp(to, span.from + least, span.from + longestSeconds) };
}

/** Drawn from where the pointer went down to where it is, in either direction. */
export function drawn(anchor: number, pointer: number, step: number, dayAt: DayAt): Span {
  const first = snap(dayAt(anchor), anchor, step);
  const last = snap(pointer > anchor ? dayAt(pointer - 1) : dayAt(pointer), pointer, step);
  const from = Math.min(first, last);
  return { from, to: Math.max(first, last, from + step) };
}

/** The same times of day some days later or earlier; the duration stays. */
export function movedByDays(span: Span, days: number, timeZone: string): Span {
  const from =
    Temporal.Instant.fromEpochMilliseconds(span.from * 1000)
      .toZonedDateTimeISO(timeZone)
      .add({ days }).epochMilliseconds / 1000;
  return { from, to: from + span.to - span.from };
}

/** Moved to the next step of the clock. */
export function movedByStep(span: Span, direction: -1 | 1, step: number, dayAt: DayAt): Span {
  const from = stepFrom(dayAt, span.from, step, direction);
  return { from, to: from + span.to - span.from };
}

/** One end moved to the next step of the clock. */
export function resizedByStep(
  span: Span,
  edge: Edge,
  direction: -1 | 1,
  step: number,
  dayAt: DayAt,
): Span {
  const next = stepFrom(dayAt, edge === "start" ? span.from : span.to, step, direction);
  return resized(span, edge, next, step, dayAt);
}

/** As the API writes it. */
export function instantText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

export function secondsOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
