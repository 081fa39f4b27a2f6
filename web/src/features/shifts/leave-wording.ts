/** How leave and availability are said. */
import type { Availability, LeaveKind, LeaveRequest, LeaveStatus } from "@/api/types";
import {
  dateAndTime,
  dateRange,
  dayLabel,
  dayOf,
  daysBetween,
  type Place,
  timeOfDay,
} from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { readableDuration } from "@/lib/duration";
import type { ZonedDay } from "@/lib/zoned-day";

export const kindLabels: Record<LeaveKind, string> = {
  vacation: "Vacation",
  sick: "Sick leave",
  parental: "Parental leave",
  training: "Training",
  unpaid: "Unpaid leave",
  other: "Other leave",
};

export const leaveKinds = Object.keys(kindLabels) as LeaveKind[];

export const statusLabels: Record<LeaveStatus, string> = {
  requested: "Waiting",
  approved: "Approved",
  declined: "Declined",
  cancelled: "Withdrawn",
};

type Span = Pick<LeaveRequest, "first_day" | "last_day" | "starts_at" | "ends_at">;

/** The first and the last day that leave touches. */
export function daysOfLeave(leave: Span, timeZone: string): { first: string; last: string } {
  return leave.first_day && leave.last_day
    ? { first: leave.first_day, last: leave.last_day }
    : {
        first: dayOf(leave.starts_at, timeZone),
        last: dayOf(Date.parse(leave.ends_at) - 1, timeZone),
      };
}

/** `20 – 31 July 2026`, or `Wed 25 Nov, 14:00 – 16:00` for hours. */
export function spanText(leave: Span, place: Place): string {
  if (leave.first_day && leave.last_day) {
    return dateRange(leave.first_day, leave.last_day, place.locale);
  }
  const { first, last } = daysOfLeave(leave, place.timeZone);
  return first === last
    ? `${dayLabel(first, place.locale)}, ${timeOfDay(leave.starts_at, place)} – ${timeOfDay(leave.ends_at, place)}`
    : `${dateAndTime(leave.starts_at, place)} – ${dateAndTime(leave.ends_at, place)}`;
}

/** `12 days`, or `2 h` for hours. */
export function lengthText(leave: Span): string {
  return leave.first_day && leave.last_day
    ? counted(daysBetween(leave.first_day, leave.last_day) + 1, "day")
    : readableDuration((Date.parse(leave.ends_at) - Date.parse(leave.starts_at)) / 1000);
}

/** What of it is still to be undone by the person themselves. */
export function isWithdrawable(leave: LeaveRequest, now: number): boolean {
  return (
    leave.status === "requested" ||
    (leave.status === "approved" && Date.parse(leave.starts_at) > now)
  );
}

export const weekdayLabels = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;

export const availabilityLabels: Record<Availability["kind"], string> = {
  cannot: "Cannot work",
  prefers: "Prefers to work",
};

/** `all day`, `from 13:00`, `until 09:00` or `08:00 – 12:00`. */
export function hoursOf({
  start_time: start,
  end_time: end,
}: Pick<Availability, "start_time" | "end_time">): string {
  if (start && end) {
    return `${start} – ${end}`;
  }
  return start ? `from ${start}` : end ? `until ${end}` : "all day";
}

/**
 * From where to where leave lies along days, as parts of all of them; `more` seconds are drawn
 * after the last one.
 */
export function leaveAlong(
  span: { readonly from: number; readonly to: number },
  days: readonly ZonedDay[],
  more = 0,
): { left: number; right: number } {
  const at = (instant: number) => {
    let before = 0;
    for (const [index, { from, to }] of days.entries()) {
      const end = index === days.length - 1 ? to + more : to;
      if (instant < end) {
        return before + Math.max(0, (instant - from) / (end - from));
      }
      before += 1;
    }
    return before;
  };
  return { left: at(span.from) / days.length, right: at(span.to) / days.length };
}
