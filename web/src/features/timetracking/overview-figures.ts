/**
 * What the overview draws and says, worked out from a report: columns, shares, colours, the axis,
 * the comparison with the period before. Pure; durations are whole seconds.
 */
import type { HoursReport } from "@/api/types";
import { addDays, daysBetween, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import type { Days, Grouping, Period } from "./overview-choice";

export type Bucket = HoursReport["buckets"][number];

/** So many have a colour of their own; the others are one neutral part of a column. */
export const mostColoured = 10;

/** Stands for everything beyond those that have a colour. */
export const restId = "rest";

/** A bucket as it is drawn. */
export interface Series {
  /** The bucket's key; `none` for what is filed under nothing. */
  readonly id: string;
  readonly bucket: Bucket;
  readonly colour: string;
}

export interface Segment {
  readonly id: string;
  readonly seconds: number;
}

/** A day; in a year, a month. */
export interface Column extends Days {
  /** Each session once, however many tags it has. */
  readonly seconds: number;
  /** In the order of the table, from the largest to the smallest. */
  readonly segments: readonly Segment[];
}

/** One column for each day of the report, or for each month of a year, also for empty ones. */
export function columnsOf(
  report: HoursReport,
  period: Period,
  series: readonly Series[],
): Column[] {
  const keyLength = period === "year" ? 7 : 10;
  const totals = sumBy(report.days, keyLength);
  const parts = series.map(({ id, bucket }, index) => ({
    id: index < mostColoured ? id : restId,
    sums: sumBy(bucket.days, keyLength),
  }));
  return spansOf(report, period).map((span) => {
    const key = span.from.slice(0, keyLength);
    const segments = new Map<string, number>();
    for (const { id, sums } of parts) {
      const seconds = sums.get(key) ?? 0;
      if (seconds > 0) {
        segments.set(id, (segments.get(id) ?? 0) + seconds);
      }
    }
    return {
      ...span,
      seconds: totals.get(key) ?? 0,
      segments: [...segments].map(([id, seconds]) => ({ id, seconds })),
    };
  });
}

function spansOf({ from, to }: Days, period: Period): Days[] {
  if (period === "year") {
    const first = yearMonthOf(from);
    return Array.from({ length: 12 }, (_, index) => ({
      from: firstOfMonth(shiftMonth(first, index)),
      to: firstOfMonth(shiftMonth(first, index + 1)),
    }));
  }
  return Array.from({ length: daysBetween(from, to) }, (_, index) => ({
    from: addDays(from, index),
    to: addDays(from, index + 1),
  }));
}

function firstOfMonth({ year, month }: { year: number; month: number }): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-01`;
}

function sumBy(days: HoursReport["days"], keyLength: number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { date, duration_seconds } of days) {
    const key = date.slice(0, keyLength);
    sums.set(key, (sums.get(key) ?? 0) + duration_seconds);
  }
  return sums;
}

/**
 * Whole percents that add up to 100: each is rounded down, and what is missing goes to those that
 * lost most by it. All are 0 when nothing was tracked.
 */
export function wholeShares(seconds: readonly number[]): number[] {
  const total = seconds.reduce((sum, value) => sum + value, 0);
  if (total === 0) {
    return seconds.map(() => 0);
  }
  const exact = seconds.map((value) => (value / total) * 100);
  const shares = exact.map(Math.floor);
  const missing = 100 - shares.reduce((sum, share) => sum + share, 0);
  const byLoss = exact
    .map((value, index) => ({ index, loss: value - Math.floor(value) }))
    .sort((left, right) => right.loss - left.loss || left.index - right.index);
  for (const { index } of byLoss.slice(0, missing)) {
    shares[index] = (shares[index] ?? 0) + 1;
  }
  return shares;
}

/** Sessions with several tags count for each, so that the parts may be more than the whole. */
export function isCountedTwice({ buckets, total_seconds }: HoursReport): boolean {
  return buckets.reduce((sum, bucket) => sum + bucket.duration_seconds, 0) > total_seconds;
}

/** The percent of the whole that each bucket has; they add up to 100 unless some count twice. */
export function sharesOf(report: HoursReport): number[] {
  const seconds = report.buckets.map((bucket) => bucket.duration_seconds);
  return isCountedTwice(report)
    ? seconds.map((value) => Math.round((value / report.total_seconds) * 100))
    : wholeShares(seconds);
}

// Colours ---------------------------------------------------------------------------------------

/** Each bucket with its colour. Projects have their own; a neutral is for what has no key. */
export function seriesOf(buckets: readonly Bucket[], grouping: Grouping): Series[] {
  const coloured = buckets.slice(0, mostColoured);
  const own = grouping === "project" ? ownColours(coloured) : new Map<string, string>();
  const dyes = paletteFor(coloured.flatMap(({ key }) => (key && !own.has(key) ? [key] : [])));
  return buckets.map((bucket, index) => {
    const { key } = bucket;
    if (key == null) {
      return { id: "none", bucket, colour: "var(--overview-none)" };
    }
    const colour =
      index < mostColoured
        ? (own.get(key) ?? `var(--overview-dye-${dyes.get(key) ?? 0})`)
        : "var(--overview-rest)";
    return { id: key, bucket, colour };
  });
}

/** Projects of one colour are told apart by its shades; beyond those, the palette helps out. */
function ownColours(projects: readonly Bucket[]): Map<string, string> {
  const shadesUsed = new Map<string, number>();
  const colours = new Map<string, string>();
  // By key and not by hours, so that a project looks the same every week.
  for (const { key, colour } of projects.toSorted((left, right) => byText(left.key, right.key))) {
    const own = colour?.toLowerCase();
    if (key == null || own === undefined) {
      continue;
    }
    const used = shadesUsed.get(own) ?? 0;
    shadesUsed.set(own, used + 1);
    const shade = shadesOf(own)[used];
    if (shade !== undefined) {
      colours.set(key, shade);
    }
  }
  return colours;
}

function shadesOf(colour: string): string[] {
  return [
    colour,
    `color-mix(in oklab, ${colour} 65%, var(--mantine-color-text))`,
    `color-mix(in oklab, ${colour} 50%, var(--bb-surface))`,
  ];
}

function byText(left: string | null, right: string | null): number {
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

/**
 * A place in the palette for each key, found by the key alone, so that a tag keeps its colour from
 * week to week whatever its hours. Only where two keys want the same place does one move on.
 */
export function paletteFor(keys: readonly string[]): Map<string, number> {
  const taken = new Set<number>();
  const places = new Map<string, number>();
  for (const key of [...new Set(keys)].sort()) {
    let place = hash(key) % mostColoured;
    while (taken.has(place) && taken.size < mostColoured) {
      place = (place + 1) % mostColoured;
    }
    taken.add(place);
    places.set(key, place);
  }
  return places;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) {
    value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}

// The axis --------------------------------------------------------------------------------------

export interface Axis {
  readonly max: number;
  readonly ticks: readonly number[];
}

const steps = [5, 15, 30, 60, 120, 240, 300, 600, 1200, 2400, 3000, 6000].map((step) => step * 60);

/** At most four round steps that reach over the highest column; of nothing, a working day. */
export function axisFor(highest: number): Axis {
  if (highest <= 0) {
    return axisOf(7200, 4);
  }
  let step = steps.find((candidate) => highest <= candidate * 4);
  for (step ??= 360_000; highest > step * 4; step *= 2);
  return axisOf(step, Math.ceil(highest / step));
}

function axisOf(step: number, count: number): Axis {
  return {
    max: step * count,
    ticks: Array.from({ length: count }, (_, index) => step * (index + 1)),
  };
}

// Sentences -------------------------------------------------------------------------------------

/**
 * The hours of the period before that this one is compared with: while this one still goes on,
 * only those up to the same day.
 */
export function secondsToCompare(
  before: HoursReport,
  days: Days,
  period: Period,
  today: string,
): number {
  if (!isOngoing(days, period, today)) {
    return before.total_seconds;
  }
  const isReached =
    period === "year"
      ? (date: string) => date.slice(5) <= today.slice(5)
      : (date: string) => daysBetween(before.from, date) <= daysBetween(days.from, today);
  return before.days
    .filter(({ date }) => isReached(date))
    .reduce((sum, day) => sum + day.duration_seconds, 0);
}

/** `3 h 20 min more than the week before`. */
export function comparison(
  seconds: number,
  secondsBefore: number,
  days: Days,
  period: Period,
  today: string,
): string {
  const before = `${isOngoing(days, period, today) ? "by the same day " : ""}the ${period} before`;
  if (secondsBefore === 0) {
    return `Nothing was tracked ${before}.`;
  }
  const difference = Math.round((seconds - secondsBefore) / 60) * 60;
  if (difference === 0) {
    return `As much as ${before}.`;
  }
  const word = difference > 0 ? "more" : "less";
  return `${readableDuration(Math.abs(difference))} ${word} than ${before}.`;
}

/** `6 h 5 min a day on 4 days with hours`; null where it would only repeat the total. */
export function average(report: HoursReport, period: Period, locale: string): string | null {
  const count = report.days.filter((day) => day.duration_seconds > 0).length;
  if (period === "day" || count === 0) {
    return null;
  }
  if (count === 1) {
    return "All of it on one day.";
  }
  const perDay = readableDuration(toMinute(report.total_seconds / count));
  return `${perDay} a day on ${count.toLocaleString(locale)} days with hours.`;
}

/** Whether more is to come: its last day is not over yet. A day is compared as it is. */
function isOngoing({ from, to }: Days, period: Period, today: string): boolean {
  return period !== "day" && from <= today && addDays(today, 1) < to;
}

/** To the minute, but never to nothing. */
export function toMinute(seconds: number): number {
  return seconds < 60 ? Math.round(seconds) : Math.round(seconds / 60) * 60;
}

/** Whether there is anything to show of money: amounts one may see, and hours that have a rate. */
export function hasAmounts({
  amount,
  billable_seconds = 0,
  unrated_seconds,
}: {
  amount?: string | null | undefined;
  billable_seconds?: number | undefined;
  unrated_seconds?: number | null | undefined;
}): boolean {
  return amount != null && billable_seconds > (unrated_seconds ?? 0);
}
