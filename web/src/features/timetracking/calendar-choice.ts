/**
 * What the address of the calendar and of the week grid says, and which days they show for it.
 * Dates are `YYYY-MM-DD`.
 */
import { addDays } from "@/lib/calendar";
import { isKnownDate, periodAround, type WeekStart } from "./overview-choice";

export const calendarViews = ["day", "3days", "workweek", "week"] as const;
export type CalendarView = (typeof calendarViews)[number];

export interface CalendarChoice {
  /** Without one, as much as there is room for. */
  readonly view?: CalendarView | undefined;
  /** Without one, today. */
  readonly date?: string | undefined;
}

export interface WeekChoice {
  /** A day of the week; without one, today's. */
  readonly date?: string | undefined;
}

export function readCalendarChoice(search: Record<string, unknown>): CalendarChoice {
  const view = calendarViews.find((known) => known === search.view);
  return {
    ...(view === undefined ? {} : { view }),
    ...(isKnownDate(search.date) ? { date: search.date } : {}),
  };
}

export function readWeekChoice(search: Record<string, unknown>): WeekChoice {
  return isKnownDate(search.date) ? { date: search.date } : {};
}

/** The days of a view, one after the other. The working week is Monday to Friday. */
export function daysShown(view: CalendarView, date: string, weekStart: WeekStart): string[] {
  switch (view) {
    case "day":
      return [date];
    case "3days":
      return daysFrom(date, 3);
    case "workweek":
      return daysFrom(periodAround("week", date, "monday").from, 5);
    case "week":
      return daysFrom(periodAround("week", date, weekStart).from, 7);
  }
}

/** The day to show for a step back or on; null where the kept years end. */
export function stepDate(view: CalendarView, date: string, direction: -1 | 1): string | null {
  const days = { day: 1, "3days": 3, workweek: 7, week: 7 }[view];
  const stepped = addDays(date, direction * days);
  return isKnownDate(stepped) ? stepped : null;
}

export function daysFrom(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(first, index));
}
