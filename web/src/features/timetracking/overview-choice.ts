/**
 * What the address of the overview says, and the calendar behind it: which days a period has,
 * what it is called, and which one comes before. Dates are `YYYY-MM-DD`; ends are exclusive.
 */
import { addDays, dateRange, dayTitle, monthTitle, shiftMonth, yearMonthOf } from "@/lib/calendar";
import type { HoursFilter, Without } from "./queries";
import { type AskedRounding, type RoundingSearch, readRounding, writeRounding } from "./rounding";

export const periods = ["day", "week", "month", "year"] as const;
export const groupings = ["project", "client", "tag", "person"] as const;

export type Period = (typeof periods)[number];
export type Grouping = (typeof groupings)[number];
export type WeekStart = "monday" | "sunday" | "saturday";

export interface OverviewChoice {
  readonly period: Period;
  /** A day in the period; without one, the period that today lies in. */
  readonly date?: string | undefined;
  readonly grouping: Grouping;
  /** Everybody's hours instead of one's own; for managers and above. */
  readonly everybody: boolean;
  /** Sessions are cut at midnight instead of counting for the day they start in. */
  readonly split: boolean;
  /** Only these hours: of a project, a client, a tag, or of what has none. */
  readonly narrow: Narrowing;
  /** Of every session's duration; what was tracked stays as it is. */
  readonly rounding?: AskedRounding;
}

export type Narrowing = Pick<HoursFilter, "project_id" | "client_id" | "tag" | "without">;

/** A period as its first day and the first day after it. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** The search part of the address, as the API names things; what is usual is left out. */
export interface OverviewSearch extends RoundingSearch {
  readonly period?: Period;
  readonly date?: string;
  readonly group_by?: Grouping;
  readonly everybody?: "yes";
  readonly cut?: "split";
  readonly project_id?: string;
  readonly client_id?: string;
  readonly tag?: string;
  readonly without?: string;
}

const firstDate = "1970-01-01";
const lastDate = "2098-12-31";
const weekdayOf: Record<WeekStart, number> = { sunday: 0, monday: 1, saturday: 6 };

export function readOverviewChoice(search: Record<string, unknown>): OverviewChoice {
  const grouping = groupings.find((known) => known === search.group_by) ?? "project";
  return {
    period: periods.find((known) => known === search.period) ?? "week",
    date: isKnownDate(search.date) ? search.date : undefined,
    grouping,
    // One person's hours by person would be a single bar.
    everybody: search.everybody === "yes" || grouping === "person",
    split: search.cut === "split",
    narrow: readNarrowing(search),
    rounding: readRounding(search),
  };
}

export function writeOverviewChoice(choice: OverviewChoice): OverviewSearch {
  return {
    ...(choice.period === "week" ? {} : { period: choice.period }),
    ...(choice.date === undefined ? {} : { date: choice.date }),
    ...(choice.grouping === "project" ? {} : { group_by: choice.grouping }),
    ...(choice.everybody && choice.grouping !== "person" ? { everybody: "yes" } : {}),
    ...(choice.split ? { cut: "split" } : {}),
    ...writeNarrowing(choice.narrow),
    ...writeRounding(choice.rounding),
  };
}

/** What is asked for wins over what is said to be missing. */
export function readNarrowing(search: Record<string, unknown>): Narrowing {
  const { tag } = search;
  const chosen = {
    ...(isId(search.project_id) ? { project_id: search.project_id } : {}),
    ...(isId(search.client_id) ? { client_id: search.client_id } : {}),
    ...(typeof tag === "string" && tag !== "" ? { tag } : {}),
  };
  const missing = String(search.without ?? "").split(",");
  const without = (["project", "client", "tag"] as const).filter(
    (thing) =>
      missing.includes(thing) &&
      !(thing === "tag" ? chosen.tag : chosen.client_id) &&
      !(thing === "project" && chosen.project_id),
  );
  return { ...chosen, ...(without.length > 0 ? { without } : {}) };
}

function writeNarrowing({ project_id, client_id, tag, without }: Narrowing) {
  return {
    ...(project_id === undefined ? {} : { project_id }),
    ...(client_id === undefined ? {} : { client_id }),
    ...(tag === undefined ? {} : { tag }),
    ...(without === undefined || without.length === 0 ? {} : { without: without.join(",") }),
  };
}

/** What a row stands for: its own project, client or tag, or what has none of them. */
export function narrowedTo(narrow: Narrowing, thing: Without, key: string | null): Narrowing {
  if (key === null) {
    return { ...narrow, without: [...new Set([...(narrow.without ?? []), thing])] };
  }
  const name = ({ project: "project_id", client: "client_id", tag: "tag" } as const)[thing];
  return { ...narrow, [name]: key };
}

/** The period that a day lies in, as the server cuts them. */
export function periodAround(period: Period, date: string, weekStart: WeekStart): Days {
  const { year, month } = yearMonthOf(date);
  switch (period) {
    case "day":
      return { from: date, to: addDays(date, 1) };
    case "week": {
      const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
      const from = addDays(date, -((weekday - weekdayOf[weekStart] + 7) % 7));
      return { from, to: addDays(from, 7) };
    }
    case "month": {
      const next = shiftMonth({ year, month }, 1);
      return { from: firstOf(year, month), to: firstOf(next.year, next.month) };
    }
    case "year":
      return { from: firstOf(year, 1), to: firstOf(year + 1, 1) };
  }
}

/** A day in the period before or after; null where the kept years end. */
export function dayInNeighbour({ from, to }: Days, direction: -1 | 1): string | null {
  const date = direction === 1 ? to : addDays(from, -1);
  return isKnownDate(date) ? date : null;
}

export function periodTitle(
  period: Period,
  { from, to }: Days,
  today: string,
  locale: string,
): string {
  switch (period) {
    case "day":
      return dayTitle(from, today, locale);
    case "week":
      return dateRange(from, addDays(to, -1), locale);
    case "month":
      return monthTitle(yearMonthOf(from), locale);
    case "year":
      return String(yearMonthOf(from).year);
  }
}

/** The list of sessions narrowed down to the days of a period. */
export function sessionsOf(period: Period, { from, to }: Days): HoursFilter {
  const { year, month } = yearMonthOf(from);
  switch (period) {
    case "year":
      return { year };
    case "month":
      return { year, month };
    default:
      return { from, to };
  }
}

export function isKnownDate(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    value >= firstDate &&
    value <= lastDate &&
    !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
    addDays(value, 0) === value
  );
}

export function isId(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)
  );
}

function firstOf(year: number, month: number): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-01`;
}
