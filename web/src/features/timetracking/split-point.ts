/** Where a session is split: the texts and the slider of the dialog, as pure functions. */
import { addDays, dayOf, daysBetween } from "@/lib/calendar";
import { addSeconds, isDate, parseWallTime, secondsBetween, toInstant } from "@/lib/wall-clock";

interface Span {
  readonly started_at: string;
  readonly ended_at: string;
}

/** The middle, at a full five minutes where there is one inside, else at a full minute or second. */
export function middleOf(span: Span): string {
  const seconds = secondsBetween(span.started_at, span.ended_at);
  const middle = Date.parse(span.started_at) / 1000 + Math.floor(seconds / 2);
  for (const step of [300, 60, 1]) {
    const at = new Date(Math.round(middle / step) * step * 1000).toISOString();
    if (isInside(span, at)) {
      return at;
    }
  }
  return addSeconds(span.started_at, 1);
}

/**
 * The instant inside the session at which clocks show this time: on the preferred day, or on the
 * first one on which it is inside. Null where there is none.
 */
export function splitPoint(
  span: Span,
  text: string,
  timeZone: string,
  preferredDay: string,
): string | null {
  const wall = parseWallTime(text);
  if (!wall) {
    return null;
  }
  const first = dayOf(span.started_at, timeZone);
  const days = daysBetween(first, dayOf(span.ended_at, timeZone));
  const dates = Array.from({ length: days + 1 }, (_, index) => addDays(first, index));
  for (const date of [preferredDay, ...dates]) {
    const instant = isDate(date) ? toInstant(date, wall, timeZone).instant : null;
    if (instant !== null && isInside(span, instant)) {
      return instant;
    }
  }
  return null;
}

export function isInside(span: Span, instant: string): boolean {
  return secondsBetween(span.started_at, instant) > 0 && secondsBetween(instant, span.ended_at) > 0;
}
