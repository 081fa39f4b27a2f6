import { describe, expect, it } from "vitest";
import {
  addDays,
  dayOf,
  daysBetween,
  daysInMonth,
  dayTitle,
  groupByDay,
  monthTitle,
  shiftMonth,
  timeOfDay,
  yearMonthOf,
} from "./calendar";

const at = (started_at: string) => ({ started_at });

describe("grouping by day", () => {
  it("uses the person's zone, not the browser's and not UTC", () => {
    const items = [at("2026-11-21T23:30:00Z"), at("2026-11-21T22:30:00Z")];
    expect(groupByDay(items, "Europe/Berlin").map((day) => day.date)).toEqual([
      "2026-11-22",
      "2026-11-21",
    ]);
    expect(groupByDay(items, "UTC")).toHaveLength(1);
    expect(groupByDay(items, "Pacific/Auckland").map((day) => day.date)).toEqual(["2026-11-22"]);
  });

  it("keeps the 25 hours of the day on which clocks go back together", () => {
    // In Berlin 25 October 2026 lasts from 22:00Z of the 24th to 23:00Z of the 25th.
    const items = [
      at("2026-10-25T23:00:00Z"),
      at("2026-10-25T22:59:59Z"),
      at("2026-10-24T22:00:00Z"),
      at("2026-10-24T21:59:59Z"),
    ];
    expect(groupByDay(items, "Europe/Berlin").map((day) => [day.date, day.items.length])).toEqual([
      ["2026-10-26", 1],
      ["2026-10-25", 2],
      ["2026-10-24", 1],
    ]);
  });

  it("ends the day on which clocks go forward after 23 hours", () => {
    expect(dayOf("2026-03-28T22:59:59Z", "Europe/Berlin")).toBe("2026-03-28");
    expect(dayOf("2026-03-28T23:00:00Z", "Europe/Berlin")).toBe("2026-03-29");
    expect(dayOf("2026-03-29T21:59:59Z", "Europe/Berlin")).toBe("2026-03-29");
    expect(dayOf("2026-03-29T22:00:00Z", "Europe/Berlin")).toBe("2026-03-30");
  });

  it("keeps the order in which it got the items", () => {
    const items = [at("2026-11-21T10:00:00Z"), at("2026-11-21T09:00:00Z")];
    expect(groupByDay(items, "UTC")[0]?.items).toEqual(items);
  });
});

describe("dates", () => {
  it("knows leap years and month ends", () => {
    expect(daysInMonth({ year: 2028, month: 2 })).toBe(29);
    expect(daysInMonth({ year: 2026, month: 2 })).toBe(28);
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
  });

  it("goes from month to month across the year", () => {
    expect(shiftMonth({ year: 2026, month: 1 }, -1)).toEqual({ year: 2025, month: 12 });
    expect(shiftMonth({ year: 2026, month: 12 }, 1)).toEqual({ year: 2027, month: 1 });
    expect(yearMonthOf("2026-03-09")).toEqual({ year: 2026, month: 3 });
  });

  it("writes them as the person's locale does", () => {
    expect(dayTitle("2026-11-21", "2026-11-30", "en-GB")).toBe("Saturday 21 November");
    expect(dayTitle("2025-11-21", "2026-11-30", "de-DE")).toBe("Freitag, 21. November 2025");
    expect(monthTitle({ year: 2026, month: 11 }, "fr-FR")).toBe("novembre 2026");
    const place = { locale: "en-GB", timeZone: "Europe/Berlin" };
    expect(timeOfDay("2026-11-21T08:05:00Z", place)).toBe("09:05");
    expect(timeOfDay("2026-11-21T08:05:09Z", { ...place, locale: "en-US" }, true)).toMatch(
      /^9:05:09\sAM$/,
    );
  });

  it("shows something sensible for a zone or locale that the browser does not know", () => {
    expect(dayOf("2026-11-21T08:05:00Z", "Mars/Olympus")).toBe("2026-11-21");
    expect(timeOfDay("2026-11-21T08:05:00Z", { locale: "x", timeZone: "UTC" })).toContain("8:05");
  });
});
