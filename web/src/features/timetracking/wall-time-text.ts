import { type Place, timeOfDay } from "@/lib/calendar";

/** A time as its field shows it: with seconds only where there are some. */
export function wallTimeText(instant: string, place: Place): string {
  return timeOfDay(instant, place, new Date(instant).getUTCSeconds() !== 0);
}
