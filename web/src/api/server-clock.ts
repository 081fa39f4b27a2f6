import {
  type ClockBounds,
  clockOffset,
  observeClock,
  surelyReached,
  unknownClock,
} from "@/lib/clock";

let bounds: ClockBounds = unknownClock;
let offset = 0;

export const serverClock = {
  /** Learns from an answer; times are milliseconds of our own clock. */
  observe(sent: number, received: number, serverSecond: number) {
    if (Number.isNaN(serverSecond) || received < sent) {
      return;
    }
    bounds = observeClock(bounds, sent, received, serverSecond);
    const likely = clockOffset(bounds);
    // Small corrections would only make the seconds jump.
    if (Math.abs(likely - offset) > 1500 || likely === 0) {
      offset = likely;
    }
  },

  /** Milliseconds to add to `Date.now()`. */
  offset: () => offset,

  now: () => Date.now() + offset,

  /**
   * The server's second at an instant of our clock that has passed, as near as we know, and surely
   * not in the server's future; RFC 3339.
   */
  reachedSecond(at: number): string {
    const instant = Math.min(at + offset, surelyReached(bounds, Date.now()));
    const second = Math.floor(instant / 1000) * 1000;
    return new Date(second).toISOString().replace(".000Z", "Z");
  },
};
