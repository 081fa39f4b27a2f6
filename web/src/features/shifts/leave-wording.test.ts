import { expect, test } from "vitest";
import { zonedDay } from "@/lib/zoned-day";
import { readLeaveChoice } from "./leave-choice";
import { daysOfLeave, hoursOf, leaveAlong, lengthText, spanText } from "./leave-wording";

const berlin = { locale: "en-GB", timeZone: "Europe/Berlin" };
const days = {
  first_day: "2026-07-20",
  last_day: "2026-07-31",
  starts_at: "2026-07-19T22:00:00Z",
  ends_at: "2026-07-31T22:00:00Z",
};
const hours = {
  first_day: null,
  last_day: null,
  starts_at: "2026-11-25T13:00:00Z",
  ends_at: "2026-11-25T15:30:00Z",
};

test("whole days are said as days, wherever one looks from", () => {
  expect(spanText(days, { ...berlin, timeZone: "Asia/Tokyo" })).toMatch(/^20\s?–\s?31 July 2026$/);
  expect(lengthText(days)).toBe("12 days");
  expect(lengthText({ ...days, last_day: "2026-07-20" })).toBe("1 day");
});

test("hours are said by the clock of the place", () => {
  expect(spanText(hours, berlin)).toBe("Wed 25 Nov, 14:00 – 16:30");
  expect(lengthText(hours)).toBe("2 h 30 min");
});

test("hours up to midnight do not touch the next day", () => {
  const evening = { ...hours, ends_at: "2026-11-25T23:00:00Z" };
  expect(daysOfLeave(evening, "Europe/Berlin")).toEqual({
    first: "2026-11-25",
    last: "2026-11-25",
  });
});

test("hours of availability are said as short as they can be", () => {
  expect(hoursOf({ start_time: "13:00", end_time: null })).toBe("from 13:00");
  expect(hoursOf({ start_time: null, end_time: "09:00" })).toBe("until 09:00");
  expect(hoursOf({ start_time: "08:00", end_time: "12:00" })).toBe("08:00 – 12:00");
  expect(hoursOf({ start_time: null, end_time: null })).toBe("all day");
});

test("an address that says nonsense shows leave of everybody", () => {
  expect(readLeaveChoice({ view: "x", month: "2026-13", employee: "1", past: "no" })).toEqual({});
  expect(readLeaveChoice({ view: "away", month: "2026-07", past: "shown" })).toEqual({
    view: "away",
    month: "2026-07",
    past: "shown",
  });
});

test("leave lies along the days that it covers, hours along a part of theirs", () => {
  const week = ["2026-07-20", "2026-07-21"].map((date) => zonedDay(date, "UTC"));
  const at = (instant: string) => Date.parse(instant) / 1000;
  const span = { from: at("2026-07-19T00:00:00Z"), to: at("2026-07-21T00:00:00Z") };
  expect(leaveAlong(span, week)).toEqual({ left: 0, right: 0.5 });
  const noon = { from: at("2026-07-21T12:00:00Z"), to: at("2026-07-23T00:00:00Z") };
  expect(leaveAlong(noon, week)).toEqual({ left: 0.75, right: 1 });
  // A single day that is drawn into the next morning.
  const one = { from: at("2026-07-21T00:00:00Z"), to: at("2026-07-22T00:00:00Z") };
  expect(leaveAlong(one, week.slice(1), 8 * 3600)).toEqual({ left: 0, right: 0.75 });
});
