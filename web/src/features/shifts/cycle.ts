/**
 * A cycle as it is filled in: for each of its days the templates of that day. Days count from 0
 * here, from 1 in the API.
 */
import type { NewShiftPattern, ShiftPattern, ShiftTemplate } from "@/api/types";

export type CycleDay = readonly string[];
export type Cycle = readonly CycleDay[];

/** The first and the last of some days in a row. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
}

const free: CycleDay = [];
const dayMinutes = 24 * 60;
export const longestCycleDays = 366;

export function cycleOf({
  cycle_days,
  entries,
}: Pick<ShiftPattern, "cycle_days" | "entries">): Cycle {
  const days: string[][] = Array.from({ length: cycle_days }, () => []);
  for (const { day, template_id } of entries) {
    days[day - 1]?.push(template_id);
  }
  return days;
}

export function entriesOf(cycle: Cycle): NewShiftPattern["entries"] {
  return cycle.flatMap((templates, place) =>
    templates.map((template_id) => ({ day: place + 1, template_id })),
  );
}

/** As long as it is said, with free days at its end where it was shorter. */
export function resized(cycle: Cycle, days: number): Cycle {
  return Array.from({ length: days }, (_, place) => cycle[place] ?? free);
}

/** Each of these days with these templates, in place of what was there. */
export function filled(cycle: Cycle, { first, last }: DayRange, templates: CycleDay): Cycle {
  return cycle.map((day, place) => (place >= first && place <= last ? templates : day));
}

/** With this template beside the others of these days; without it where all have it. */
export function toggled(cycle: Cycle, range: DayRange, template: string): Cycle {
  const isOnAll = cycle.slice(range.first, range.last + 1).every((day) => day.includes(template));
  return cycle.map((day, place) => {
    if (place < range.first || place > range.last) {
      return day;
    }
    const others = day.filter((other) => other !== template);
    return isOnAll ? others : [...others, template];
  });
}

/** With these days put from a day on, as far as the cycle goes. */
export function pastedAt(cycle: Cycle, at: number, days: Cycle): Cycle {
  return cycle.map((day, place) => days[place - at] ?? day);
}

/** Some days again and again, from the day after them to the end of the cycle. */
export function repeated(cycle: Cycle, { first, last }: DayRange): Cycle {
  const length = last - first + 1;
  return cycle.map((day, place) =>
    place > last ? (cycle[first + ((place - first) % length)] ?? free) : day,
  );
}

/** Without a template that is gone. */
export function without(cycle: Cycle, known: ReadonlySet<string>): Cycle {
  return cycle.map((day) =>
    day.every((id) => known.has(id)) ? day : day.filter((id) => known.has(id)),
  );
}

/** How long the shift is by the clocks, without its break, in seconds. */
export function workedSeconds(
  template: Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes" | "break_minutes">,
): number {
  return (nominalMinutes(template) - template.break_minutes) * 60;
}

/** How long the shift is on a day on which no clock changes. */
export function nominalMinutes({
  start_time,
  end_time,
  duration_minutes,
}: Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes">): number {
  if (duration_minutes !== null) {
    return duration_minutes;
  }
  const minutes = minutesOf(end_time ?? start_time) - minutesOf(start_time);
  return minutes > 0 ? minutes : minutes + dayMinutes;
}

/** When it ends by the clocks on a day on which no clock changes. */
export function endClock(
  template: Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes">,
): string {
  const minutes = (minutesOf(template.start_time) + nominalMinutes(template)) % dayMinutes;
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** `22:00–06:00`. */
export function clocksText(
  template: Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes">,
): string {
  return `${template.start_time}–${endClock(template)}`;
}

/** How many shifts a cycle has, and how many seconds of work they are together. */
export function sumOf(
  cycle: Cycle,
  templateOf: ReadonlyMap<string, ShiftTemplate>,
): { shifts: number; seconds: number } {
  let shifts = 0;
  let seconds = 0;
  for (const id of cycle.flat()) {
    const template = templateOf.get(id);
    shifts += 1;
    seconds += template ? workedSeconds(template) : 0;
  }
  return { shifts, seconds };
}

/** `3 weeks`, `8 days`. */
export function lengthText(days: number): string {
  const [number, what] = days % 7 === 0 ? [days / 7, "week"] : [days, "day"];
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
const pad = (number: number) => String(number).padStart(2, "0");
