/** Where the roster has fewer people than are needed. */
import type { StaffingNeed } from "@/api/types";
import { addDays } from "@/lib/calendar";
import { type DrawnShift, type Span, spanOnDay } from "./roster-model";

/** A need on one day, with how many people are there at its thinnest moment. */
export interface Slot extends Span {
  readonly date: string;
  readonly need: StaffingNeed;
  readonly present: number;
  readonly missing: number;
}

/** The needs of these days, in the order of their times, with what is planned for each. */
export function slotsOf(
  needs: readonly StaffingNeed[],
  dates: readonly string[],
  shifts: readonly DrawnShift[],
  timeZone: string,
): Slot[] {
  const byPosition = new Map<string, DrawnShift[]>();
  for (const one of shifts) {
    const key = keyOf(one.shift.position ?? "");
    byPosition.set(key, [...(byPosition.get(key) ?? []), one]);
  }
  return dates.flatMap((date) =>
    needs
      .filter(({ weekday }) => weekday === weekdayOf(date))
      .map((need) => {
        const span = spanOnDay(date, clock(need.from_time), clock(need.to_time), timeZone);
        const present = fewest(span, byPosition.get(keyOf(need.position)) ?? []);
        return { ...span, date, need, present, missing: Math.max(0, need.number - present) };
      })
      .sort((one, other) => one.from - other.from || one.to - other.to),
  );
}

/** The smallest number of shifts that go on at the same moment of a span. */
export function fewest(span: Span, shifts: readonly Span[]): number {
  const within = shifts.filter(({ from, to }) => from < span.to && to > span.from);
  const moments = [
    span.from,
    ...within.map(({ to }) => to).filter((to) => to > span.from && to < span.to),
  ];
  // The number only falls where a shift ends, so these are the only moments to look at.
  return Math.min(
    ...moments.map(
      (moment) => within.filter(({ from, to }) => from <= moment && moment < to).length,
    ),
  );
}

/** 1 is Monday, 7 Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${addDays(date, 0)}T12:00:00Z`).getUTCDay() || 7;
}

function clock(text: string) {
  return { hour: Number(text.slice(0, 2)), minute: Number(text.slice(3, 5)) };
}

function keyOf(position: string): string {
  return position.trim().toLocaleLowerCase();
}
