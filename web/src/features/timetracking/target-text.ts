/** Hours as people type them for targets and limits: `8` means hours there, not minutes. */
import { parseDuration } from "@/lib/duration";

/** Seconds; null for what is no duration, or longer than `mostSeconds`. Nothing typed is none. */
export function readHours(text: string, mostSeconds: number): number | null {
  const typed = text.trim();
  if (typed === "") {
    return 0;
  }
  const seconds = /^\d{1,3}$/.test(typed) ? Number(typed) * 3600 : parseDuration(typed);
  return seconds !== null && seconds <= mostSeconds ? seconds : null;
}

/** `7:30`, or nothing for none. */
export function hoursText(seconds: number | null | undefined): string {
  if (!seconds) {
    return "";
  }
  const rest = seconds % 60;
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${minutes}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** `Mon – Thu 8 h, Fri 6 h`, from the seconds of Monday to Sunday. */
export function weekText(
  seconds: readonly number[],
  weekdays: readonly string[],
  readable: (seconds: number) => string,
): string {
  const parts: { from: number; to: number; seconds: number }[] = [];
  seconds.forEach((value, day) => {
    const last = parts.at(-1);
    if (last && last.seconds === value && last.to === day - 1) {
      last.to = day;
    } else {
      parts.push({ from: day, to: day, seconds: value });
    }
  });
  return parts
    .filter((part) => part.seconds > 0)
    .map(({ from, to, seconds: value }) => {
      const days = from === to ? weekdays[from] : `${weekdays[from]} – ${weekdays[to]}`;
      return `${days} ${readable(value)}`;
    })
    .join(", ");
}
