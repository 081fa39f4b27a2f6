import { describe, expect, it } from "vitest";
import type { HoursReport } from "@/api/types";
import {
  average,
  axisFor,
  type Bucket,
  columnsOf,
  comparison,
  mostColoured,
  paletteFor,
  restId,
  secondsToCompare,
  seriesOf,
  sharesOf,
  wholeShares,
} from "./overview-figures";

const dayOf = (date: string, duration_seconds: number) => ({
  date,
  duration_seconds,
  billable_seconds: 0,
  amount: null,
});

const day = (date: string, hours: number) => dayOf(date, hours * 3600);

function bucket(key: string | null, days: Bucket["days"], colour: string | null = null): Bucket {
  const duration_seconds = days.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0);
  return {
    key,
    label: key ?? "No project",
    colour,
    duration_seconds,
    billable_seconds: 0,
    unrated_seconds: 0,
    amount: null,
    days,
  };
}

function report(from: string, to: string, buckets: Bucket[], days?: Bucket["days"]): HoursReport {
  const sums = new Map<string, number>();
  for (const { date, duration_seconds } of buckets.flatMap((one) => one.days)) {
    sums.set(date, (sums.get(date) ?? 0) + duration_seconds);
  }
  const all = days ?? [...sums].map(([date, duration_seconds]) => dayOf(date, duration_seconds));
  const total_seconds = all.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0);
  return {
    from,
    to,
    time_zone: "Europe/Berlin",
    total_seconds,
    billable_seconds: 0,
    unrated_seconds: 0,
    amount: null,
    currency: null,
    rounding: null,
    days: all,
    buckets,
  };
}

describe("columns", () => {
  it("are the months of a year, whatever the number of days with hours", () => {
    const reef = bucket("reef", [day("2026-01-31", 2), day("2026-02-01", 3), day("2026-02-28", 1)]);
    const unfiled = bucket(null, [day("2026-02-10", 4), day("2026-12-31", 5)]);
    const year = report("2026-01-01", "2027-01-01", [unfiled, reef]);
    const columns = columnsOf(year, "year", seriesOf(year.buckets, "project"));
    expect(columns.map((column) => column.seconds / 3600)).toEqual([
      2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5,
    ]);
    expect(columns[1]).toMatchObject({
      from: "2026-02-01",
      to: "2026-03-01",
      segments: [
        { id: "none", seconds: 4 * 3600 },
        { id: "reef", seconds: 4 * 3600 },
      ],
    });
    expect(columns[11]?.to).toBe("2027-01-01");
  });

  it("are all days of a week, over the change of the clocks too", () => {
    const week = report("2026-10-19", "2026-10-26", [bucket("reef", [day("2026-10-25", 25)])]);
    const columns = columnsOf(week, "week", seriesOf(week.buckets, "project"));
    expect(columns.map((column) => column.from.slice(8))).toEqual([
      "19",
      "20",
      "21",
      "22",
      "23",
      "24",
      "25",
    ]);
    expect(columns[6]?.seconds).toBe(25 * 3600);
    expect(columns[0]?.segments).toEqual([]);
  });

  it("fold what has no colour of its own into one part, and lose nothing by it", () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      bucket(`tag ${index}`, [day("2026-11-16", 40 - index)]),
    );
    const week = report("2026-11-16", "2026-11-23", many);
    const [monday] = columnsOf(week, "week", seriesOf(many, "tag"));
    expect(monday?.segments).toHaveLength(mostColoured + 1);
    expect(monday?.segments.at(-1)?.id).toBe(restId);
    expect(monday?.segments.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(monday?.seconds);
  });

  it("count a session with two tags once", () => {
    const two = [bucket("bench", [day("2026-11-16", 2)]), bucket("pcr", [day("2026-11-16", 2)])];
    const week = report("2026-11-16", "2026-11-23", two, [day("2026-11-16", 2)]);
    expect(columnsOf(week, "week", seriesOf(two, "tag"))[0]?.seconds).toBe(2 * 3600);
    expect(sharesOf(week)).toEqual([100, 100]);
  });
});

describe("shares", () => {
  it("add up to 100", () => {
    expect(wholeShares([1, 1, 1])).toEqual([34, 33, 33]);
    expect(wholeShares([1, 1, 1, 1, 1, 1])).toEqual([17, 17, 17, 17, 16, 16]);
    for (let count = 1; count <= 130; count += 1) {
      const seconds = Array.from({ length: count }, (_, index) => 1 + ((index * 7919) % 10_007));
      expect(wholeShares(seconds).reduce((sum, share) => sum + share, 0)).toBe(100);
    }
  });

  it("give the missing percent to whom rounding took most", () => {
    expect(wholeShares([60, 20.6, 19.4])).toEqual([60, 21, 19]);
  });

  it("are nothing when nothing was tracked", () => {
    expect(wholeShares([])).toEqual([]);
    expect(wholeShares([0, 0])).toEqual([0, 0]);
  });
});

describe("colours", () => {
  const keys = ["analysis", "bench", "meeting", "pcr", "writing"];

  it("stay with a key, whatever its rank", () => {
    const there = paletteFor(keys);
    expect(paletteFor([...keys].reverse())).toEqual(there);
    const buckets = keys.map((key, index) => bucket(key, [day("2026-11-16", 1 + index)]));
    const colours = new Map(seriesOf(buckets, "tag").map(({ id, colour }) => [id, colour]));
    for (const { id, colour } of seriesOf([...buckets].reverse(), "tag")) {
      expect(colour).toBe(colours.get(id));
    }
  });

  it("differ among all that have one", () => {
    for (let round = 0; round < 50; round += 1) {
      const places = paletteFor(Array.from({ length: mostColoured }, (_, n) => `${round} ${n}`));
      expect(new Set(places.values()).size).toBe(mostColoured);
    }
  });

  it("are the project's own, and neutral for no project", () => {
    const days = [day("2026-11-16", 1)];
    const [reef, none, twin] = seriesOf(
      [bucket("a", days, "#1C7ED6"), bucket(null, days), bucket("b", days, "#1c7ed6")],
      "project",
    );
    expect(reef?.colour).toBe("#1c7ed6");
    expect(none?.colour).toBe("var(--overview-none)");
    expect(twin?.colour).toContain("#1c7ed6");
    expect(twin?.colour).not.toBe(reef?.colour);
  });

  it("differ among projects that were all left blue", () => {
    const days = [day("2026-11-16", 1)];
    const blue = Array.from({ length: mostColoured }, (_, n) => bucket(`${n}`, days, "#1c7ed6"));
    const colours = seriesOf(blue, "project").map((one) => one.colour);
    expect(new Set(colours).size).toBe(mostColoured);
    expect(seriesOf([...blue].reverse(), "project").map((one) => one.colour)).toEqual(
      colours.reverse(),
    );
  });
});

describe("the axis", () => {
  it("reaches over the highest column in at most four round steps", () => {
    for (const minutes of [1, 19, 20, 59, 61, 241, 481, 600, 1441, 9000, 60_000, 9_000_000]) {
      const { max, ticks } = axisFor(minutes * 60);
      expect(max).toBeGreaterThanOrEqual(minutes * 60);
      expect(ticks.at(-1)).toBe(max);
      expect(ticks.length).toBeLessThanOrEqual(4);
    }
    expect(axisFor(7.5 * 3600).ticks).toEqual([7200, 14_400, 21_600, 28_800]);
    expect(axisFor(0).max).toBe(8 * 3600);
  });
});

describe("the comparison", () => {
  const week = { from: "2026-11-16", to: "2026-11-23" };
  const before = report("2026-11-09", "2026-11-16", [
    bucket("reef", [day("2026-11-09", 5), day("2026-11-11", 3), day("2026-11-13", 7)]),
  ]);

  it("says how much more or less a period has that is over", () => {
    const today = "2026-11-30";
    const compared = secondsToCompare(before, week, "week", today);
    expect(compared).toBe(15 * 3600);
    const say = (hours: number) => comparison(hours * 3600, compared, week, "week", today);
    expect(say(18 + 1 / 3)).toBe("3 h 20 min more than the week before.");
    expect(say(14)).toBe("1 h less than the week before.");
    expect(say(15)).toBe("As much as the week before.");
    expect(comparison(60, 0, week, "week", today)).toBe("Nothing was tracked the week before.");
  });

  it("compares a period that goes on with the same days only", () => {
    const today = "2026-11-18";
    const compared = secondsToCompare(before, week, "week", today);
    expect(compared).toBe(8 * 3600);
    expect(comparison(9 * 3600, compared, week, "week", today)).toBe(
      "1 h more than by the same day the week before.",
    );
  });

  it("takes the same date of a year, leap year or not", () => {
    const days = [day("2024-02-29", 1), day("2024-03-01", 2), day("2024-03-02", 4)];
    const leap = report("2024-01-01", "2025-01-01", [bucket("reef", days)]);
    const year = { from: "2025-01-01", to: "2026-01-01" };
    expect(secondsToCompare(leap, year, "year", "2025-03-01")).toBe(3 * 3600);
  });
});

it("averages over the days that have hours", () => {
  const days = [day("2026-11-16", 6), day("2026-11-17", 7)];
  const week = report("2026-11-16", "2026-11-23", [bucket("reef", days)]);
  expect(average(week, "week", "en-GB")).toBe("6 h 30 min a day on 2 days with hours.");
  expect(average(report("2026-11-16", "2026-11-23", []), "week", "en-GB")).toBeNull();
});
