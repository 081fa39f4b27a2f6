/**
 * A day of a time zone as it can be drawn: how its clock runs, and where on an axis of hours each
 * of its instants lies. Days on which clocks change have 23 or 25 hours, or half an hour more or
 * less, and a place that crossed the date line has skipped a day altogether. Instants are whole
 * seconds since 1970, places on the axis and on the clock are seconds.
 */
import { Temporal } from "temporal-polyfill";
import { addDays } from "./calendar";

export const secondsPerDay = 86_400;

/** A part of a day in which the clock runs evenly. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** What the clock shows at the beginning, in seconds after midnight. */
  readonly wall: number;
}

export interface ZonedDay {
  readonly date: string;
  /** The first instant of the day and the first one after it. */
  readonly from: number;
  readonly to: number;
  /** None when the zone skipped this day. */
  readonly stretches: readonly Stretch[];
}

/** An hour (or half of one) that the clock shows twice, drawn after its first time. */
export interface Repeat {
  /** What the clock would show when it is put back. */
  readonly at: number;
  readonly seconds: number;
}

/** The hours that several days are drawn along: those of a plain day, and what any repeats. */
export interface Axis {
  readonly seconds: number;
  readonly repeats: readonly Repeat[];
}

/** From one instant to another the place on the axis grows evenly from `top`. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

/** A part of the axis at which this day has no time. */
export interface Absence {
  readonly top: number;
  readonly seconds: number;
  /** The clock skips it on this day; otherwise it is another day's repeated hour. */
  readonly isSkipped: boolean;
}

/** A day on an axis. */
export interface PlacedDay extends ZonedDay {
  readonly pieces: readonly Piece[];
  readonly absences: readonly Absence[];
}

/** What the day is like in the zone. */
export function zonedDay(date: string, timeZone: string): ZonedDay {
  const first = Temporal.PlainDate.from(date).toZonedDateTime(timeZone);
  const from = secondsOf(first);
  const to = secondsOf(Temporal.PlainDate.from(addDays(date, 1)).toZonedDateTime(timeZone));
  const stretches: Stretch[] = [];
  let zoned = first;
  while (secondsOf(zoned) < to) {
    const next = zoned.getTimeZoneTransition("next");
    const end = next && secondsOf(next) < to ? secondsOf(next) : to;
    stretches.push({ from: secondsOf(zoned), to: end, wall: wallOf(zoned) });
    if (!next || end === to) {
      break;
    }
    zoned = next;
  }
  return { date, from, to, stretches };
}

/** The axis along which all of these days can be drawn. */
export function axisOf(days: readonly ZonedDay[]): Axis {
  const repeats = new Map<number, number>();
  for (const { stretches } of days) {
    for (const [index, stretch] of stretches.entries()) {
      const before = stretches[index - 1];
      const at = before ? endWall(before) : 0;
      if (before && stretch.wall < at) {
        repeats.set(at, Math.max(repeats.get(at) ?? 0, at - stretch.wall));
      }
    }
  }
  const sorted = [...repeats]
    .map(([at, seconds]) => ({ at, seconds }))
    .sort((left, right) => left.at - right.at);
  return { seconds: secondsPerDay + sum(sorted), repeats: sorted };
}

/** Where on the axis the clock's times of the day lie. */
export function placeDay(day: ZonedDay, axis: Axis): PlacedDay {
  const pieces: Piece[] = [];
  let before: Stretch | undefined;
  for (const stretch of day.stretches) {
    let { from, wall } = stretch;
    const at = before ? endWall(before) : 0;
    if (before && wall < at) {
      // The second time lies in the room that the axis has for it.
      const length = Math.min(at - wall, stretch.to - from);
      pieces.push({ from, to: from + length, top: at + roomBefore(axis, at) });
      from += length;
      wall += length;
    }
    for (const { at: end } of [...axis.repeats, { at: Number.POSITIVE_INFINITY }]) {
      const length = Math.min(end - wall, stretch.to - from);
      if (length > 0) {
        pieces.push({ from, to: from + length, top: wall + roomUpTo(axis, wall) });
        from += length;
        wall += length;
      }
    }
    before = stretch;
  }
  return { ...day, pieces: joined(pieces), absences: absencesOf(pieces, axis) };
}

/** The place of an instant at which something begins; before and after the day, its edges. */
export function topOf(day: PlacedDay, instant: number): number {
  const piece = day.pieces.find(({ to }) => instant < to) ?? day.pieces.at(-1);
  return piece ? piece.top + clamp(instant, piece.from, piece.to) - piece.from : 0;
}

/** The place of an instant at which something ends: the same, but before what the clock skips. */
export function bottomOf(day: PlacedDay, instant: number): number {
  const piece = day.pieces.findLast(({ from }) => from < instant) ?? day.pieces[0];
  return piece ? piece.top + clamp(instant, piece.from, piece.to) - piece.from : 0;
}

/** The instant at a place on the axis; where this day has no time, the nearest one it has. */
export function instantAt(day: PlacedDay, place: number): number {
  const piece = day.pieces.findLast(({ top }) => top <= place);
  return piece ? Math.min(piece.from + Math.round(place - piece.top), piece.to) : day.from;
}

/** What the clock shows at an instant of the day, in seconds after midnight. */
export function wallAt(day: ZonedDay, instant: number): number {
  const stretch = stretchAt(day, instant);
  return stretch ? stretch.wall + instant - stretch.from : 0;
}

/**
 * The nearest instant at which the clock shows a multiple of `step` (seconds) or, if that is
 * nearer, the time `magnet`. Never leaves the stretch in which the clock runs evenly, whose ends
 * count as well: nobody means an hour that does not exist.
 */
export function snap(day: ZonedDay, instant: number, step: number, magnet?: number): number {
  const stretch = stretchAt(day, instant);
  if (!stretch) {
    return day.from;
  }
  const wall = stretch.wall + instant - stretch.from;
  const candidates = [Math.round(wall / step) * step, ...(magnet === undefined ? [] : [magnet])]
    .map((shown) => stretch.from + shown - stretch.wall)
    .map((candidate) => clamp(candidate, stretch.from, stretch.to));
  return candidates.reduce((best, candidate) =>
    Math.abs(candidate - instant) < Math.abs(best - instant) ? candidate : best,
  );
}

/** The next instant, later or earlier, at which the clock shows a multiple of `step`. */
export function stepFrom(
  dayOfInstant: (instant: number) => ZonedDay,
  instant: number,
  step: number,
  direction: -1 | 1,
): number {
  const shown = wallAt(dayOfInstant(instant), instant);
  const over = ((shown % step) + step) % step;
  return instant + (direction === 1 ? step - over : -(over === 0 ? step : over));
}

/** A mark on the axis: an hour, or the beginning of an hour that comes again. */
export interface Tick {
  readonly top: number;
  readonly wall: number;
  readonly isAgain: boolean;
}

export function ticksOf(axis: Axis): Tick[] {
  const ticks: Tick[] = Array.from({ length: 24 }, (_, hour) => hour * 3600).map((wall) => ({
    top: wall + roomUpTo(axis, wall),
    wall,
    isAgain: false,
  }));
  for (const { at, seconds } of axis.repeats) {
    for (let shown = at - seconds; shown < at; shown += 3600) {
      ticks.push({ top: shown + seconds + roomBefore(axis, at), wall: shown, isAgain: true });
    }
  }
  return ticks.sort((left, right) => left.top - right.top);
}

function absencesOf(pieces: readonly Piece[], axis: Axis): Absence[] {
  const absences: Absence[] = [];
  let top = 0;
  const add = (from: number, to: number) => {
    // An absence ends where another day's repeated hour begins, which is another one.
    const room = axis.repeats
      .map(({ at, seconds }) => ({ top: at + roomBefore(axis, at), seconds }))
      .find((one) => from < one.top + one.seconds && one.top < to);
    if (room && from < room.top) {
      absences.push({ top: from, seconds: room.top - from, isSkipped: true });
    }
    if (room) {
      const begin = Math.max(from, room.top);
      const end = Math.min(to, room.top + room.seconds);
      absences.push({ top: begin, seconds: end - begin, isSkipped: false });
      if (end < to) {
        add(end, to);
      }
    } else if (from < to) {
      absences.push({ top: from, seconds: to - from, isSkipped: true });
    }
  };
  for (const piece of pieces) {
    add(top, piece.top);
    top = piece.top + piece.to - piece.from;
  }
  add(top, axis.seconds);
  return absences;
}

/** Pieces that follow each other without a jump are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const whole: Piece[] = [];
  for (const piece of pieces) {
    const last = whole.at(-1);
    if (last && last.top + last.to - last.from === piece.top) {
      whole[whole.length - 1] = { ...last, to: piece.to };
    } else {
      whole.push(piece);
    }
  }
  return whole;
}

function stretchAt({ stretches }: ZonedDay, instant: number): Stretch | undefined {
  return stretches.find(({ to }) => instant < to) ?? stretches.at(-1);
}

/** The room that repeated hours take up above a time of the clock, or just before one ends. */
function roomUpTo(axis: Axis, wall: number): number {
  return sum(axis.repeats.filter(({ at }) => at <= wall));
}

function roomBefore(axis: Axis, wall: number): number {
  return sum(axis.repeats.filter(({ at }) => at < wall));
}

function endWall(stretch: Stretch): number {
  return stretch.wall + stretch.to - stretch.from;
}

function sum(repeats: readonly Repeat[]): number {
  return repeats.reduce((total, { seconds }) => total + seconds, 0);
}

function secondsOf(zoned: Temporal.ZonedDateTime): number {
  return zoned.epochMilliseconds / 1000;
}

function wallOf(zoned: Temporal.ZonedDateTime): number {
  return zoned.hour * 3600 + zoned.minute * 60 + zoned.second;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
