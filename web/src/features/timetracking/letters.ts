/**
 * How changes of hours are carried to the server, now or late (see `api/outbox.ts`). What is late
 * names its instant: a timer counts from when the button was pressed. What may have arrived before
 * is recognised by its idempotency key, or by looking at what is there.
 */
import { answer, answerWithVersion, api } from "@/api/client";
import { type Delivery, type Letter, outbox } from "@/api/outbox";
import { isProblem, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { Session, TimerStarted } from "@/api/types";
import { type RunningTimer, readTimer } from "./queries";
import type { SessionDraft } from "./session-actions";
import type { TimerChange } from "./timer-actions";

const lateAfterMs = 2_000;

export interface Start {
  readonly body: { readonly name: string; readonly tags?: string[] } & Record<string, unknown>;
  /** Continue this saved session instead. */
  readonly continues?: string;
  readonly notBefore: string | null;
  readonly startedAt?: string;
}

export interface Stop {
  /** The session that ran here. */
  readonly about: string | null;
  readonly notBefore: string | null;
}

export interface TimerChanged {
  readonly about: string;
  readonly change: TimerChange;
  readonly version: string | null;
}

export interface SessionChanged {
  readonly id: string;
  readonly change: Partial<SessionDraft>;
  readonly version: string | null;
  /** `updated_at` of what was edited, where no version is known. */
  readonly base: string | null;
  /** Somebody has seen that it was changed elsewhere, and wants this all the same. */
  readonly force?: boolean;
}

type Stopped = { stopped: Session | null };

outbox.carry<Start, TimerStarted>("start", async (letter, isRepeated) => {
  const { content, key } = letter;
  const headers = { "Idempotency-Key": key };
  const late = lateInstant(letter, isRepeated);
  const begin = (startedAt: string | null) =>
    answer(
      api.POST("/api/v1/timer/start", {
        headers,
        body: { ...content.body, ...(startedAt === null ? {} : { started_at: startedAt }) },
      }),
    );
  const first = () =>
    content.continues === undefined
      ? begin(content.startedAt ?? null)
      : answer(
          api.POST("/api/v1/sessions/{session_id}/continue", {
            params: { path: { session_id: content.continues } },
            headers,
          }),
        );
  return started(
    key,
    late === null ? await first() : await eitherWay(() => begin(content.startedAt ?? late), first),
  );
});

outbox.carry<Stop, Stopped>("stop", async (letter, isRepeated) => {
  const { about, notBefore } = letter.content;
  let late = lateInstant(letter, isRepeated);
  const stop = (endedAt: string | null) =>
    answer(
      api.POST("/api/v1/timer/stop", {
        headers: { "Idempotency-Key": letter.key },
        body: endedAt === null ? {} : { ended_at: endedAt },
      }),
    );
  if (late === null) {
    return stopped(await stop(null));
  }
  late = endAfter(notBefore, late);
  if (!isRepeated && about !== null) {
    // Another device has stopped it or gone on to something else: that is not ours to stop.
    const { running } = await readTimer();
    if (running?.id !== about) {
      return { result: { stopped: null } };
    }
    // The start may have been so long on its way that the server wrote a later time for it.
    late = endAfter(running.started_at, late);
  }
  return stopped(
    await eitherWay(
      () => stop(late),
      () => stop(null),
    ),
  );
});

outbox.carry<TimerChanged, RunningTimer>("change_timer", async ({ content }) => ({
  result: await changeTimer(content.about, content.change, content.version),
}));

outbox.carry<{ about: string }, null>("discard", async ({ content, actedAt }, isRepeated) => {
  if (isRepeated || Date.now() - actedAt > lateAfterMs) {
    const { running } = await readTimer();
    if (running?.id !== content.about) {
      return { result: null };
    }
  }
  await unlessGone(() => answer(api.DELETE("/api/v1/timer")));
  return { result: null };
});

outbox.carry<{ draft: SessionDraft }, Session>("create", async ({ content, key }) => {
  const session = await answer(
    api.POST("/api/v1/sessions", { body: content.draft, headers: { "Idempotency-Key": key } }),
  );
  return { result: session, id: [`pending:${key}`, session.id] };
});

outbox.carry<SessionChanged, Session>("change", async ({ content, actedAt }, isRepeated) => {
  const { id, change, force = false } = content;
  const path = { session_id: id };
  const patch = (version: string | null) =>
    answer(
      api.PATCH("/api/v1/sessions/{session_id}", {
        params: { path, ...(version === null ? {} : { header: { "If-Match": version } }) },
        body: change,
      }),
    );
  const isLate = isRepeated || Date.now() - actedAt > lateAfterMs;
  if (force || (content.version === null && content.base === null)) {
    return { result: await patch(null) };
  }
  if (!isLate && content.base === null) {
    return { result: await patch(content.version) };
  }
  const { data: now, version } = await answerWithVersion(
    api.GET("/api/v1/sessions/{session_id}", { params: { path } }),
  );
  if (holds(now, change)) {
    return { result: now };
  }
  const isOther =
    (content.version !== null && content.version !== version) ||
    (content.version === null && content.base !== null && content.base !== now.updated_at);
  if (isOther) {
    throw new Problem(
      412,
      { code: "stale", detail: "The session was changed elsewhere in the meantime." },
      null,
    );
  }
  return { result: await patch(version) };
});

outbox.carry<{ id: string }, null>("delete", async ({ content }) => {
  await unlessGone(() =>
    answer(
      api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: content.id } } }),
    ),
  );
  return { result: null };
});

outbox.carry<{ id: string }, Session>("restore", async ({ content, key }) => ({
  result: await answer(
    api.POST("/api/v1/sessions/{session_id}/restore", {
      params: { path: { session_id: content.id } },
      headers: { "Idempotency-Key": key },
    }),
  ),
}));

/** Starting another tab's timer is the same deed for the outbox: who started it has the new id. */
function started(key: string, result: TimerStarted): Delivery<TimerStarted> {
  return result.running ? { result, id: [`pending:${key}`, result.running.id] } : { result };
}

function stopped(result: { stopped?: Session | null }): Delivery<Stopped> {
  return { result: { stopped: result.stopped ?? null } };
}

/**
 * Sends the late form; where the key was used for the first form, that one arrived after all, and
 * sending it once more brings its answer.
 */
async function eitherWay<Result>(late: () => Promise<Result>, first: () => Promise<Result>) {
  try {
    return await late();
  } catch (error) {
    if (isProblem(error, "idempotency_key_reused")) {
      return first();
    }
    throw error;
  }
}

async function unlessGone(act: () => Promise<unknown>) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) {
      throw error;
    }
  }
}

/** Whether a session is already as a change would make it. */
function holds(session: Session, change: Partial<SessionDraft>): boolean {
  return Object.entries(change).every(([field, value]) => {
    const now = session[field as keyof Session];
    return field.endsWith("_at")
      ? Date.parse(String(now)) === Math.floor(Date.parse(String(value)) / 1000) * 1000
      : JSON.stringify(now) === JSON.stringify(value);
  });
}

/** An end, or the first second after the start where it is not after that. */
function endAfter(start: string | null, end: string): string {
  const started = start === null ? Number.NEGATIVE_INFINITY : Date.parse(start);
  const first = Math.floor(started / 1000) * 1000 + 1000;
  return Date.parse(end) < first ? new Date(first).toISOString() : end;
}

/** The instant of a deed that is sent late, or null when it is sent at once. */
function lateInstant(
  letter: Letter<{ notBefore: string | null }>,
  isRepeated: boolean,
): string | null {
  if (!isRepeated && Date.now() - letter.actedAt < lateAfterMs) {
    return null;
  }
  const instant = serverClock.reachedSecond(letter.actedAt);
  const { notBefore } = letter.content;
  return notBefore !== null && Date.parse(instant) < Date.parse(notBefore) ? notBefore : instant;
}

/**
 * Another tab or device may have stopped or switched the timer in the meantime. The version keeps
 * the change from hitting whatever runs now; the session that it was meant for is a saved one then.
 */
async function changeTimer(
  sessionId: string,
  change: TimerChange,
  version: string | null,
): Promise<RunningTimer> {
  const patch = async (ifMatch: string | null) => {
    const { data, version: next } = await answerWithVersion(
      api.PATCH("/api/v1/timer", {
        body: change,
        ...(ifMatch === null ? {} : { params: { header: { "If-Match": ifMatch } } }),
      }),
    );
    return { running: data.running ?? null, version: next };
  };
  if (version !== null) {
    try {
      return await patch(version);
    } catch (error) {
      const isStale = error instanceof Problem && error.status === 412;
      if (!isStale && !isProblem(error, "no_running_session")) {
        throw error;
      }
    }
  }
  const current = await readTimer();
  if (current.running?.id === sessionId) {
    return patch(current.version);
  }
  await answer(
    api.PATCH("/api/v1/sessions/{session_id}", {
      params: { path: { session_id: sessionId } },
      body: change,
    }),
  );
  return current;
}
