/**
 * What the date and time fields of a session's form mean together. Pure, so that nights, clock
 * changes and half-typed texts can be tested without a page.
 */
import { parseDuration } from "@/lib/duration";
import {
  addSeconds,
  fromInstant,
  isDate,
  parseWallTime,
  secondsBetween,
  toInstant,
} from "@/lib/wall-clock";

/** The longest session that can be kept. */
export const longestSeconds = 31 * 86_400;

export interface TimeTexts {
  readonly date: string;
  readonly from: string;
  readonly to: string;
  readonly duration: string;
  /** Only for sessions that end later than the day after they start; otherwise empty. */
  readonly endDate: string;
  /** Which of the two the person means; the other follows. */
  readonly endsBy: "to" | "duration";
}

export interface ResolvedTimes {
  readonly started_at: string;
  readonly ended_at: string;
  readonly seconds: number;
  /** Days from the date of the start to the date of the end. */
  readonly laterDays: number;
  readonly endDate: string;
  /** A time that the clock skips on that day was moved forward. */
  readonly movedByClockChange: boolean;
}

export type TimeErrors = Partial<Record<"date" | "from" | "to" | "duration" | "endDate", string>>;

/** The instants that the texts mean, or what is wrong with them. */
export function resolveTimes(
  texts: TimeTexts,
  timeZone: string,
): { times: ResolvedTimes; errors: null } | { times: null; errors: TimeErrors } {
  const errors: TimeErrors = {};
  const from = parseWallTime(texts.from);
  if (!isDate(texts.date)) {
    errors.date = "Choose a date.";
  }
  if (!from) {
    errors.from = "A time such as 9:30.";
  }
  const to = parseWallTime(texts.to);
  const typedSeconds = parseDuration(texts.duration);
  if (texts.endsBy === "to") {
    if (!to) {
      errors.to = "A time such as 17:00.";
    }
    if (texts.endDate !== "" && !isDate(texts.endDate)) {
      errors.endDate = "Choose a date.";
    }
  } else if (typedSeconds === null) {
    errors.duration = "Such as 90, 1.5 or 1:30.";
  } else if (typedSeconds === 0) {
    errors.duration = "Longer than nothing.";
  }
  if (Object.keys(errors).length > 0 || !from) {
    return { times: null, errors };
  }

  const start = toInstant(texts.date, from, timeZone);
  let end: { instant: string; skipped: boolean };
  if (texts.endsBy === "duration") {
    end = { instant: addSeconds(start.instant, typedSeconds ?? 0), skipped: false };
  } else {
    const wall = to ?? from;
    const sameDay = toInstant(texts.endDate === "" ? texts.date : texts.endDate, wall, timeZone);
    const untilSameDay = secondsBetween(start.instant, sameDay.instant);
    if (untilSameDay === 0) {
      return { times: null, errors: { to: "The same as the start." } };
    }
    const isOver = untilSameDay < 0;
    end =
      isOver && texts.endDate === "" ? toInstant(dayAfter(texts.date), wall, timeZone) : sameDay;
  }

  const seconds = secondsBetween(start.instant, end.instant);
  if (seconds <= 0) {
    return { times: null, errors: { endDate: "This is before the start." } };
  }
  if (seconds > longestSeconds) {
    const field = texts.endsBy === "duration" ? "duration" : "endDate";
    return { times: null, errors: { [field]: "At most 31 days." } };
  }
  const endDate = fromInstant(end.instant, timeZone).date;
  return {
    times: {
      started_at: start.instant,
      ended_at: end.instant,
      seconds,
      laterDays: Math.round((Date.parse(endDate) - Date.parse(texts.date)) / 86_400_000),
      endDate,
      movedByClockChange: start.skipped || end.skipped,
    },
    errors: null,
  };
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
