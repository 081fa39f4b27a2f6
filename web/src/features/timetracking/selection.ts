/** Which sessions are selected, as pure steps from one selection to the next. */
import type { Session } from "@/api/types";

export interface Selection {
  readonly sessions: ReadonlyMap<string, Session>;
  /** The one that was pressed last: where a range begins. */
  readonly anchor: string | null;
}

export const nothingSelected: Selection = { sessions: new Map(), anchor: null };

/** So many can be changed at once. */
export const mostSelected = 500;

/** One session in or out; with a range, all between it and the one before, too. */
export function select(
  selection: Selection,
  inOrder: readonly Session[],
  session: Session,
  isSelected: boolean,
  withRange: boolean,
): Selection {
  const here = inOrder.findIndex(({ id }) => id === session.id);
  const there = inOrder.findIndex(({ id }) => id === selection.anchor);
  const touched =
    withRange && here >= 0 && there >= 0
      ? inOrder.slice(Math.min(here, there), Math.max(here, there) + 1)
      : [session];
  return { ...put(selection, touched, isSelected), anchor: session.id };
}

/** Several in or out: those of a day, say. */
export function put(
  selection: Selection,
  touched: readonly Session[],
  isSelected: boolean,
): Selection {
  const sessions = new Map(selection.sessions);
  for (const session of touched) {
    if (!isSelected) {
      sessions.delete(session.id);
    } else if (sessions.size < mostSelected || sessions.has(session.id)) {
      sessions.set(session.id, session);
    }
  }
  return { ...selection, sessions };
}

/** Those that were changed as they are now; those that are gone are not selected any more. */
export function renewed(
  selection: Selection,
  changed: readonly Session[],
  gone: readonly string[] = [],
): Selection {
  const sessions = new Map(selection.sessions);
  for (const session of changed) {
    if (sessions.has(session.id)) {
      sessions.set(session.id, session);
    }
  }
  for (const id of gone) {
    sessions.delete(id);
  }
  return { ...selection, sessions };
}

/** Which tags all of the sessions carry, and which only some. */
export function tagsOf(sessions: Iterable<Session>): { all: string[]; some: string[] } {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { tags } of sessions) {
    total += 1;
    for (const tag of tags) {
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
  }
  const names = [...counts.keys()].sort((left, right) => left.localeCompare(right));
  return {
    all: names.filter((name) => counts.get(name) === total),
    some: names.filter((name) => counts.get(name) !== total),
  };
}
