import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { outbox } from "@/api/outbox";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Session, TimerStarted } from "@/api/types";
import { clockDuration } from "@/lib/duration";
import { announce } from "@/ui/announcer";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { type Expecting, forgetShown, withDuration } from "./expected";
import type { Start, Stop, TimerChanged } from "./letters";
import { type RunningTimer, timerQuery } from "./queries";

/** One after the other: a rename must not overtake the start that it belongs to. */
const inOrder = { id: "timer" };
/** The outbox sends again, and keeps what cannot be sent; nothing here has to wait or retry. */
const byOutbox = { networkMode: "always", retry: false } as const;

interface Deed {
  readonly key: string;
  /** When the button was pressed, by this device's clock: an earlier deed may still hold it up. */
  readonly actedAt: number;
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
  /** What runs until then. */
  readonly runs?: Session | null;
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
    ...byOutbox,
    scope: inOrder,
    mutationFn: (deed: StartDeed): Promise<TimerStarted> => {
      const expected = expectedOf(deed, person.id);
      const stopped = savedAt(deed.runs ?? null, expected.started_at);
      return outbox.write<TimerStarted>(
        "start",
        {
          body: { name: deed.name, ...deed.filing, tags: [...(deed.filing.tags ?? [])] },
          ...(deed.continues === undefined ? {} : { continues: deed.continues }),
          ...(deed.startedAt === undefined ? {} : { startedAt: deed.startedAt }),
          notBefore: deed.notBefore,
          expects: { runs: expected, saved: stopped ? [stopped] : [] },
        } satisfies Start & Expecting,
        {
          label: `Start ${describe(deed)}`,
          key: deed.key,
          actedAt: deed.actedAt,
          provisional: () => ({ running: expected, stopped }),
        },
      );
    },
    onMutate: async (deed) => {
      await queryClient.cancelQueries({ queryKey: timerQuery.queryKey });
      const before = queryClient.getQueryData(timerQuery.queryKey);
      const running = expectedOf(deed, person.id);
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
        mutation.mutate({ ...deed, key: newIdempotencyKey(), actedAt: Date.now() }),
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
          actedAt: Date.now(),
          pendingId,
          runs: before ?? null,
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

interface StopDeed extends Deed {
  readonly runs: Session | null;
  readonly notBefore: string | null;
}

export function useStopTimer() {
  const queryClient = useQueryClient();
  const goOn = useMutation({
    ...byOutbox,
    scope: inOrder,
    mutationFn: async ({ session, key }: { session: Session; key: string }) => {
      if (await outbox.withdraw(key)) {
        // The stop never left this device.
        forgetShown(queryClient, session.id);
        const running = { ...session, ended_at: null, duration_seconds: 0 };
        queryClient.setQueryData(timerQuery.queryKey, { running, version: null });
        return;
      }
      await answer(
        api.POST("/api/v1/sessions/{session_id}/unstop", {
          params: { path: { session_id: outbox.realId(session.id) } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      );
    },
    onSuccess: () => announce("The timer runs on."),
    onError: (error) => showFailure("The timer doesn’t run on", error),
    onSettled: () => refresh(queryClient, "timer", "sessions"),
  });
  const mutation = useMutation({
    ...byOutbox,
    scope: inOrder,
    mutationFn: (deed: StopDeed) => {
      const stopped = savedAt(deed.runs, onServer(deed.actedAt));
      return outbox.write<{ stopped: Session | null }>(
        "stop",
        {
          about: deed.runs?.id ?? null,
          notBefore: deed.notBefore,
          expects: { runs: null, saved: stopped ? [stopped] : [] },
        } satisfies Stop & Expecting,
        {
          label: deed.runs ? `Stop ${describe(deed.runs)}` : "Stop the timer",
          key: deed.key,
          actedAt: deed.actedAt,
          provisional: () => ({ stopped }),
        },
      );
    },
    onMutate: async () => {
      await queryClient.cancelQueries({ queryKey: timerQuery.queryKey });
      const before = queryClient.getQueryData(timerQuery.queryKey);
      queryClient.setQueryData(timerQuery.queryKey, { running: null, version: null });
      return { before };
    },
    onSuccess: ({ stopped }, { key }) => {
      if (stopped) {
        showUndo(
          `Saved ${describe(stopped)}, ${clockDuration(stopped.duration_seconds)}.`,
          () => goOn.mutate({ session: stopped, key }),
          "Keep running",
        );
      } else {
        announce("Timer stopped.");
      }
    },
    onError: (error, deed, context) => {
      queryClient.setQueryData(timerQuery.queryKey, context?.before);
      showFailure("The timer wasn’t stopped", error, () =>
        mutation.mutate({ ...deed, key: newIdempotencyKey(), actedAt: Date.now() }),
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
        runs: queryClient.getQueryData(timerQuery.queryKey)?.running ?? null,
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
    ...byOutbox,
    scope: inOrder,
    mutationFn: ({ sessionId, change }: { sessionId: string; change: TimerChange }) => {
      const shown = queryClient.getQueryData(timerQuery.queryKey);
      return outbox.write<RunningTimer>(
        "change_timer",
        {
          about: sessionId,
          change,
          version: shown?.version ?? null,
          expects: { changed: { id: sessionId, change } },
        } satisfies TimerChanged & Expecting,
        {
          label: shown?.running ? `Change ${describe(shown.running)}` : "Change what is running",
          provisional: () =>
            queryClient.getQueryData(timerQuery.queryKey) ?? { running: null, version: null },
        },
      );
    },
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

/** Throws the running session away; it can be taken back. */
export function useDiscardTimer() {
  const queryClient = useQueryClient();
  const { start } = useStartTimer();
  return useMutation({
    ...byOutbox,
    scope: inOrder,
    mutationFn: (session: Session) =>
      outbox.write(
        "discard",
        { about: session.id, expects: { runs: null } } satisfies { about: string } & Expecting,
        { label: `Discard ${describe(session)}`, provisional: () => null },
      ),
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

/** The session that a start will have made. */
function expectedOf(deed: StartDeed, personId: string): Session {
  const startedAt = deed.startedAt ?? onServer(deed.actedAt);
  return {
    id: deed.pendingId,
    name: deed.name,
    note: deed.filing.note ?? "",
    tags: [...(deed.filing.tags ?? [])],
    started_at: startedAt,
    ended_at: null,
    duration_seconds: 0,
    project_id: deed.filing.project_id ?? null,
    billable: deed.filing.billable ?? false,
    person_id: personId,
    created_at: startedAt,
    updated_at: startedAt,
    deleted_at: null,
  };
}

/** An instant of this device's clock by the server's, RFC 3339. */
function onServer(instant: number): string {
  return new Date(instant + serverClock.offset()).toISOString();
}

/** What runs, as it will be saved when it ends at an instant. */
function savedAt(running: Session | null, endedAt: string): Session | null {
  return running && withDuration({ ...running, ended_at: endedAt });
}
