/**
 * From what a clock on the wall shows to instants and back, for the forms in which people type
 * dates and times. Days on which clocks change are left to Temporal: a time that is skipped moves
 * forward with the clock, and of a time that comes twice the first is meant.
 */
import { Temporal } from "temporal-polyfill";

const timeText = /^(\d{1,2})(?:[:.h\s]?([0-5]\d))?(?::([0-5]\d))?\s*(?:([ap])\.?\s*m?\.?|uhr|h)?$/i;

export interface WallTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Reads `9`, `930`, `9:30`, `09:30:15`, `9.30pm`; null for what is no time of a day. */
export function parseWallTime(text: string): WallTime | null {
  // Some locales put a narrow no-break space before "AM".
  const match = timeText.exec(text.replace(/\s+/g, " ").trim());
  if (!match) {
    return null;
  }
  const half = match[4]?.toLowerCase();
  let hour = Number(match[1]);
  const minute = Number(match[2] ?? 0);
  const second = Number(match[3] ?? 0);
  if (half) {
    if (hour < 1 || hour > 12) {
      return null;
    }
    hour = (hour % 12) + (half === "p" ? 12 : 0);
  }
  return hour <= 23 ? { hour, minute, second } : null;
}

/** Whether a text is a date as `<input type="date">` gives it. */
export function isDate(text: string): boolean {
  try {
    Temporal.PlainDate.from(text);
    return /^\d{4}-\d{2}-\d{2}$/.test(text);
  } catch {
    return false;
  }
}

/** The instant (RFC 3339, UTC) at which the clock shows this; says if that time was skipped. */
export function toInstant(
  date: string,
  time: WallTime,
  timeZone: string,
): { instant: string; skipped: boolean } {
  const wall = Temporal.PlainDate.from(date).toPlainDateTime(time);
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: "compatible" });
  return {
    instant: zoned.toInstant().toString(),
    skipped: !zoned.toPlainDateTime().equals(wall),
  };
}

/** What the clock in the zone shows at an instant. */
export function fromInstant(instant: string, timeZone: string): { date: string; time: WallTime } {
  const zoned = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone);
  return {
    date: zoned.toPlainDate().toString(),
    time: { hour: zoned.hour, minute: zoned.minute, second: zoned.second },
  };
}

export function addSeconds(instant: string, seconds: number): string {
  return Temporal.Instant.from(instant).add({ seconds }).toString();
}

/** Whole seconds from one instant to another. */
export function secondsBetween(from: string, to: string): number {
  return Math.floor(
    (Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds) /
      1000,
  );
}
