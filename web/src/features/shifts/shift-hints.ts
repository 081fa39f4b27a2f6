/** What is known against a shift before it is saved: leave, availability and missing skills. */
import { addDays, dayLabel, dayOf, type Place, timeOfDay } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { parseWallTime, toInstant } from "@/lib/wall-clock";
import { instantOf, type Span, secondsOf } from "./roster-model";

export interface LeaveHint {
  readonly status: string;
  readonly starts_at: string;
  readonly ends_at: string;
}

export interface AvailabilityHint {
  readonly kind: string;
  readonly weekday: number | null;
  readonly date: string | null;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly time_zone: string;
}

export interface KnownOfEmployee {
  readonly name: string;
  readonly skillIds: readonly string[];
  readonly leave: readonly LeaveHint[];
  readonly availability: readonly AvailabilityHint[];
}

/** A sentence for everything that stands against these spans of somebody; nothing is none. */
export function hintsOf(
  spans: readonly Span[],
  { name, skillIds, leave, availability }: KnownOfEmployee,
  needed: readonly { readonly id: string; readonly name: string }[],
  place: Place,
): string[] {
  const hints: string[] = [];
  for (const status of ["approved", "requested"]) {
    const met = spans.filter((span) =>
      leave.some(
        (one) =>
          one.status === status &&
          secondsOf(one.starts_at) < span.to &&
          span.from < secondsOf(one.ends_at),
      ),
    );
    if (met.length > 0) {
      hints.push(
        status === "approved"
          ? `${name} has leave${onDays(met, spans, place)}.`
          : `${name} has asked for leave${onDays(met, spans, place)}.`,
      );
    }
  }
  const cannot = spans.flatMap((span) =>
    availability
      .filter(({ kind }) => kind === "cannot")
      .flatMap((entry) => spansOf(entry, span))
      .filter((other) => other.from < span.to && span.from < other.to)
      .slice(0, 1)
      .map((other) => ({ span, other })),
  );
  const [first] = cannot;
  if (first) {
    hints.push(
      spans.length === 1
        ? `${name} cannot work ${wordedSpan(first.other, place)}.`
        : `${name} cannot work${onDays(
            cannot.map(({ span }) => span),
            spans,
            place,
          )}.`,
    );
  }
  const missing = needed.filter(({ id }) => !skillIds.includes(id));
  if (missing.length > 0) {
    hints.push(`${name} lacks ${missing.map((skill) => skill.name).join(", ")}.`);
  }
  return hints;
}

function onDays(met: readonly Span[], all: readonly Span[], place: Place): string {
  if (all.length === 1) {
    return " then";
  }
  const days = met
    .slice(0, 3)
    .map((span) => dayLabel(dayOf(instantOf(span.from), place.timeZone), place.locale));
  const more = met.length - days.length;
  return ` on ${days.join(", ")}${more > 0 ? ` and ${counted(more, "more day")}` : ""}`;
}

function wordedSpan({ from, to }: Span, place: Place): string {
  const day = (seconds: number) => dayOf(instantOf(seconds), place.timeZone);
  const isWhole = timeOfDay(instantOf(from), place) === timeOfDay(instantOf(to), place);
  return isWhole
    ? `on ${dayLabel(day(from), place.locale)}`
    : `${dayLabel(day(from), place.locale)} ${timeOfDay(instantOf(from), place)} to ${timeOfDay(instantOf(to), place)}`;
}

/** When an entry is in force near a span, by the clock of its own zone. */
function spansOf(entry: AvailabilityHint, near: Span): Span[] {
  const first = addDays(dayOf(instantOf(near.from), entry.time_zone), -1);
  const last = dayOf(instantOf(near.to), entry.time_zone);
  const spans: Span[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) {
    const weekday = ((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7) + 1;
    if (entry.date === null ? entry.weekday === weekday : entry.date === date) {
      spans.push({
        from: at(date, entry.start_time, entry.time_zone),
        to:
          entry.end_time === null
            ? at(addDays(date, 1), null, entry.time_zone)
            : at(date, entry.end_time, entry.time_zone),
      });
    }
  }
  return spans;
}

function at(date: string, time: string | null, timeZone: string): number {
  const wall = (time && parseWallTime(time)) || { hour: 0, minute: 0, second: 0 };
  return secondsOf(toInstant(date, wall, timeZone).instant);
}
