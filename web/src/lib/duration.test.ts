import { describe, expect, it } from "vitest";
import {
  clockDuration,
  isoDuration,
  parseDuration,
  readableDuration,
  signedDuration,
} from "./duration";

const minutes = 60;
const hours = 3600;

describe("parseDuration", () => {
  it.each([
    ["90", 90 * minutes],
    ["5", 5 * minutes],
    ["1.5", 1.5 * hours],
    ["1,5", 1.5 * hours],
    [".25", 0.25 * hours],
    ["2.", 2 * hours],
    ["1h30", 1.5 * hours],
    ["1h 30m", 1.5 * hours],
    ["1 h 30 min", 1.5 * hours],
    ["1H30M", 1.5 * hours],
    ["1h", hours],
    ["1.5h", 1.5 * hours],
    ["1,25 h", 1.25 * hours],
    ["2 hours 5 minutes", 2 * hours + 5 * minutes],
    ["1:30", 1.5 * hours],
    ["0:05", 5 * minutes],
    ["12:00:07", 12 * hours + 7],
    ["90m", 90 * minutes],
    ["45s", 45],
    ["1h 0m 9s", hours + 9],
    ["1h 9s", hours + 9],
    ["  15  ", 15 * minutes],
    ["0", 0],
  ])("reads %j as %i seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "   ", "abc", "-5", "1:60", "1:5", "1h30x", "h", ".", "1..5", "1e3", "30m 1h", "∞"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it("reads back what it writes", () => {
    for (const seconds of [1, 59, 60, 61, 3599, 3600, 3661, 86_399, 360_000]) {
      expect(parseDuration(clockDuration(seconds))).toBe(seconds);
      expect(parseDuration(readableDuration(seconds))).toBe(seconds);
    }
  });
});

describe("writing durations", () => {
  it("pads minutes and seconds but not hours", () => {
    expect(clockDuration(0)).toBe("0:00:00");
    expect(clockDuration(3729)).toBe("1:02:09");
    expect(clockDuration(123 * hours)).toBe("123:00:00");
  });

  it("never shows a negative time, however wrong a clock is", () => {
    expect(clockDuration(-5)).toBe("0:00:00");
  });

  it("leaves out what is zero", () => {
    expect(readableDuration(5400)).toBe("1 h 30 min");
    expect(readableDuration(0)).toBe("0 s");
    expect(readableDuration(3661)).toBe("1 h 1 min 1 s");
  });

  it("writes ISO 8601 for machines", () => {
    expect(isoDuration(3729)).toBe("PT1H2M9S");
  });
});

describe("signedDuration", () => {
  it.each([
    [3729, "+1:02:09"],
    [-2700, "\u22120:45:00"],
    [0, "0:00:00"],
  ])("writes %d as %s", (seconds, text) => {
    expect(signedDuration(seconds)).toBe(text);
  });
});
