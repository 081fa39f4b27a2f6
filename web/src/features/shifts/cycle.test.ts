import { describe, expect, it } from "vitest";
import type { ShiftTemplate } from "@/api/types";
import {
  type Cycle,
  clocksText,
  cycleOf,
  entriesOf,
  filled,
  lengthText,
  pastedAt,
  repeated,
  resized,
  sumOf,
  toggled,
} from "./cycle";
import { oddShifts } from "./template-times";

const night = {
  id: "n",
  start_time: "22:00",
  end_time: "06:00",
  duration_minutes: null,
  break_minutes: 30,
} as ShiftTemplate;
const letters = (cycle: Cycle) => cycle.map((day) => day.join("") || "-").join(" ");
const cycle = (text: string): Cycle => text.split(" ").map((day) => (day === "-" ? [] : [...day]));

describe("a cycle", () => {
  it("goes to the API and comes back the same", () => {
    const pattern = { cycle_days: 8, entries: entriesOf(cycle("n n - ab - - - -")) };
    expect(pattern.entries).toContainEqual({ day: 4, template_id: "b" });
    expect(letters(cycleOf(pattern))).toBe("n n - ab - - - -");
  });

  it("is filled, and gets a second shift on a day and loses it again", () => {
    const days = filled(cycle("- - - -"), { first: 1, last: 2 }, ["n"]);
    expect(letters(days)).toBe("- n n -");
    const both = toggled(days, { first: 2, last: 3 }, "a");
    expect(letters(both)).toBe("- n na a");
    expect(letters(toggled(both, { first: 2, last: 3 }, "a"))).toBe("- n n -");
  });

  it("repeats some of its days to its end, also where they do not come out even", () => {
    expect(letters(repeated(cycle("x n n - - - - -"), { first: 1, last: 3 }))).toBe(
      "x n n - n n - n",
    );
  });

  it("is pasted as far as it goes, and grows by free days", () => {
    expect(letters(pastedAt(cycle("- - - -"), 2, cycle("n n n")))).toBe("- - n n");
    expect(letters(resized(cycle("n n"), 4))).toBe("n n - -");
    expect(letters(resized(cycle("n n - -"), 1))).toBe("n");
  });

  it("adds up what is worked, without breaks", () => {
    expect(sumOf(cycle("n n - gone"), new Map([["n", night]]))).toEqual({
      shifts: 6,
      seconds: 3 * 7.5 * 3600,
    });
    expect(clocksText(night)).toBe("22:00–06:00");
    expect(clocksText({ start_time: "08:00", end_time: null, duration_minutes: 1500 })).toBe(
      "08:00–09:00",
    );
    expect([lengthText(21), lengthText(7), lengthText(8)]).toEqual(["3 weeks", "1 week", "8 days"]);
  });
});

describe("a night in which the clocks change", () => {
  it("is shorter or longer by an hour where it ends by the clocks", () => {
    expect(oddShifts(night, "Europe/Berlin", "2026-01-01")).toEqual([
      {
        date: "2026-03-28",
        seconds: 7 * 3600,
        difference: -3600,
        endsAt: "06:00",
        isForward: true,
      },
      {
        date: "2026-10-24",
        seconds: 9 * 3600,
        difference: 3600,
        endsAt: "06:00",
        isForward: false,
      },
    ]);
  });

  it("ends at another time where its length is fixed", () => {
    const fixed = { start_time: "22:00", end_time: null, duration_minutes: 480 };
    expect(
      oddShifts(fixed, "Europe/Berlin", "2026-01-01").map(({ date, endsAt, difference }) => [
        date,
        endsAt,
        difference,
      ]),
    ).toEqual([
      ["2026-03-28", "07:00", 0],
      ["2026-10-24", "05:00", 0],
    ]);
  });

  it("ends at the change where its end is left out, and is like any other without one", () => {
    const early = { start_time: "22:00", end_time: "02:30", duration_minutes: null };
    expect(oddShifts(early, "Europe/Berlin", "2026-01-01")[0]).toMatchObject({
      date: "2026-03-28",
      seconds: 4 * 3600,
    });
    expect(oddShifts(night, "Asia/Tokyo", "2026-01-01")).toEqual([]);
    expect(
      oddShifts(
        { ...night, start_time: "08:00", end_time: "16:00" },
        "Europe/Berlin",
        "2026-01-01",
      ),
    ).toEqual([]);
  });
});
