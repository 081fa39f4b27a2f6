/** Which shifts do not change any more: those that start before a border. */
import type { ShiftClosing } from "@/api/types";
import { addDays, dayOf, type Place, shortDate } from "@/lib/calendar";
import type { Span } from "./roster-model";
import { secondsOf } from "./roster-model";

/** The instant before which shifts are closed, in seconds; 0 where none are. */
export function borderOf(closing: ShiftClosing | undefined): number {
  return Math.max(
    ...[closing?.closed_before, closing?.archived_before].map((at) => (at ? secondsOf(at) : 0)),
  );
}

/** Whether a whole day is closed. */
export const isClosed = (day: Span, border: number): boolean => day.to <= border;

/** `Closed until 31 May 2026`: the last day that is closed as a whole. */
export function closedUntil(border: number, { timeZone, locale }: Place): string {
  const day = dayOf(border * 1000, timeZone);
  return `Closed until ${shortDate(addDays(day, -1), locale)}`;
}
