/** What is said of findings and of the repairs that fit them. Pure, so that it can be tested. */
import type { Finding, Repair } from "@/api/types";
import { dayOf, type Place, timeOfDay } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";

export type Offer = Finding["repairs"][number];

/** The first session of a finding is A, the second B, in the drawing as in the words. */
const letters = ["A", "B"] as const;

export const letterOf = (index: number): string => letters[index] ?? "";

export function titleOfFinding({ kind, duration_seconds: seconds }: Finding): string {
  const duration = readableDuration(seconds);
  switch (kind) {
    case "overlap":
      return `${duration} counted twice`;
    case "gap":
      return `${duration} not tracked`;
    case "short":
      return seconds === 0 ? "A session of no time at all" : `A session of only ${duration}`;
    case "long":
      return `A session of ${duration}`;
  }
}

/** What a repair does, in a few words for a button. */
export function labelOfOffer(finding: Finding, offer: Offer, place: Place): string {
  const time = (instant: string | undefined) => clock(instant ?? finding.from, finding, place);
  const of = (index: number) => {
    const id = finding.sessions[index]?.id;
    return offer.outcome.find((span) => span.session_id === id);
  };
  switch (offer.action) {
    case "trim_earlier":
      return `End A at ${time(of(0)?.ended_at)}`;
    case "trim_later":
      return `Start B at ${time(of(1)?.started_at)}`;
    case "move_later":
      return `Move B to ${time(of(1)?.started_at)} – ${time(of(1)?.ended_at)}`;
    case "split_around":
      return "Split A around B";
    case "delete_earlier":
      return "Delete A";
    case "delete_later":
      return "Delete B";
    case "extend_previous":
      return `Extend A to ${time(of(0)?.ended_at)}`;
    case "extend_next":
      return `Start B at ${time(of(1)?.started_at)}`;
    case "meet":
      return `Meet at ${time(of(0)?.ended_at)}`;
    case "fill":
      return "Fill the gap …";
    case "end_at":
      return `End at ${time(offer.at ?? undefined)}`;
    case "delete":
      return "Delete";
    case "keep":
      return finding.kind === "overlap" ? "Keep both" : "Keep";
    case "show":
      return "Show again";
  }
}

/** Why an end is likely. */
export function reasonOfEnd(reason: string | null | undefined): string | null {
  switch (reason) {
    case "usual_end":
      return "your usual end of day";
    case "last_activity":
      return "your last change";
    case "after_limit":
      return "the most that counts as usual";
    default:
      return null;
  }
}

/** `−30 min`, `+2 h`, or nothing where the total stays. */
export function changeText(seconds: number): string {
  return seconds === 0 ? "" : `${seconds < 0 ? "−" : "+"}${readableDuration(Math.abs(seconds))}`;
}

/** What was done, for the toast and for the list of repairs. */
export function describeRepair(repair: Pick<Repair, "action" | "kind" | "sessions">): string {
  const first = repair.sessions[0];
  const name = first ? `“${first.name || "untitled"}”` : "";
  const other = repair.sessions[1];
  switch (repair.action) {
    case "trim_earlier":
      return `Ended ${name} where the next one starts`;
    case "trim_later":
      return `Started ${name} where the one before ends`;
    case "move_later":
      return `Moved ${name} behind the one before`;
    case "split_around":
      return `Split ${name} around another session`;
    case "delete_earlier":
    case "delete_later":
    case "delete":
      return `Deleted ${name}`;
    case "extend_previous":
      return `Extended ${name} over the gap`;
    case "extend_next":
      return `Started ${name} at the beginning of the gap`;
    case "meet":
      return `Let ${name} and “${other?.name || "untitled"}” meet`;
    case "fill":
      return `Filled a gap with ${name}`;
    case "end_at":
      return `Ended ${name} earlier`;
    case "keep":
      return `Kept ${aKind(repair.kind)}`;
    case "show":
      return `Showed ${aKind(repair.kind)} again`;
  }
}

function aKind(kind: Repair["kind"]): string {
  switch (kind) {
    case "overlap":
      return "an overlap";
    case "gap":
      return "a gap";
    case "short":
      return "a short session";
    default:
      return "a long session";
  }
}

/** The time of day, with its weekday where that is not the day of the finding. */
export function clock(instant: string, { date }: { date: string }, place: Place): string {
  const day = dayOf(instant, place.timeZone);
  const time = timeOfDay(instant, place, new Date(instant).getUTCSeconds() !== 0);
  if (day === date) {
    return time;
  }
  const weekday = new Intl.DateTimeFormat(place.locale, {
    weekday: "short",
    timeZone: "UTC",
  }).format(new Date(`${day}T12:00:00Z`));
  return `${weekday} ${time}`;
}

export interface Lane {
  readonly key: string;
  readonly letter: string;
  /** A bar is new where a repair would add it. */
  readonly spans: readonly {
    readonly from: number;
    readonly to: number;
    readonly isNew: boolean;
  }[];
}

export interface Drawing {
  readonly lanes: readonly Lane[];
  /** The times that the finding is about, as parts of the whole. */
  readonly found: { readonly from: number; readonly to: number };
  readonly start: number;
  readonly end: number;
}

/**
 * The sessions of a finding as bars, from 0 to 1 over the time that they and the outcomes of all
 * repairs cover, so that the drawing keeps its scale while outcomes are tried. With an offer, the
 * sessions as it would leave them.
 */
export function draw(finding: Finding, offer: Offer | null): Drawing {
  const ends = finding.sessions.flatMap((session) => [
    session.started_at,
    session.ended_at ?? session.started_at,
  ]);
  for (const { outcome } of finding.repairs) {
    ends.push(...outcome.flatMap((span) => [span.started_at, span.ended_at]));
  }
  const instants = ends.map((instant) => Date.parse(instant));
  const start = Math.min(...instants);
  const end = Math.max(...instants);
  const length = Math.max(1, end - start);
  const part = (instant: string) => (Date.parse(instant) - start) / length;
  const lanes: Lane[] = finding.sessions.map((session, index) => {
    const own = offer
      ? // What a repair adds is drawn beside the first: another lane would move the buttons away
        // from beneath the pointer.
        offer.outcome.filter(
          ({ session_id }) => session_id === session.id || (session_id === null && index === 0),
        )
      : [
          {
            session_id: session.id,
            started_at: session.started_at,
            ended_at: session.ended_at ?? session.started_at,
          },
        ];
    return {
      key: session.id,
      letter: letterOf(index),
      spans: own.map((span) => ({
        from: part(span.started_at),
        to: part(span.ended_at),
        isNew: span.session_id === null,
      })),
    };
  });
  return {
    lanes,
    found: { from: part(finding.from), to: part(finding.to) },
    start,
    end,
  };
}
