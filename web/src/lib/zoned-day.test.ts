import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { addDays } from "./calendar";
import {
  axisOf,
  bottomOf,
  instantAt,
  type PlacedDay,
  placeDay,
  snap,
  stepFrom,
  ticksOf,
  topOf,
  wallAt,
  zonedDay,
} from "./zoned-day";

/** Zones, and a first day of a week in which each changes its clocks, back or forward. */
const weeks: [zone: string, monday: string][] = [
  ["Europe/Berlin", "2026-03-23"],
  ["Europe/Berlin", "2026-10-19"],
  ["America/New_York", "2026-03-02"],
  ["America/New_York", "2026-10-26"],
  ["Asia/Kolkata", "2026-03-23"],
  ["Australia/Lord_Howe", "2026-03-30"],
  ["Australia/Lord_Howe", "2026-09-28"],
  ["Pacific/Apia", "2011-12-26"],
  ["Pacific/Apia", "2012-04-02"],
  ["America/Sao_Paulo", "2018-10-29"],
  ["America/Havana", "2026-10-26"],
];

function weekOf(zone: string, monday: string): PlacedDay[] {
  const days = Array.from({ length: 7 }, (_, index) => zonedDay(addDays(monday, index), zone));
  const axis = axisOf(days);
  return days.map((day) => placeDay(day, axis));
}

/** Repeatable numbers between 0 and 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const hour = 3600;
const iso = (seconds: number) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString();

describe("a day", () => {
  it.each([
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["Europe/Berlin", "2026-06-01", 24],
    ["America/New_York", "2026-03-08", 23],
    ["America/New_York", "2026-11-01", 25],
    ["Asia/Kolkata", "2026-03-29", 24],
    ["Australia/Lord_Howe", "2026-04-05", 24.5],
    ["Australia/Lord_Howe", "2026-10-04", 23.5],
    ["Pacific/Apia", "2011-12-30", 0],
    ["Pacific/Apia", "2011-12-29", 24],
    ["America/Sao_Paulo", "2018-11-04", 23],
    ["America/Havana", "2026-11-01", 25],
  ])("in %s, %s has %d hours", (zone, date, hours) => {
    const day = zonedDay(date, zone);
    expect((day.to - day.from) / hour).toBe(hours);
    expect(day.stretches.reduce((total, { from, to }) => total + to - from, 0) / hour).toBe(hours);
  });

  it("begins where the one before ends", () => {
    for (const [zone, monday] of weeks) {
      const week = weekOf(zone, monday);
      for (const [index, day] of week.slice(1).entries()) {
        expect(day.from).toBe(week[index]?.to);
      }
    }
  });
});

describe("the axis", () => {
  it("has 24 hours, and room for what any of its days repeats", () => {
    const seconds = (zone: string, monday: string) => axisOf(weekOf(zone, monday)).seconds / hour;
    expect(seconds("Europe/Berlin", "2026-03-23")).toBe(24);
    expect(seconds("Europe/Berlin", "2026-10-19")).toBe(25);
    expect(seconds("Australia/Lord_Howe", "2026-03-30")).toBe(24.5);
    expect(seconds("Pacific/Apia", "2011-12-26")).toBe(24);
  });

  it("names the repeated hour after its first time", () => {
    const axis = axisOf(weekOf("Europe/Berlin", "2026-10-19"));
    const ticks = ticksOf(axis);
    expect(ticks).toHaveLength(25);
    expect(ticks.slice(2, 5)).toEqual([
      { top: 2 * hour, wall: 2 * hour, isAgain: false },
      { top: 3 * hour, wall: 2 * hour, isAgain: true },
      { top: 4 * hour, wall: 3 * hour, isAgain: false },
    ]);
    const lordHowe = ticksOf(axisOf(weekOf("Australia/Lord_Howe", "2026-03-30")));
    expect(lordHowe[2]).toEqual({ top: 2 * hour, wall: 1.5 * hour, isAgain: true });
  });

  it("is even, tick by tick", () => {
    for (const [zone, monday] of weeks) {
      const days = weekOf(zone, monday);
      const tops = ticksOf(axisOf(days)).map(({ top }) => top);
      expect(tops).toEqual([...tops].sort((left, right) => left - right));
      expect(new Set(tops).size).toBe(tops.length);
    }
  });
});

describe("a day on the axis", () => {
  it("shows what the clock skips and what only another day repeats", () => {
    const spring = weekOf("Europe/Berlin", "2026-03-23");
    expect(spring[6]?.absences).toEqual([{ top: 2 * hour, seconds: hour, isSkipped: true }]);
    expect(spring[5]?.absences).toEqual([]);
    const autumn = weekOf("Europe/Berlin", "2026-10-19");
    expect(autumn[6]?.absences).toEqual([]);
    expect(autumn[5]?.absences).toEqual([{ top: 3 * hour, seconds: hour, isSkipped: false }]);
    const apia = weekOf("Pacific/Apia", "2011-12-26");
    expect(apia[4]?.absences).toEqual([{ top: 0, seconds: 24 * hour, isSkipped: true }]);
  });

  it("fills the axis exactly with its time and its absences", () => {
    for (const [zone, monday] of weeks) {
      const week = weekOf(zone, monday);
      for (const day of week) {
        const absent = day.absences.reduce((total, { seconds }) => total + seconds, 0);
        const spans = [
          ...day.pieces.map(({ from, to, top }) => [top, top + to - from] as const),
          ...day.absences.map(({ top, seconds }) => [top, top + seconds] as const),
        ].sort(([left], [right]) => left - right);
        expect(absent + day.to - day.from).toBe(axisOf(week).seconds);
        expect(spans[0]?.[0]).toBe(0);
        for (const [index, [top]] of spans.slice(1).entries()) {
          expect(top).toBe(spans[index]?.[1]);
        }
      }
    }
  });

  it("maps every instant to a place and back, in order", () => {
    const number = random(1);
    for (const [zone, monday] of weeks) {
      for (const day of weekOf(zone, monday).filter(({ from, to }) => from < to)) {
        let before = { instant: -1, top: -1 };
        const instants = Array.from(
          { length: 60 },
          () => day.from + Math.floor(number() * (day.to - day.from)),
        ).sort((left, right) => left - right);
        for (const instant of instants) {
          const top = topOf(day, instant);
          expect(instantAt(day, top)).toBe(instant);
          if (instant > before.instant) {
            expect(top).toBeGreaterThan(before.top);
          }
          // What ends there ends where what begins there begins, except at a skipped hour.
          expect(bottomOf(day, instant)).toBeLessThanOrEqual(top);
          before = { instant, top };
        }
      }
    }
  });

  it("agrees with the clock", () => {
    const number = random(2);
    for (const [zone, monday] of weeks) {
      for (const day of weekOf(zone, monday).filter(({ from, to }) => from < to)) {
        for (let round = 0; round < 40; round += 1) {
          const instant = day.from + Math.floor(number() * (day.to - day.from));
          const zoned = Temporal.Instant.from(iso(instant)).toZonedDateTimeISO(zone);
          expect(zoned.toPlainDate().toString()).toBe(day.date);
          expect(wallAt(day, instant)).toBe(zoned.hour * hour + zoned.minute * 60 + zoned.second);
        }
      }
    }
  });

  it("gives the nearest instant where there is none", () => {
    const sunday = zonedDay("2026-03-29", "Europe/Berlin");
    const placed = placeDay(sunday, axisOf([sunday]));
    expect(iso(instantAt(placed, 2.5 * hour))).toBe("2026-03-29T01:00:00Z");
    expect(iso(instantAt(placed, 3.5 * hour))).toBe("2026-03-29T01:30:00Z");
    expect(iso(instantAt(placed, 99 * hour))).toBe("2026-03-29T22:00:00Z");
    const [skipped] = weekOf("Pacific/Apia", "2011-12-30");
    expect(skipped && instantAt(skipped, 5 * hour)).toBe(skipped?.from);
  });

  it("tells the two times of a repeated hour apart", () => {
    const sunday = zonedDay("2026-10-25", "Europe/Berlin");
    const placed = placeDay(sunday, axisOf([sunday]));
    expect(iso(instantAt(placed, 2.5 * hour))).toBe("2026-10-25T00:30:00Z");
    expect(iso(instantAt(placed, 3.5 * hour))).toBe("2026-10-25T01:30:00Z");
    expect(iso(instantAt(placed, 4.5 * hour))).toBe("2026-10-25T02:30:00Z");
  });
});

describe("snapping", () => {
  it("lands on the clock's multiples, wherever the zone's offset lies", () => {
    const number = random(3);
    for (const [zone, monday] of weeks) {
      for (const day of weekOf(zone, monday).filter(({ from, to }) => from < to)) {
        for (let round = 0; round < 40; round += 1) {
          const instant = day.from + Math.floor(number() * (day.to - day.from));
          const snapped = snap(day, instant, 300);
          expect(Math.abs(snapped - instant)).toBeLessThanOrEqual(150);
          expect(snapped).toBeGreaterThanOrEqual(day.from);
          expect(snapped).toBeLessThanOrEqual(day.to);
          expect(wallAt(day, snapped) % 300).toBe(0);
          expect(snap(day, snapped, 300)).toBe(snapped);
        }
      }
    }
  });

  it("is drawn to the time that was there before", () => {
    const day = zonedDay("2026-06-01", "Europe/Berlin");
    const magnet = 9 * hour + 3 * 60 + 20;
    expect(wallAt(day, snap(day, day.from + magnet + 30, 300, magnet))).toBe(magnet);
    expect(wallAt(day, snap(day, day.from + magnet + 90, 300, magnet))).toBe(9 * hour + 300);
  });

  it("steps to the next multiple, also over midnight and a change of the clocks", () => {
    const dayAt = (instant: number) =>
      zonedDay(
        Temporal.Instant.from(iso(instant))
          .toZonedDateTimeISO("Europe/Berlin")
          .toPlainDate()
          .toString(),
        "Europe/Berlin",
      );
    const at = (text: string) => Date.parse(text) / 1000;
    const later = (text: string) => iso(stepFrom(dayAt, at(text), 300, 1));
    const earlier = (text: string) => iso(stepFrom(dayAt, at(text), 300, -1));
    expect(later("2026-06-01T07:03:20Z")).toBe("2026-06-01T07:05:00Z");
    expect(later("2026-06-01T07:05:00Z")).toBe("2026-06-01T07:10:00Z");
    expect(earlier("2026-06-01T07:03:20Z")).toBe("2026-06-01T07:00:00Z");
    expect(earlier("2026-05-31T22:00:00Z")).toBe("2026-05-31T21:55:00Z");
    expect(later("2026-03-29T00:55:00Z")).toBe("2026-03-29T01:00:00Z");
  });
});
