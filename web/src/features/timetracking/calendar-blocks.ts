/**
 * How sessions become the blocks of a calendar: cut at the days' borders, and side by side where
 * they overlap. Pure; instants are whole seconds since 1970.
 */
import type { PlacedDay, ZonedDay } from "@/lib/zoned-day";
import { bottomOf, topOf } from "@/lib/zoned-day";

/** From one instant to another, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The part of a session that lies in one day. */
export interface Part extends Span {
  readonly id: string;
  /** Which of the days shown. */
  readonly day: number;
  /** Which part of its session, of those that are shown. */
  readonly index: number;
  /** It began on a day before, or goes on on the next. */
  readonly isContinued: boolean;
  readonly goesOn: boolean;
}

/** A part with its place: `top` and `height` in seconds of the axis, the rest in shares. */
export interface Block extends Part {
  readonly top: number;
  readonly height: number;
  readonly left: number;
  readonly width: number;
}

/** Cuts what is tracked at the beginnings of days. What has no length is drawn where it is. */
export function cutInto(
  sessions: readonly (Span & { readonly id: string })[],
  days: readonly ZonedDay[],
): Part[] {
  return sessions.flatMap(({ id, from, to }) => {
    const parts: Part[] = [];
    for (const [index, day] of days.entries()) {
      const isInside = from < day.to && (to > day.from || (from === to && from >= day.from));
      if (isInside && day.from < day.to) {
        parts.push({
          id,
          day: index,
          index: parts.length,
          from: Math.max(from, day.from),
          to: Math.min(to, day.to),
          isContinued: from < day.from,
          goesOn: to > day.to,
        });
      }
    }
    return parts;
  });
}

/** Seconds of each day that is shown. */
export function secondsByDay(parts: readonly Part[], days: readonly ZonedDay[]): number[] {
  const sums = days.map(() => 0);
  for (const part of parts) {
    sums[part.day] = (sums[part.day] ?? 0) + part.to - part.from;
  }
  return sums;
}

/**
 * Gives each part its place. Nothing is drawn shorter than `least` (seconds of the axis), and what
 * would cover something else because of it counts as overlapping, too. Of parts that overlap, each
 * gets a lane of its own, and reaches to the right as far as nothing is in its way.
 */
export function placeBlocks(
  parts: readonly Part[],
  days: readonly PlacedDay[],
  least: number,
): Block[] {
  return days.flatMap((day, index) => {
    const drawn = parts
      .filter((part) => part.day === index)
      .map((part) => {
        const top = topOf(day, part.from);
        return { part, top, bottom: Math.max(bottomOf(day, part.to), top + least) };
      })
      .sort((left, right) => left.top - right.top || right.bottom - left.bottom);
    return clustersOf(drawn).flatMap(placeCluster);
  });
}

interface Drawn {
  readonly part: Part;
  readonly top: number;
  readonly bottom: number;
}

/** Groups of parts of which each overlaps with another of the group. */
function clustersOf(drawn: readonly Drawn[]): Drawn[][] {
  const clusters: Drawn[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const one of drawn) {
    if (one.top >= end) {
      clusters.push([]);
    }
    clusters.at(-1)?.push(one);
    end = Math.max(end, one.bottom);
  }
  return clusters;
}

function placeCluster(cluster: readonly Drawn[]): Block[] {
  const lanes: Drawn[][] = [];
  for (const one of cluster) {
    const free = lanes.find((lane) => (lane.at(-1)?.bottom ?? 0) <= one.top);
    if (free) {
      free.push(one);
    } else {
      lanes.push([one]);
    }
  }
  return lanes.flatMap((lane, number) =>
    lane.map((one) => {
      const inTheWay = lanes.findIndex(
        (other, index) =>
          index > number && other.some(({ top, bottom }) => top < one.bottom && one.top < bottom),
      );
      const last = inTheWay === -1 ? lanes.length : inTheWay;
      return {
        ...one.part,
        top: one.top,
        height: one.bottom - one.top,
        left: number / lanes.length,
        width: (last - number) / lanes.length,
      };
    }),
  );
}
