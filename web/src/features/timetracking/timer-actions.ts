import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, answerWithVersion, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { isProblem, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Session } from "@/api/types";
import { clockDuration } from "@/lib/duration";
import { announce } from "@/ui/announcer";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { type RunningTimer, readTimer, timerQuery } from "./queries";

/** One after the other: a rename must not overtake the start that it belongs to. */
const inOrder = { id: "timer" };
const lateAfterMs = 2_000;

interface Deed {
  /** When the person acted, by our clock; what is sent late still counts from then. */
  readonly actedAt: number;
  readonly key: string;
}

/** What a session is filed under; what is not given is the server's to choose. */
export interface Filing {
  readonly note?: string;
  readonly project_id?: string | null;
  readonly tags?: readonly string[];
  readonly billable?: boolean;
}

export interface StartDeed extends Deed {
  readonly name: string;
  readonly filing: Filing;
  /** Continue this saved session instead. */
  readonly continues?: string;
  readonly pendingId: string;
  readonly notBefore: string | null;
  readonly startedAt?: string;
}

/** The id that a session carries here until the server has given it one. */
export const isPending = (id: string) => id.startsWith("pending:");

export function describe(session: { readonly name: string }): string {
  return session.name === "" ? "an untitled session" : `“${session.name}”`;
}

export function useStartTimer() {
  const queryClient = useQueryClient();
  const { person } = useMe();

  const mutation = useMutation({
    scope: inOrder,
    mutationFn: async (deed: StartDeed) => {
      const headers = { "Idempotency-Key": deed.key };
      const late = lateInstant(deed);
      try {
        if (deed.continues !== undefined && late === null) {
          return await answer(
            api.POST("/api/v1/sessions/{session_id}/continue", {
              params: { path: { session_id: deed.continues } },
              headers,
            }),
          );
        }
        const startedAt = deed.startedAt ?? late;
        return await answer(
          api.POST("/api/v1/timer/start", {
            headers,
            body: {
              name: deed.name,
              ...deed.filing,
              tags: [...(deed.filing.tags ?? [])],
              ...(startedAt === null ? {} : { started_at: startedAt }),
            },
          }),
        );
      } catch (error) {
        if (isProblem(error, "idempotency_key_reused")) {
          // The first try arrived after all; only its answer was lost.
          return { running: (await readTimer()).running, stopped: null };
        }
        throw error;
      }
    },
    onMutate: async (deed) => {
      await queryClient.cancelQueries({ queryKey: timerQuery.queryKey });
      const before = queryClient.getQueryData(timerQuery.queryKey);
      const startedAt = deed.startedAt ?? new Date(serverClock.now()).toISOString();
      const running: Session = {
        id: deed.pendingId,
        name: deed.name,
        note: deed.filing.note ?? "",
        tags: [...(deed.filing.tags ?? [])],
        started_at: startedAt,
        ended_at: null,
        duration_seconds: 0,
        project_id: deed.filing.project_id ?? null,
        billable: deed.filing.billable ?? false,
        person_id: person.id,
        created_at: startedAt,
        updated_at: startedAt,
        deleted_at: null,
      };
      queryClient.setQueryData(timerQuery.queryKey, { running, version: null });
      return { before };
    },
    onSuccess: ({ running, stopped }) => {
      queryClient.setQueryData(timerQuery.queryKey, { running: running ?? null, version: null });
      if (stopped) {
        showDone(`Saved ${describe(stopped)}, ${clockDuration(stopped.duration_seconds)}.`);
      }
      announce("Timer started.");
    },
    onError: (error, deed, context) => {
      queryClient.setQueryData(timerQuery.queryKey, context?.before);
      showFailure("The timer wasn’t started", error, () =>
        mutation.mutate({ ...deed, key: newIdempotencyKey() }),
      );
    },
    onSettled: () => refresh(queryClient, "timer", "sessions"),
  });

  return {
    ...mutation,
    start: (
      {
        name,
        continues,
        startedAt,
        ...filing
      }: Filing & { name: string; continues?: string; startedAt?: string },
      then?: {
        onStarted?: (pendingId: string, started: Session) => void;
        onFailed?: () => void;
      },
    ) => {
      const before = queryClient.getQueryData(timerQuery.queryKey)?.running;
      const key = newIdempotencyKey();
      const pendingId = `pending:${key}`;
      mutation.mutate(
        {
          name,
          filing,
          ...(continues === undefined ? {} : { continues }),
          ...(startedAt === undefined ? {} : { startedAt }),
          key,
          pendingId,
          actedAt: Date.now(),
          notBefore: before?.started_at ?? null,
        },
        {
          onSuccess: ({ running }) => running && then?.onStarted?.(pendingId, running),
          onError: () => then?.onFailed?.(),
        },
      );
      return pendingId;
    },
  };
}

export function useStopTimer() {
  const queryClient = useQueryClient();
  const goOn = useMutation({
    scope: inOrder,
    mutationFn: ({ id }: Session) =>
      answer(
        api.POST("/api/v1/sessions/{session_id}/unstop", {
          params: { path: { session_id: id } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: () => announce("The timer runs on."),
    onError: (error) => showFailure("The timer doesn’t run on", error),
    onSettled: () => refresh(queryClient, "timer", "sessions"),
  });
  const mutation = useMutation({
    scope: inOrder,
    mutationFn: async (deed: Deed & { notBefore: string | null }) => {
      const late = lateInstant(deed);
      try {
        return await answer(
          api.POST("/api/v1/timer/stop", {
            headers: { "Idempotency-Key": deed.key },
            body: late === null ? {} : { ended_at: late },
          }),
        );
      } catch (error) {
        if (isProblem(error, "idempotency_key_reused")) {
          return { stopped: null };
        }
        throw error;
      }
    },
    onMutate: async () => {
      await queryClient.cancelQueries({ queryKey: timerQuery.queryKey });
      const before = queryClient.getQueryData(timerQuery.queryKey);
      queryClient.setQueryData(timerQuery.queryKey, { running: null, version: null });
      return { before };
    },
    onSuccess: ({ stopped }) => {
      if (stopped) {
        showUndo(
          `Saved ${describe(stopped)}, ${clockDuration(stopped.duration_seconds)}.`,
          () => goOn.mutate(stopped),
          "Keep running",
        );
      } else {
        announce("Timer stopped.");
      }
    },
    onError: (error, deed, context) => {
      queryClient.setQueryData(timerQuery.queryKey, context?.before);
      showFailure("The timer wasn’t stopped", error, () =>
        mutation.mutate({ ...deed, key: newIdempotencyKey() }),
      );
    },
    onSettled: () => refresh(queryClient, "timer", "sessions"),
  });
  return {
    ...mutation,
    stop: () =>
      mutation.mutate({
        key: newIdempotencyKey(),
        actedAt: Date.now(),
        notBefore: queryClient.getQueryData(timerQuery.queryKey)?.running?.started_at ?? null,
      }),
  };
}

export interface TimerChange {
  readonly name?: string;
  readonly note?: string;
  readonly project_id?: string | null;
  readonly tags?: string[];
  readonly billable?: boolean;
  readonly started_at?: string;
}

/** Changes what runs, or what ran when the change was made; it shows at once. */
export function useChangeTimer(what: string) {
  const queryClient = useQueryClient();
  // Whoever has stopped or switched in the meantime already sees what comes next.
  const showIfStill = (sessionId: string, timer: RunningTimer | undefined) =>
    queryClient.setQueryData(timerQuery.queryKey, (shown) =>
      shown?.running?.id === sessionId ? timer : shown,
    );
  return useMutation({
    scope: inOrder,
    mutationFn: ({ sessionId, change }: { sessionId: string; change: TimerChange }) =>
      changeTimer(
        sessionId,
        change,
        queryClient.getQueryData(timerQuery.queryKey)?.version ?? null,
      ),
    onMutate: ({ sessionId, change }) => {
      const before = queryClient.getQueryData(timerQuery.queryKey);
      if (before?.running?.id === sessionId) {
        queryClient.setQueryData(timerQuery.queryKey, {
          ...before,
          running: { ...before.running, ...change },
        });
      }
      return { before };
    },
    onSuccess: (timer, { sessionId }) => {
      showIfStill(sessionId, timer);
    },
    onError: (error, { sessionId }, context) => {
      showIfStill(sessionId, context?.before);
      showFailure(what, error);
    },
    onSettled: () => refresh(queryClient, "timer", "sessions"),
  });
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
  try {
    return await patch(version);
  } catch (error) {
    const isStale = error instanceof Problem && error.status === 412;
    if (!isStale && !isProblem(error, "no_running_session")) {
      throw error;
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

/** Throws the running session away; it can be taken back. */
export function useDiscardTimer() {
  const queryClient = useQueryClient();
  const { start } = useStartTimer();
  return useMutation({
    scope: inOrder,
    mutationFn: async (_session: Session) => {
      try {
        await answer(api.DELETE("/api/v1/timer"));
      } catch (error) {
        if (!isProblem(error, "no_running_session")) {
          throw error;
        }
      }
    },
    onMutate: async () => {
      await queryClient.cancelQueries({ queryKey: timerQuery.queryKey });
      const before = queryClient.getQueryData(timerQuery.queryKey);
      queryClient.setQueryData(timerQuery.queryKey, { running: null, version: null });
      return { before };
    },
    onSuccess: (_nothing, session) =>
      showUndo(`Discarded ${describe(session)}.`, () => {
        const { name, note, project_id, tags, billable, started_at } = session;
        start({ name, note, project_id, tags, billable, startedAt: started_at });
      }),
    onError: (error, _session, context) => {
      queryClient.setQueryData(timerQuery.queryKey, context?.before);
      showFailure("The session wasn’t discarded", error);
    },
    onSettled: () => refresh(queryClient, "timer"),
  });
}

/** The instant of a deed that is sent late, or null when it is sent at once. */
function lateInstant(deed: Deed & { notBefore: string | null }): string | null {
  if (Date.now() - deed.actedAt < lateAfterMs) {
    return null;
  }
  const instant = serverClock.reachedSecond(deed.actedAt);
  return deed.notBefore !== null && Date.parse(instant) < Date.parse(deed.notBefore)
    ? deed.notBefore
    : instant;
}
