import { describe, expect, it } from "vitest";
import { wallAt, zonedDay } from "@/lib/zoned-day";
import {
  dayFinder,
  drawn,
  fineStep,
  instantText,
  moved,
  movedByDays,
  movedByStep,
  resized,
  resizedByStep,
  secondsOf,
  usualStep,
} from "./calendar-drag";

const hour = 3600;
const zones: [zone: string, around: string][] = [
  ["Europe/Berlin", "2026-03-29"],
  ["Europe/Berlin", "2026-10-25"],
  ["America/New_York", "2026-03-08"],
  ["America/New_York", "2026-11-01"],
  ["Asia/Kolkata", "2026-03-29"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Apia", "2012-04-01"],
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const text = ({ from, to }: { from: number; to: number }) => [instantText(from), instantText(to)];
const span = (from: string, to: string) => ({ from: secondsOf(from), to: secondsOf(to) });

describe("over changes of the clocks, in many zones", () => {
  it("moving keeps the duration to the second and lands within a step of the pointer", () => {
    const number = random(7);
    for (const [zone, around] of zones) {
      const dayAt = dayFinder(zone);
      const { from } = zonedDay(around, zone);
      for (let round = 0; round < 100; round += 1) {
        const start = from + Math.floor((number() - 0.5) * 60 * hour);
        const one = { from: start, to: start + 1 + Math.floor(number() * 12 * hour) };
        const pointer = from + Math.floor((number() - 0.5) * 72 * hour);
        const grabbed = Math.floor(number() * (one.to - one.from));
        for (const step of [usualStep, fineStep]) {
          const result = moved(one, pointer, grabbed, step, dayAt);
          expect(result.to - result.from).toBe(one.to - one.from);
          expect(Math.abs(result.from - (pointer - grabbed))).toBeLessThanOrEqual(step / 2);
          const wall = wallAt(dayAt(result.from), result.from);
          const magnet = wallAt(dayAt(one.from), one.from);
          expect(wall % step === 0 || wall === magnet).toBe(true);
        }
      }
    }
  });

  it("resizing moves one end, never beyond the other", () => {
    const number = random(8);
    for (const [zone, around] of zones) {
      const dayAt = dayFinder(zone);
      const { from } = zonedDay(around, zone);
      for (let round = 0; round < 100; round += 1) {
        const start = from + Math.floor((number() - 0.5) * 60 * hour);
        const one = { from: start, to: start + 1 + Math.floor(number() * 12 * hour) };
        const pointer = from + Math.floor((number() - 0.5) * 72 * hour);
        const early = resized(one, "start", pointer, usualStep, dayAt);
        expect(early.to).toBe(one.to);
        expect(early.from).toBeLessThan(early.to);
        const late = resized(one, "end", pointer, usualStep, dayAt);
        expect(late.from).toBe(one.from);
        expect(late.to).toBeGreaterThan(late.from);
      }
    }
  });

  it("drawing gives at least a step, whatever the direction, and the clock's multiples", () => {
    const number = random(9);
    for (const [zone, around] of zones) {
      const dayAt = dayFinder(zone);
      const { from } = zonedDay(around, zone);
      for (let round = 0; round < 100; round += 1) {
        const anchor = from + Math.floor((number() - 0.5) * 60 * hour);
        const pointer = anchor + Math.floor((number() - 0.5) * 20 * hour);
        const one = drawn(anchor, pointer, usualStep, dayAt);
        const other = drawn(pointer, anchor, usualStep, dayAt);
        expect(one.to - one.from).toBeGreaterThanOrEqual(usualStep);
        expect(Math.abs(one.from - other.from)).toBeLessThanOrEqual(usualStep);
        expect(wallAt(dayAt(one.from), one.from) % usualStep).toBe(0);
      }
    }
  });

  it("steps back and forth end where they began, from a multiple of the step", () => {
    for (const [zone, around] of zones) {
      const dayAt = dayFinder(zone);
      const day = zonedDay(around, zone);
      for (let at = day.from - 2 * hour; at < day.from + 6 * hour; at += usualStep) {
        const one = { from: at, to: at + hour };
        const back = movedByStep(movedByStep(one, 1, usualStep, dayAt), -1, usualStep, dayAt);
        expect(back).toEqual(one);
      }
    }
  });

  it("a day on keeps the time of day and the duration", () => {
    for (const [zone, around] of zones.filter(([, date]) => date !== "2011-12-30")) {
      const day = zonedDay(around, zone);
      const one = { from: day.from - 12 * hour, to: day.from - 10 * hour };
      const later = movedByDays(one, 1, zone);
      const dayAt = dayFinder(zone);
      expect(wallAt(dayAt(later.from), later.from)).toBe(wallAt(dayAt(one.from), one.from));
      expect(later.to - later.from).toBe(2 * hour);
    }
  });
});

describe("in Berlin", () => {
  const dayAt = dayFinder("Europe/Berlin");

  it("a session moved over the skipped hour keeps its three hours", () => {
    const night = span("2026-03-28T22:00:00Z", "2026-03-29T01:00:00Z");
    const pointer = secondsOf("2026-03-28T23:58:00Z");
    expect(text(moved(night, pointer, 0, usualStep, dayAt))).toEqual([
      "2026-03-29T00:00:00Z",
      "2026-03-29T03:00:00Z",
    ]);
  });

  it("sideways, a start at an odd second keeps it", () => {
    const odd = span("2026-06-01T07:03:20Z", "2026-06-01T08:00:00Z");
    const pointer = secondsOf("2026-06-03T07:19:20Z");
    const grabbed = secondsOf("2026-06-01T07:19:00Z") - odd.from;
    expect(text(moved(odd, pointer, grabbed, usualStep, dayAt))).toEqual([
      "2026-06-03T07:03:20Z",
      "2026-06-03T08:00:00Z",
    ]);
  });

  it("an end may be drawn into the next day, and to midnight itself", () => {
    const late = span("2026-06-01T20:00:00Z", "2026-06-01T21:00:00Z");
    const to = (pointer: string) =>
      text(resized(late, "end", secondsOf(pointer), usualStep, dayAt))[1];
    expect(to("2026-06-01T23:31:00Z")).toBe("2026-06-01T23:30:00Z");
    expect(to("2026-06-01T22:00:00Z")).toBe("2026-06-01T22:00:00Z");
    expect(to("2026-06-01T10:00:00Z")).toBe("2026-06-01T20:05:00Z");
  });

  it("a day on over the change of the clocks is the same time on the clock", () => {
    const morning = span("2026-03-28T08:00:00Z", "2026-03-28T09:00:00Z");
    expect(text(movedByDays(morning, 1, "Europe/Berlin"))).toEqual([
      "2026-03-29T07:00:00Z",
      "2026-03-29T08:00:00Z",
    ]);
  });

  it("an end goes to the next step, and stops before the start", () => {
    const short = span("2026-06-01T08:00:00Z", "2026-06-01T08:07:00Z");
    expect(text(resizedByStep(short, "end", 1, usualStep, dayAt))[1]).toBe("2026-06-01T08:10:00Z");
    expect(text(resizedByStep(short, "end", -1, usualStep, dayAt))[1]).toBe("2026-06-01T08:05:00Z");
    expect(text(resizedByStep(short, "start", 1, usualStep, dayAt))[0]).toBe(
      "2026-06-01T08:02:00Z",
    );
  });
});
