/**
 * What the letters that wait will have done, laid over what the server said last: so the page
 * shows a person's own changes while the server is away, and after it was opened again without it.
 */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { type Letter, outbox } from "@/api/outbox";
import type { Session, SessionPage, SessionTotals } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import type { HoursFilter } from "./queries";

interface Expectation {
  /** What runs afterwards; absent where that does not change. */
  readonly runs?: Session | null;
  /** Sessions that are saved afterwards. */
  readonly saved?: readonly Session[];
  readonly changed?: { readonly id: string; readonly change: Partial<Session> };
  readonly deleted?: string;
}

/** What a letter carries along for this. */
export interface Expecting {
  readonly expects: Expectation;
}

type Pages = InfiniteData<SessionPage, string | null>;
type Timer = { readonly running: Session | null; readonly version: string | null };

function expectations(letters: readonly Letter[]): Expectation[] {
  return letters
    .filter(({ refusal }) => refusal === undefined)
    .map(({ content }) => (content as Partial<Expecting>).expects ?? {});
}

/** The timer as it will be. */
export function expectedTimer<Known extends Timer>(
  timer: Known,
  letters = outbox.letters(),
): Known {
  let { running, version } = timer;
  for (const { runs, changed } of expectations(letters)) {
    if (runs !== undefined) {
      running = runs;
      version = null;
    } else if (changed && running?.id === changed.id) {
      running = { ...running, ...changed.change };
      version = null;
    }
  }
  return { ...timer, running, version };
}

/** Lays what is expected over all that is shown; doing it again changes nothing. */
export function showExpected(queryClient: QueryClient, letters = outbox.letters()) {
  const all = expectations(letters);
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (all.length === 0 || !me) {
    return;
  }
  queryClient.setQueryData<Timer>(["timer"], (timer) => timer && expectedTimer(timer, letters));
  const zone = me.person.time_zone;
  for (const [key, pages] of queryClient.getQueriesData<Pages>({
    queryKey: ["sessions", "list"],
  })) {
    const [, , personId, filter] = key as [string, string, string, HoursFilter];
    if (!pages || personId !== me.person.id) {
      continue;
    }
    const items = pages.pages.flatMap((page) => page.items);
    const next = expectedItems(items, all, (session) => belongs(session, filter, zone));
    if (next.every((item, index) => item === items[index]) && next.length === items.length) {
      continue;
    }
    const [first, ...others] = pages.pages;
    if (first) {
      const rest = new Set(others.flatMap((page) => page.items.map(({ id }) => id)));
      queryClient.setQueryData<Pages>(key, {
        ...pages,
        pages: [
          { ...first, items: next.filter(({ id }) => !rest.has(id)) },
          ...others.map((page) => ({
            ...page,
            items: page.items.flatMap(({ id }) => next.find((item) => item.id === id) ?? []),
          })),
        ],
      });
      queryClient.setQueryData<SessionTotals>(
        ["sessions", "totals", personId, filter],
        (totals) => totals && movedTotals(totals, items, next, zone),
      );
    }
  }
}

export function expectedItems(
  items: readonly Session[],
  all: readonly Expectation[],
  isShown: (session: Session) => boolean,
): Session[] {
  let next = [...items];
  for (const { saved = [], changed, deleted } of all) {
    for (const session of saved) {
      if (isShown(session) && !next.some(({ id }) => id === session.id)) {
        const place = next.findIndex((item) => item.started_at <= session.started_at);
        next.splice(place === -1 ? next.length : place, 0, session);
      }
    }
    if (changed) {
      next = next.map((item) =>
        item.id === changed.id && !isAlready(item, changed.change)
          ? withDuration({ ...item, ...changed.change })
          : item,
      );
    }
    if (deleted !== undefined) {
      next = next.filter(({ id }) => id !== deleted);
    }
  }
  return next;
}

function isAlready(session: Session, change: Partial<Session>): boolean {
  return Object.entries(change).every(
    ([field, value]) => JSON.stringify(session[field as keyof Session]) === JSON.stringify(value),
  );
}

export function withDuration(session: Session): Session {
  const { started_at, ended_at } = session;
  return ended_at === null || ended_at === undefined
    ? session
    : {
        ...session,
        duration_seconds:
          Math.floor(Date.parse(ended_at) / 1000) - Math.floor(Date.parse(started_at) / 1000),
      };
}

/** Only where that is plain: whether a search finds it is the server's to say. */
function belongs(session: Session, filter: HoursFilter, timeZone: string): boolean {
  const { year, month, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined && value !== "")) {
    return false;
  }
  const day = dayOf(session.started_at, timeZone);
  return (
    (year === undefined || Number(day.slice(0, 4)) === year) &&
    (month === undefined || Number(day.slice(5, 7)) === month)
  );
}

function movedTotals(
  totals: SessionTotals,
  before: readonly Session[],
  after: readonly Session[],
  timeZone: string,
): SessionTotals {
  const days = new Map(totals.days.map((day) => [day.date, day.duration_seconds]));
  let { count, duration_seconds } = totals;
  const add = (session: Session, sign: 1 | -1) => {
    const date = dayOf(session.started_at, timeZone);
    days.set(date, (days.get(date) ?? 0) + sign * session.duration_seconds);
    count += sign;
    duration_seconds += sign * session.duration_seconds;
  };
  for (const session of before) {
    add(session, -1);
  }
  for (const session of after) {
    add(session, 1);
  }
  return {
    ...totals,
    count,
    duration_seconds,
    // What an hour costs is the server's to know.
    amount: null,
    days: [...days]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([date, seconds]) => ({ date, duration_seconds: seconds })),
  };
}

/** Takes a session that was only expected out of all lists. */
export function forgetShown(queryClient: QueryClient, id: string) {
  queryClient.setQueriesData<Pages>(
    { queryKey: ["sessions", "list"] },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.filter((item) => item.id !== id),
        })),
      },
  );
}
