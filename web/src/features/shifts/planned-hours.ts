/** Planned hours against contracted ones: which weeks a period has, and what is missing or too much. */
import type { Employee, PlannedHours } from "@/api/types";
import { addDays, daysBetween } from "@/lib/calendar";
import { hoursText } from "./roster-model";

/** A week from Monday, or the part of it that lies in the period. */
export interface PlannedColumn {
  readonly monday: string;
  /** The ISO number of the week. */
  readonly number: number;
  /** How many of its days lie in the period. */
  readonly days: number;
}

export interface PlannedRow {
  readonly employeeId: string;
  readonly name: string;
  readonly contractedPerWeek: number | null;
  readonly shifts: number;
  readonly seconds: number;
  /** By the Monday of their week. */
  readonly secondsOf: ReadonlyMap<string, number>;
}

/** The weeks from the first day up to, and without, the last. */
export function columnsOf(from: string, to: string): PlannedColumn[] {
  const columns: PlannedColumn[] = [];
  for (let monday = mondayOf(from); monday < to; monday = addDays(monday, 7)) {
    const first = monday < from ? from : monday;
    const end = addDays(monday, 7);
    columns.push({
      monday,
      number: weekNumber(monday),
      days: daysBetween(first, end < to ? end : to),
    });
  }
  return columns;
}

/** A row for everybody who is planned, and for these employees without any shift too. */
export function rowsOf(
  hours: Pick<PlannedHours, "employees">,
  employees: readonly Employee[],
): PlannedRow[] {
  const planned = new Set(hours.employees.map(({ employee_id }) => employee_id));
  const rows = hours.employees.map((one) => ({
    employeeId: one.employee_id,
    name: `${one.first_name} ${one.last_name}`,
    sortedBy: `${one.last_name} ${one.first_name}`,
    contractedPerWeek: one.contracted_hours_per_week,
    shifts: one.shifts,
    seconds: one.planned_seconds,
    secondsOf: new Map(one.weeks.map(({ monday, planned_seconds }) => [monday, planned_seconds])),
  }));
  for (const one of employees) {
    if (!planned.has(one.id)) {
      rows.push({
        employeeId: one.id,
        name: `${one.first_name} ${one.last_name}`,
        sortedBy: `${one.last_name} ${one.first_name}`,
        contractedPerWeek: one.contracted_hours_per_week ?? null,
        shifts: 0,
        seconds: 0,
        secondsOf: new Map(),
      });
    }
  }
  return rows.sort((one, other) => one.sortedBy.localeCompare(other.sortedBy));
}

/** What these days of a week should have, in seconds: a seventh a day of what is contracted. */
export function contractedSeconds(perWeek: number | null, days: number): number | null {
  return perWeek === null ? null : Math.round((perWeek * 3600 * days) / 7);
}

/** `+1:30`, `−4:00`; null where the two are within a minute, or nothing is contracted. */
export function differenceText(seconds: number, contracted: number | null): string | null {
  const difference = contracted === null ? 0 : seconds - contracted;
  if (Math.abs(difference) < 60) {
    return null;
  }
  return `${difference < 0 ? "−" : "+"}${hoursText(Math.abs(difference))}`;
}

function mondayOf(date: string): string {
  return addDays(date, -((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7));
}

/** By ISO 8601: the week belongs to the year in which its Thursday lies. */
function weekNumber(monday: string): number {
  const thursday = addDays(monday, 3);
  return 1 + Math.floor(daysBetween(`${thursday.slice(0, 4)}-01-01`, thursday) / 7);
}
