import { describe, expect, it } from "vitest";
import type { StaffingNeed } from "@/api/types";
import { type DrawnShift, secondsOf } from "./roster-model";
import { fewest, slotsOf, weekdayOf } from "./shortages";
import { needsOf, staffingLines } from "./staffing-lines";

const zone = "Europe/Berlin";
const need: StaffingNeed = {
  position: "Night desk",
  weekday: 1,
  from_time: "22:00",
  to_time: "06:00",
  number: 2,
};

function at(from: string, to: string, position = "Night desk"): DrawnShift {
  return {
    id: `${from}${to}`,
    shift: { position } as DrawnShift["shift"],
    from: secondsOf(from),
    to: secondsOf(to),
  };
}

const whole = at("2026-05-11T20:00:00Z", "2026-05-12T04:00:00Z");

describe("slots", () => {
  it("stand on their weekday, over midnight in the zone of the lab", () => {
    const slots = slotsOf([need], ["2026-05-11", "2026-05-12"], [], zone);
    expect(slots).toHaveLength(1);
    expect(slots[0]).toMatchObject({ from: whole.from, to: whole.to, missing: 2, present: 0 });
  });

  it("count the position alone, whatever its case", () => {
    const others = [whole, { ...whole, shift: { ...whole.shift, position: "night DESK" } }];
    const elsewhere = { ...whole, shift: { ...whole.shift, position: "Bench" } };
    expect(slotsOf([need], ["2026-05-11"], [...others, elsewhere], zone)[0]?.missing).toBe(0);
    expect(slotsOf([need], ["2026-05-11"], [elsewhere], zone)[0]?.missing).toBe(2);
  });

  it("count the thinnest moment: a gap is nobody, a relay is one", () => {
    const first = at("2026-05-11T20:00:00Z", "2026-05-12T00:00:00Z");
    const second = at("2026-05-12T00:00:00Z", "2026-05-12T04:00:00Z");
    const late = at("2026-05-12T00:30:00Z", "2026-05-12T04:00:00Z");
    expect(fewest(whole, [first, second])).toBe(1);
    expect(fewest(whole, [first, late])).toBe(0);
    expect(fewest(whole, [whole, first, second])).toBe(2);
    expect(fewest(whole, [second])).toBe(0);
    expect(fewest(whole, [])).toBe(0);
  });
});

it("counts Sunday as the seventh day", () => {
  expect(["2026-05-11", "2026-05-17"].map(weekdayOf)).toEqual([1, 7]);
});

describe("lines of a plan", () => {
  it("join the weekdays, and come apart to the same needs", () => {
    const needs = [1, 2, 5].map((weekday) => ({ ...need, weekday }));
    const lines = staffingLines(needs);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.days).toEqual([1, 2, 5]);
    expect(needsOf(lines)).toEqual(needs);
  });

  it("read times as people type them", () => {
    const [line] = staffingLines([need]);
    const typed = line ? [{ ...line, from: "9", to: "930" }] : [];
    expect(needsOf(typed)[0]).toMatchObject({ from_time: "09:00", to_time: "09:30" });
  });
});
