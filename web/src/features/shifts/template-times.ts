/**
 * What the changes of the clocks make of a template, by the server's rule: a time that exists twice
 * is the first of the two, one that is left out is the instant at which the clocks change.
 */
import { Temporal } from "temporal-polyfill";
import type { ShiftTemplate } from "@/api/types";
import { addDays } from "@/lib/calendar";
import { nominalMinutes } from "./cycle";

type Times = Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes">;

/** A day on which the shift is not as long as on others, or does not end when it does on others. */
export interface OddShift {
  readonly date: string;
  /** How long it is in fact. */
  readonly seconds: number;
  /** How much longer than on other days; 0 for one whose length is fixed. */
  readonly difference: number;
  /** What the clocks show when it ends. */
  readonly endsAt: string;
  readonly isForward: boolean;
}

/** The shifts that the next changes of the clocks after a date make odd, of a year at most. */
export function oddShifts(template: Times, timeZone: string, after: string): OddShift[] {
  const start = Temporal.PlainDate.from(after).toZonedDateTime(timeZone);
  const odd: OddShift[] = [];
  let change = start.getTimeZoneTransition("next");
  while (change && change.epochMilliseconds - start.epochMilliseconds < 366 * 86_400_000) {
    const day = change.toPlainDate().toString();
    const isForward = change.offsetNanoseconds > change.subtract({ seconds: 1 }).offsetNanoseconds;
    // The longest shift of a template begins two days before it ends.
    for (const date of [addDays(day, -2), addDays(day, -1), day]) {
      const { from, to } = spanOn(template, date, timeZone);
      const seconds = to - from;
      const difference = seconds - nominalMinutes(template) * 60;
      const endsAt = clockAt(to, timeZone);
      const ends = clockOf(minutesOf(template.start_time) + nominalMinutes(template));
      if (
        date >= after &&
        (difference !== 0 || (template.duration_minutes !== null && endsAt !== ends))
      ) {
        odd.push({ date, seconds, difference, endsAt, isForward });
      }
    }
    change = change.getTimeZoneTransition("next");
  }
  return odd;
}

/** From when to when the shift of a day is, in seconds since 1970. */
export function spanOn(
  template: Times,
  date: string,
  timeZone: string,
): { from: number; to: number } {
  const from = instantOf(date, template.start_time, timeZone);
  if (template.duration_minutes !== null) {
    return { from, to: from + template.duration_minutes * 60 };
  }
  const end = minutesOf(template.start_time) + nominalMinutes(template);
  const days = Math.floor(end / (24 * 60));
  return { from, to: instantOf(addDays(date, days), clockOf(end), timeZone) };
}

function instantOf(date: string, clock: string, timeZone: string): number {
  const wall = Temporal.PlainDateTime.from(`${date}T${clock}`);
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const found = zoned.toPlainDateTime().equals(wall) ? zoned : zoned.getTimeZoneTransition("next");
  return Math.round((found ?? zoned).epochMilliseconds / 1000);
}

function clockAt(seconds: number, timeZone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(timeZone);
  return clockOf(zoned.hour * 60 + zoned.minute);
}

const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

function clockOf(minutes: number): string {
  const ofDay = minutes % (24 * 60);
  return `${pad(Math.floor(ofDay / 60))}:${pad(ofDay % 60)}`;
}

const pad = (number: number) => String(number).padStart(2, "0");
