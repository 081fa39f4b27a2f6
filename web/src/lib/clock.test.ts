import { describe, expect, it } from "vitest";
import {
  clockOffset,
  elapsedSeconds,
  observeClock,
  surelyReached,
  unknownClock,
  untilNextSecond,
} from "./clock";

const noon = Date.UTC(2026, 10, 21, 12, 0, 0);

describe("the server's clock", () => {
  it("trusts our own clock while nothing speaks against it", () => {
    expect(clockOffset(unknownClock)).toBe(0);
    // Our 12:00:00.400, the server says 12:00:00: both may be right.
    expect(clockOffset(observeClock(unknownClock, noon + 380, noon + 420, noon))).toBe(0);
  });

  it("notices a clock that is five minutes slow", () => {
    const server = noon + 300_000;
    const offset = clockOffset(observeClock(unknownClock, noon + 450, noon + 500, server));
    expect(Math.abs(offset - 300_000)).toBeLessThan(1000);
  });

  it("narrows down with every answer", () => {
    const offset = -90_250;
    let bounds = unknownClock;
    for (let step = 0; step < 20; step += 1) {
      const sent = noon + step * 1337;
      const serverSecond = Math.floor((sent + 10 + offset) / 1000) * 1000;
      bounds = observeClock(bounds, sent, sent + 20, serverSecond);
      expect(bounds.lowest).toBeLessThanOrEqual(offset);
      expect(bounds.highest).toBeGreaterThanOrEqual(offset);
    }
    expect(bounds.highest - bounds.lowest).toBeLessThan(400);
  });

  it("starts anew when a clock was set", () => {
    const before = observeClock(unknownClock, noon, noon + 20, noon);
    const after = observeClock(before, noon + 5000, noon + 5020, noon + 65_000);
    expect(Math.abs(clockOffset(after) - 60_000)).toBeLessThan(1100);
  });

  it("names a time that the server has surely reached", () => {
    const offset = -3_600;
    const sent = noon + 123;
    const serverSecond = Math.floor((sent + offset) / 1000) * 1000;
    const bounds = observeClock(unknownClock, sent, sent + 15, serverSecond);
    expect(surelyReached(bounds, sent + 50)).toBeLessThanOrEqual(sent + 50 + offset);
  });
});

describe("elapsed time", () => {
  it("is right at once after the laptop slept", () => {
    expect(elapsedSeconds(noon, noon + 5_000, 0)).toBe(5);
    expect(elapsedSeconds(noon, noon + 8 * 3_600_000 + 1, 0)).toBe(8 * 3600);
  });

  it("is never negative", () => {
    expect(elapsedSeconds(noon, noon - 800, 0)).toBe(0);
  });

  it("takes a wrong clock into account", () => {
    expect(elapsedSeconds(noon, noon - 60_000, 60_000 + 7_000)).toBe(7);
  });

  it("wakes up when the second changes, not a second after the last look", () => {
    expect(untilNextSecond(noon, noon + 5_300, 0)).toBe(700);
    expect(untilNextSecond(noon, noon + 5_000, 0)).toBe(1000);
    expect(untilNextSecond(noon, noon - 300, 0)).toBe(300);
  });
});
