import { describe, expect, it } from "vitest";
import type { Shift } from "@/api/types";
import { zonedDay } from "@/lib/zoned-day";
import { daysOf, readRosterChoice, stepDate } from "./roster-choice";
import {
  alongDays,
  alongHours,
  begunAt,
  type DrawnShift,
  drawn,
  dyesOf,
  hoursText,
  instantOf,
  lengthened,
  movedByDays,
  overlapping,
  pasted,
  placed,
  reverseOf,
  secondsByDay,
  secondsOf,
  snapped,
  spanOnDay,
} from "./roster-model";

const zone = "Europe/Berlin";
const week = daysOf("week", "2026-10-24", "monday").map((date) => zonedDay(date, zone));

function shift(id: string, starts_at: string, ends_at: string, more: Partial<Shift> = {}): Shift {
  return {
    id,
    employee_id: "anna",
    starts_at,
    ends_at,
    break_minutes: 0,
    position: null,
    location_id: null,
    note: null,
    published: true,
    created_at: starts_at,
    updated_at: starts_at,
    ...more,
  };
}

const one = (id: string, from: string, to: string): DrawnShift => drawn(shift(id, from, to));
const night = one("night", "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z");
const early = one("early", "2026-10-20T04:00:00Z", "2026-10-20T12:00:00Z");

describe("where a shift lies", () => {
  it("fills the column of its day, and lies across two over midnight", () => {
    expect(alongDays(week, early)).toEqual({ left: 1, right: 2 });
    expect(alongDays(week, night)).toEqual({ left: 5.5, right: 6.42 });
  });

  it("ends at the edges of what is shown", () => {
    const last = one("last", "2026-10-25T21:00:00Z", "2026-10-26T05:00:00Z");
    const before = one("before", "2026-10-18T20:00:00Z", "2026-10-19T04:00:00Z");
    expect(alongDays(week, last)).toEqual({ left: 6.5, right: 7 });
    expect(alongDays(week, before)).toEqual({ left: 0, right: 0.42 });
  });

  it("lies along the hours of a day in proportion, also of 25", () => {
    const day = zonedDay("2026-10-25", zone);
    expect(day.to - day.from).toBe(25 * 3600);
    const { left, right } = alongHours(day, night);
    expect([left, Math.round(right * 25 * 3600)]).toEqual([0, 7 * 3600]);
  });

  it("puts nights in a row beside each other, and what overlaps in another lane", () => {
    const nights = [19, 20, 21].map((day) =>
      one(`n${day}`, `2026-10-${day}T20:00:00Z`, `2026-10-${day + 1}T04:00:00Z`),
    );
    const row = placed(
      [...nights, one("day", "2026-10-20T08:00:00Z", "2026-10-20T16:00:00Z")],
      week,
      (span) => alongDays(week, span),
      { from: week[0]?.from ?? 0, to: week[6]?.to ?? 0 },
    );
    expect(row.map(({ one: { id }, lane }) => [id, lane])).toEqual([
      ["n19", 0],
      ["day", 1],
      ["n20", 0],
      ["n21", 0],
    ]);
  });
});

describe("hours", () => {
  it("are cut at midnight, so that days add up to the whole", () => {
    const days = secondsByDay([night, early], week);
    expect(days.map((seconds) => seconds / 3600)).toEqual([0, 8, 0, 0, 0, 2, 7]);
    expect(days.reduce((sum, seconds) => sum + seconds, 0)).toBe(17 * 3600);
  });

  it("are written as people write them", () => {
    expect([0, 1800, 27000, 360000].map(hoursText)).toEqual(["0:00", "0:30", "7:30", "100:00"]);
  });
});

describe("moves", () => {
  it("keep the times of the clock over a change of the clocks", () => {
    const plain = one("plain", "2026-10-23T20:00:00Z", "2026-10-24T04:00:00Z");
    const moved = movedByDays(plain, 1, zone);
    expect([instantOf(moved.from), instantOf(moved.to)]).toEqual([
      "2026-10-24T20:00:00Z",
      "2026-10-25T05:00:00Z",
    ]);
    expect(movedByDays(moved, -1, zone)).toEqual({ from: plain.from, to: plain.to });
  });

  it("never make a shift shorter than a quarter of an hour or longer than 48 hours", () => {
    const hours = (span: { from: number; to: number }) => (span.to - span.from) / 3600;
    expect(hours(lengthened(early, -100 * 3600))).toBe(0.25);
    expect(hours(lengthened(early, 100 * 3600))).toBe(48);
    expect(hours(begunAt(early, 100 * 3600))).toBe(0.25);
    expect(hours(begunAt(early, -100 * 3600))).toBe(48);
  });

  it("end on quarters that the clock shows, in zones of half an hour, too", () => {
    const day = zonedDay("2026-05-12", "Asia/Kathmandu");
    const at = snapped(day, day.from + 8 * 3600 + 400, 900);
    expect((at - day.from) / 900).toBe(32);
  });

  it("know what stands in the way, and that touching is fine", () => {
    const others = [early, night];
    const until = { from: early.from - 3600, to: early.from };
    expect(overlapping(until, others)).toEqual([]);
    expect(overlapping({ ...until, to: until.to + 60 }, others)).toEqual([early]);
    expect(overlapping(early, others, new Set(["early"]))).toEqual([]);
  });
});

describe("what is typed", () => {
  it("ends the next day where it would end before it starts", () => {
    const span = spanOnDay("2026-03-28", { hour: 22, minute: 0 }, { hour: 6, minute: 0 }, zone);
    // The night in which clocks go forward.
    expect((span.to - span.from) / 3600).toBe(7);
    const whole = spanOnDay("2026-05-12", { hour: 8, minute: 0 }, { hour: 8, minute: 0 }, zone);
    expect((whole.to - whole.from) / 3600).toBe(24);
  });
});

describe("copies", () => {
  it("are drafts at the same times of the clock, without what belongs to the original", () => {
    const copied = {
      firstDay: "2026-10-12",
      shifts: [shift("a", "2026-10-17T20:00:00Z", "2026-10-18T04:00:00Z", { note: "Keys" })],
    };
    expect(pasted(copied, "2026-10-19", zone)).toEqual([
      {
        employee_id: "anna",
        starts_at: "2026-10-24T20:00:00Z",
        ends_at: "2026-10-25T05:00:00Z",
        break_minutes: 0,
        position: null,
        location_id: null,
        note: "Keys",
        published: false,
      },
    ]);
  });
});

describe("taking back", () => {
  it("reverses every part of a batch", () => {
    const changed = shift("changed", "2026-10-20T04:00:00Z", "2026-10-20T12:00:00Z");
    const back = shift("back", "2026-10-21T04:00:00Z", "2026-10-21T12:00:00Z");
    const added = shift("added", "2026-10-22T04:00:00Z", "2026-10-22T12:00:00Z");
    const reverse = reverseOf(
      { update: [{ id: "changed", employee_id: "ben" }], delete: ["gone"], restore: ["back"] },
      {
        created: [added],
        updated: [{ ...changed, employee_id: "ben" }],
        deleted: ["gone"],
        restored: [back],
      },
      new Map([[changed.id, changed]]),
    );
    expect(reverse.delete).toEqual(["added", "back"]);
    expect(reverse.update?.[0]).toMatchObject({ id: "changed", employee_id: "anna" });
    expect(reverse.restore).toEqual(["gone"]);
  });
});

describe("what the address says", () => {
  it("is read, and what makes no sense is left out", () => {
    expect(readRosterChoice({ view: "month", date: "2026-05-12" })).toEqual({
      view: "month",
      date: "2026-05-12",
    });
    expect(readRosterChoice({ view: "year", date: "2026-02-30" })).toEqual({});
  });

  it("steps by what is shown, and not past the years that are kept", () => {
    expect(stepDate("month", "2026-01-31", 1)).toBe("2026-02-01");
    expect(stepDate("2weeks", "2026-05-12", -1)).toBe("2026-04-28");
    expect(stepDate("day", "2098-12-31", 1)).toBeNull();
    expect(daysOf("month", "2028-02-10", "monday")).toHaveLength(29);
    expect(daysOf("week", "2026-05-17", "sunday")[0]).toBe("2026-05-17");
  });
});

describe("dyes", () => {
  it("differ as long as there are some left", () => {
    const names = ["Sequencer", "Night desk", "Sample desk", "Bench", "Lead", "Courier", "A", "B"];
    expect(new Set(dyesOf(names).values()).size).toBe(8);
    expect(dyesOf([...names, "C"]).size).toBe(9);
  });
});

it("reads instants as whole seconds and writes them as the API does", () => {
  expect(instantOf(secondsOf("2026-10-25T02:30:00+02:00"))).toBe("2026-10-25T00:30:00Z");
});
