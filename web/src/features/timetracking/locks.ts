import type { LockedSpan, Session } from "@/api/types";

/** What locks a session: the span of its person in which it starts. */
export function lockOf(
  session: Pick<Session, "started_at">,
  spans: readonly LockedSpan[],
): LockedSpan | undefined {
  const start = Date.parse(session.started_at);
  return spans.find(
    ({ starts_at, ends_at }) => Date.parse(starts_at) <= start && start < Date.parse(ends_at),
  );
}
