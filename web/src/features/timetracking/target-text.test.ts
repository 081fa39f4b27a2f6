import { describe, expect, it } from "vitest";
import { readableDuration } from "@/lib/duration";
import { hoursText, readHours, weekText } from "./target-text";

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

describe("readHours", () => {
  it.each([
    ["8", 8 * 3600],
    ["7.5", 7.5 * 3600],
    ["7,5", 7.5 * 3600],
    ["7:30", 7.5 * 3600],
    ["7h30", 7.5 * 3600],
    ["90m", 90 * 60],
    [" ", 0],
  ])("reads %s", (text, seconds) => {
    expect(readHours(text, 86_400)).toBe(seconds);
  });

  it.each(["eight", "25", "24:01"])("refuses %s", (text) => {
    expect(readHours(text, 86_400)).toBeNull();
  });

  it("is what hoursText writes", () => {
    for (const seconds of [60, 5400, 27_000, 86_399, 86_400]) {
      expect(readHours(hoursText(seconds), 86_400)).toBe(seconds);
    }
    expect(hoursText(0)).toBe("");
  });
});

describe("weekText", () => {
  const h = 3600;
  it.each([
    [[8, 8, 8, 8, 8, 0, 0], "Mon – Fri 8 h"],
    [[8, 8, 8, 8, 6, 0, 0], "Mon – Thu 8 h, Fri 6 h"],
    [[8, 0, 8, 0, 8, 0, 0], "Mon 8 h, Wed 8 h, Fri 8 h"],
    [[0, 0, 0, 0, 0, 0, 0], ""],
  ])("joins days that are alike", (hours, text) => {
    expect(
      weekText(
        hours.map((value) => value * h),
        weekdays,
        readableDuration,
      ),
    ).toBe(text);
  });
});
