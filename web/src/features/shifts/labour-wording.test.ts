import { describe, expect, it } from "vitest";
import { demandOf, hoursOf, parseHours, usualRules } from "./labour-wording";

describe("labour rules in words", () => {
  it("says what each kind demands", () => {
    expect(usualRules.map(demandOf)).toEqual([
      "At least 11 h of rest between shifts",
      "At most 10 h a day",
      "At most 48 h a week",
      "At most 6 days in a row",
      "Breaks of 30 min when working longer than 6 h",
    ]);
  });

  it("reads plain numbers as hours, and gives back what it read", () => {
    expect(["11", "7.5", "7:30", "90 min", "0", "eleven"].map(parseHours)).toEqual([
      660,
      450,
      450,
      90,
      null,
      null,
    ]);
    for (const minutes of [1, 59, 60, 450, 660, 10_080]) {
      expect(parseHours(hoursOf(minutes))).toBe(minutes);
    }
  });
});
