/**
 * What the address of the roster says, and which days it shows for it. Dates are `YYYY-MM-DD`.
 */
import type { Me } from "@/api/types";
import { addDays, daysInMonth, shiftMonth, yearMonthOf } from "@/lib/calendar";

export const rosterViews = ["day", "week", "2weeks", "month"] as const;
export type RosterView = (typeof rosterViews)[number];
export type WeekStart = Me["person"]["week_start"];

export interface RosterChoice {
  /** Without one, the week. */
  readonly view?: RosterView | undefined;
  /** Without one, today. */
  readonly date?: string | undefined;
}

const firstDate = "1970-01-02";
const lastDate = "2098-12-31";
const weekdayOf: Record<WeekStart, number> = { sunday: 0, monday: 1, saturday: 6 };

export function readRosterChoice(search: Record<string, unknown>): RosterChoice {
  const view = rosterViews.find((known) => known === search.view);
  return {
    ...(view === undefined ? {} : { view }),
    ...(isShownDate(search.date) ? { date: search.date } : {}),
  };
}

export function isShownDate(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    value >= firstDate &&
    value <= lastDate &&
    !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
    addDays(value, 0) === value
  );
}

/** The days of a view, one after the other. */
export function daysOf(view: RosterView, date: string, weekStart: WeekStart): string[] {
  switch (view) {
    case "day":
      return [date];
    case "week":
      return daysFrom(firstOfWeek(date, weekStart), 7);
    case "2weeks":
      return daysFrom(firstOfWeek(date, weekStart), 14);
    case "month":
      return daysFrom(`${date.slice(0, 7)}-01`, daysInMonth(yearMonthOf(date)));
  }
}

/** The day to show for a step back or on; null where the kept years end. */
export function stepDate(view: RosterView, date: string, direction: -1 | 1): string | null {
  if (view === "month") {
    const { year, month } = shiftMonth(yearMonthOf(date), direction);
    const stepped = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-01`;
    return isShownDate(stepped) ? stepped : null;
  }
  const stepped = addDays(date, direction * { day: 1, week: 7, "2weeks": 14 }[view]);
  return isShownDate(stepped) ? stepped : null;
}

function firstOfWeek(date: string, weekStart: WeekStart): string {
  const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
  return addDays(date, -((weekday - weekdayOf[weekStart] + 7) % 7));
}

function daysFrom(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(first, index));
}
