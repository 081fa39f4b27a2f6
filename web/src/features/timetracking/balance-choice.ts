/**
 * What the address of the balance says, and the weeks or months that it shows. Dates are
 * `YYYY-MM-DD`; ends are exclusive.
 */
import { addDays, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { type Days, isId, isKnownDate, periodAround, type WeekStart } from "./overview-choice";

export type BalanceUnit = "week" | "month";

export interface BalanceChoice {
  /** Without one, weeks. */
  readonly by?: "month" | undefined;
  /** A day in the last of them that are shown; without one, today. */
  readonly date?: string | undefined;
  /** Somebody else's, for managers and above. */
  readonly person_id?: string | undefined;
  /** Everybody's, of one week or month. */
  readonly everybody?: "yes" | undefined;
}

/** So many weeks or months of one person are shown together. */
export const periodsShown = 12;

export function readBalanceChoice(search: Record<string, unknown>): BalanceChoice {
  return {
    ...(search.by === "month" ? { by: "month" } : {}),
    ...(isKnownDate(search.date) ? { date: search.date } : {}),
    ...(search.everybody === "yes"
      ? { everybody: "yes" }
      : isId(search.person_id)
        ? { person_id: search.person_id }
        : {}),
  };
}

/** The days of so many weeks or months that end with the one that a day lies in. */
export function daysUpTo(date: string, by: BalanceUnit, count: number, weekStart: WeekStart): Days {
  const last = periodAround(by, date, weekStart);
  return { from: stepped(last.from, by, 1 - count), to: last.to };
}

/** The first day of the week or month so many on (or back, if negative); `first` is one's first. */
export function stepped(first: string, by: BalanceUnit, count: number): string {
  if (by === "week") {
    return addDays(first, 7 * count);
  }
  const { year, month } = shiftMonth(yearMonthOf(first), count);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-01`;
}
