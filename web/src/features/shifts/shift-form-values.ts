/** What the form of a shift holds, and what is wrong with it before anybody is asked. */
import type { Employee, Shift } from "@/api/types";
import { addDays } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { fromInstant, type WallTime } from "@/lib/wall-clock";
import { instantOf, longestSeconds, type Span } from "./roster-model";

/** What a form is opened for: a shift, or new ones of an employee on these days. */
export interface OpenShift {
  readonly shift: Shift | null;
  readonly employeeId: string | null;
  readonly dates: readonly string[];
  readonly span?: Span | undefined;
}

/** What a new shift begins with: whatever the last one had. */
let usual = { from: "08:00", to: "16:00", position: "", breakMinutes: "", locationId: "" };

export function rememberUsual({ from, to, position, breakMinutes, locationId }: FormValues) {
  usual = { from, to, position: position.trim(), breakMinutes, locationId };
}

export type FormValues = ReturnType<typeof initialValues>;

/** What the form shows when it is opened. */
export function initialValues(open: OpenShift, employees: readonly Employee[], timeZone: string) {
  const { shift } = open;
  const span =
    shift ??
    (open.span && { starts_at: instantOf(open.span.from), ends_at: instantOf(open.span.to) });
  const start = span && fromInstant(span.starts_at, timeZone);
  const end = span && fromInstant(span.ends_at, timeZone);
  const daysLater =
    start && end ? [0, 1, 2].find((days) => addDays(start.date, days) === end.date) : undefined;
  return {
    employeeId: shift?.employee_id ?? open.employeeId ?? employees[0]?.id ?? "",
    date: start?.date ?? open.dates[0] ?? "",
    from: start ? clockText(start.time) : usual.from,
    to: end ? clockText(end.time) : usual.to,
    daysLater: daysLater === undefined ? "" : String(daysLater),
    position: shift ? (shift.position ?? "") : usual.position,
    locationId: shift ? (shift.location_id ?? "") : usual.locationId,
    breakMinutes: shift
      ? shift.break_minutes > 0
        ? String(shift.break_minutes)
        : ""
      : usual.breakMinutes,
    note: shift?.note ?? "",
    isPublished: shift?.published ?? false,
  };
}

const clockText = ({ hour, minute }: WallTime) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

export function isBefore(to: WallTime, from: WallTime): boolean {
  return to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
}

/** What is wrong with the times of a shift, or with its break. */
export function troubleOf({ from, to }: Span, breakMinutes: number): string | null {
  if (to <= from) {
    return "It would end before it starts.";
  }
  if (to - from > longestSeconds) {
    return "A shift is at most 48 hours long.";
  }
  return breakMinutes * 60 >= to - from ? "The break is as long as the shift." : null;
}

/** How long it really is; where the clocks change meanwhile, that is said. */
export function lengthText(
  { from, to }: Span,
  start: WallTime | null,
  end: WallTime | null,
  daysLater: number | undefined,
  breakMinutes: number,
): string {
  if (!start || !end) {
    return "";
  }
  const onTheClock =
    (end.hour - start.hour) * 3600 +
    (end.minute - start.minute) * 60 +
    (daysLater ?? (isBefore(end, start) ? 1 : 0)) * 86_400;
  const length = to - from;
  const change = length - onTheClock;
  const said =
    change === 0 ? "" : change < 0 ? ", because clocks go forward" : ", because clocks go back";
  const worked =
    breakMinutes > 0 ? `, ${readableDuration(length - breakMinutes * 60)} of work` : "";
  return `${readableDuration(length)}${said}${worked}.`;
}

export const longestBreak = 720;

/** Minutes of break as they are typed; null for what is none. */
export function parseBreak(text: string): number | null {
  const input = text.trim();
  if (input === "") {
    return 0;
  }
  const minutes = Number(input);
  return /^\d{1,3}$/.test(input) && minutes <= longestBreak ? minutes : null;
}
