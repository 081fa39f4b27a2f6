/**
 * The server's clock, seen from here. A browser's clock may be minutes off; the server's counts,
 * because it writes the times. What is known of it comes from its answers, which name the time in
 * whole seconds, so each answer bounds the difference from both sides and the bounds narrow down.
 */

export interface ClockBounds {
  /** The server's clock is at least this many milliseconds ahead of ours … */
  readonly lowest: number;
  /** … and at most this many. */
  readonly highest: number;
}

export const unknownClock: ClockBounds = { lowest: -Infinity, highest: Infinity };

/**
 * Narrows the bounds by one answer: sent and received by our clock in milliseconds, and the
 * second (also in milliseconds) that the server's clock showed in between. A clock that was set
 * in the meantime contradicts what was known before; then only the new answer counts.
 */
export function observeClock(
  known: ClockBounds,
  sent: number,
  received: number,
  serverSecond: number,
): ClockBounds {
  const lowest = serverSecond - received;
  const highest = serverSecond + 1000 - sent;
  const narrowed = {
    lowest: Math.max(known.lowest, lowest),
    highest: Math.min(known.highest, highest),
  };
  return narrowed.lowest <= narrowed.highest ? narrowed : { lowest, highest };
}

/** The likeliest difference in milliseconds; 0 as long as our own clock may be right. */
export function clockOffset(bounds: ClockBounds): number {
  if (bounds.lowest <= 0 && bounds.highest >= 0) {
    return 0;
  }
  return Math.round((bounds.lowest + bounds.highest) / 2);
}

/** A server time that has surely been reached, so that it is never "in the future" there. */
export function surelyReached(bounds: ClockBounds, now: number): number {
  return Number.isFinite(bounds.lowest) ? now + bounds.lowest : now;
}

/** Whole seconds since `startedAt` (milliseconds); recomputed each time, never added up. */
export function elapsedSeconds(startedAt: number, now: number, offset: number): number {
  return Math.max(0, Math.floor((now + offset - startedAt) / 1000));
}

/** Milliseconds until the elapsed seconds change next. */
export function untilNextSecond(startedAt: number, now: number, offset: number): number {
  const into = (((now + offset - startedAt) % 1000) + 1000) % 1000;
  return 1000 - into;
}
