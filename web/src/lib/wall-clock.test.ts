import { describe, expect, it } from "vitest";
import {
  addSeconds,
  fromInstant,
  isDate,
  parseWallTime,
  secondsBetween,
  toInstant,
} from "./wall-clock";

const berlin = "Europe/Berlin";

describe("parseWallTime", () => {
  it.each([
    ["9", 9, 0, 0],
    ["09", 9, 0, 0],
    ["930", 9, 30, 0],
    ["0930", 9, 30, 0],
    ["1745", 17, 45, 0],
    ["9:30", 9, 30, 0],
    ["9.30", 9, 30, 0],
    ["9h30", 9, 30, 0],
    ["09:30:15", 9, 30, 15],
    ["9pm", 21, 0, 0],
    ["9:30 PM", 21, 30, 0],
    ["9:30\u202fPM", 21, 30, 0],
    ["12am", 0, 0, 0],
    ["12:15 pm", 12, 15, 0],
    ["9:30 a.m.", 9, 30, 0],
    ["0:00", 0, 0, 0],
  ])("reads %j", (text, hour, minute, second) => {
    expect(parseWallTime(text)).toEqual({ hour, minute, second });
  });

  it.each(["", "x", "24", "25:00", "9:60", "13pm", "0am", "9:5", "-1"])("refuses %j", (text) => {
    expect(parseWallTime(text)).toBeNull();
  });
});

describe("clock and instant", () => {
  const time = (hour: number, minute = 0) => ({ hour, minute, second: 0 });

  it("knows summer and winter time", () => {
    expect(toInstant("2026-07-01", time(9), berlin).instant).toBe("2026-07-01T07:00:00Z");
    expect(toInstant("2026-11-21", time(9), berlin).instant).toBe("2026-11-21T08:00:00Z");
  });

  it("moves a skipped time forward and says so", () => {
    expect(toInstant("2026-03-29", time(2, 30), berlin)).toEqual({
      instant: "2026-03-29T01:30:00Z",
      skipped: true,
    });
    expect(toInstant("2026-03-29", time(3, 30), berlin).skipped).toBe(false);
  });

  it("takes the first of a time that comes twice", () => {
    expect(toInstant("2026-10-25", time(2, 30), berlin)).toEqual({
      instant: "2026-10-25T00:30:00Z",
      skipped: false,
    });
  });

  it("goes back and forth", () => {
    expect(fromInstant("2026-11-21T23:30:05Z", berlin)).toEqual({
      date: "2026-11-22",
      time: { hour: 0, minute: 30, second: 5 },
    });
  });

  it("counts real seconds over a night on which clocks change", () => {
    const from = toInstant("2026-10-24", time(22), berlin).instant;
    const to = toInstant("2026-10-25", time(6), berlin).instant;
    expect(secondsBetween(from, to)).toBe(9 * 3600);
    expect(addSeconds(from, 9 * 3600)).toBe(to);
  });

  it("recognises dates", () => {
    expect(isDate("2026-02-28")).toBe(true);
    expect(isDate("2026-02-29")).toBe(false);
    expect(isDate("")).toBe(false);
    expect(isDate("20260228")).toBe(false);
  });
});
