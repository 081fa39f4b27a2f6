import { describe, expect, it } from "vitest";
import { axisOf, placeDay, zonedDay } from "@/lib/zoned-day";
import { type Block, cutInto, placeBlocks, secondsByDay } from "./calendar-blocks";
import { daysFrom } from "./calendar-choice";

const hour = 3600;

function daysOf(first: string, timeZone: string, count = 7) {
  const days = daysFrom(first, count).map((date) => zonedDay(date, timeZone));
  const axis = axisOf(days);
  return days.map((day) => placeDay(day, axis));
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const weeks: [zone: string, first: string][] = [
  ["Europe/Berlin", "2026-03-23"],
  ["Europe/Berlin", "2026-10-19"],
  ["America/New_York", "2026-10-26"],
  ["Asia/Kolkata", "2026-03-23"],
  ["Australia/Lord_Howe", "2026-03-30"],
  ["Pacific/Apia", "2011-12-26"],
];

/** Sessions of up to 30 hours, some of which begin before the week or end after it. */
function someSessions(from: number, to: number, seed: number, count = 80) {
  const number = random(seed);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor(from - 20 * hour + number() * (to - from + 20 * hour));
    const length = Math.floor(number() ** 3 * 30 * hour);
    return { id: String(index), from: start, to: start + length };
  });
}

describe("cutting", () => {
  it("loses no second and counts none twice", () => {
    for (const [index, [zone, first]] of weeks.entries()) {
      const days = daysOf(first, zone);
      const [from, to] = [days[0]?.from ?? 0, days.at(-1)?.to ?? 0];
      const sessions = someSessions(from, to, index + 1);
      const within = sessions.map((one) =>
        Math.max(0, Math.min(one.to, to) - Math.max(one.from, from)),
      );
      const parts = cutInto(sessions, days);
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      expect(sum(secondsByDay(parts, days))).toBe(sum(within));
      for (const part of parts) {
        const day = days[part.day];
        expect(part.from).toBeGreaterThanOrEqual(day?.from ?? Infinity);
        expect(part.to).toBeLessThanOrEqual(day?.to ?? -Infinity);
      }
    }
  });

  it("shows a night in both days, and says that it goes on", () => {
    const days = daysOf("2026-03-23", "Europe/Berlin");
    const night = {
      id: "n",
      from: (days[1]?.to ?? 0) - 2 * hour,
      to: (days[1]?.to ?? 0) + 3 * hour,
    };
    expect(cutInto([night], days)).toMatchObject([
      { day: 1, index: 0, isContinued: false, goesOn: true },
      { day: 2, index: 1, isContinued: true, goesOn: false },
    ]);
  });

  it("puts what ends at midnight into one day, and draws what has no length", () => {
    const days = daysOf("2026-03-23", "Europe/Berlin");
    const midnight = days[1]?.to ?? 0;
    expect(cutInto([{ id: "a", from: midnight - hour, to: midnight }], days)).toHaveLength(1);
    expect(cutInto([{ id: "b", from: midnight, to: midnight }], days)).toMatchObject([{ day: 2 }]);
  });

  it("passes over a day that the zone skipped", () => {
    const days = daysOf("2011-12-26", "Pacific/Apia");
    const night = { id: "n", from: (days[3]?.to ?? 0) - hour, to: (days[3]?.to ?? 0) + hour };
    expect(cutInto([night], days).map(({ day }) => day)).toEqual([3, 5]);
  });
});

describe("blocks side by side", () => {
  const least = 900;

  function touch(one: Block, other: Block): boolean {
    const epsilon = 1e-9;
    return (
      one.day === other.day &&
      one.top < other.top + other.height &&
      other.top < one.top + one.height &&
      one.left + epsilon < other.left + other.width &&
      other.left + epsilon < one.left + one.width
    );
  }

  it("never cover each other, leave no session out and stay in their day", () => {
    for (const [index, [zone, first]] of weeks.entries()) {
      const days = daysOf(first, zone);
      const sessions = someSessions(days[0]?.from ?? 0, days.at(-1)?.to ?? 0, index + 10);
      const parts = cutInto(sessions, days);
      const blocks = placeBlocks(parts, days, least);
      expect(blocks).toHaveLength(parts.length);
      for (const [place, block] of blocks.entries()) {
        expect(block.left).toBeGreaterThanOrEqual(0);
        expect(block.left + block.width).toBeLessThanOrEqual(1 + 1e-9);
        expect(block.width).toBeGreaterThan(0);
        expect(block.height).toBeGreaterThanOrEqual(least);
        for (const other of blocks.slice(place + 1)) {
          expect(touch(block, other)).toBe(false);
        }
      }
    }
  });

  it("have the whole width when they are alone, and share it when they are not", () => {
    const days = daysOf("2026-06-01", "Europe/Berlin");
    const at = (from: number, to: number, id: string) => ({
      id,
      from: (days[0]?.from ?? 0) + from * hour,
      to: (days[0]?.from ?? 0) + to * hour,
    });
    const shape = (...sessions: ReturnType<typeof at>[]) =>
      placeBlocks(cutInto(sessions, days), days, least).map(({ id, left, width }) => [
        id,
        left,
        width,
      ]);
    expect(shape(at(9, 10, "a"), at(10, 11, "b"))).toEqual([
      ["a", 0, 1],
      ["b", 0, 1],
    ]);
    expect(shape(at(9, 11, "a"), at(10, 12, "b"))).toEqual([
      ["a", 0, 0.5],
      ["b", 0.5, 0.5],
    ]);
    // The third reaches over the lane in which nothing is in its way.
    expect(shape(at(8, 12, "a"), at(8, 9, "b"), at(8, 9, "c"), at(10, 11, "d"))).toEqual([
      ["a", 0, 1 / 3],
      ["b", 1 / 3, 1 / 3],
      ["d", 1 / 3, 2 / 3],
      ["c", 2 / 3, 1 / 3],
    ]);
  });

  it("are as tall as the time that passed, also over a change of the clocks", () => {
    const days = daysOf("2026-03-23", "Europe/Berlin");
    const sunday = days[6];
    const from = sunday?.from ?? 0;
    // 1:00 to 4:00 on the clock, two hours in fact, drawn around the hour that does not exist.
    const [block] = placeBlocks(
      cutInto([{ id: "n", from: from + hour, to: from + 3 * hour }], days),
      days,
      least,
    );
    expect([block?.top, block?.height]).toEqual([hour, 3 * hour]);
    const [short] = placeBlocks(
      cutInto([{ id: "s", from: from + hour, to: from + 2 * hour }], days),
      days,
      least,
    );
    expect([short?.top, short?.height]).toEqual([hour, hour]);
  });
});
