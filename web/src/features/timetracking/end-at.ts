import { addDays } from "@/lib/calendar";
import { fromInstant, parseWallTime, toInstant } from "@/lib/wall-clock";

/** The first instant after the start at which the clock shows this time; null where that is too late. */
export function endAt(
  startedAt: string,
  before: string,
  text: string,
  timeZone: string,
): string | null {
  const time = parseWallTime(text);
  if (!time) {
    return null;
  }
  const { date } = fromInstant(startedAt, timeZone);
  for (const days of [0, 1]) {
    const { instant } = toInstant(addDays(date, days), time, timeZone);
    if (Date.parse(instant) > Date.parse(startedAt)) {
      return Date.parse(instant) < Date.parse(before) ? instant : null;
    }
  }
  return null;
}
