import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { answerWithVersion, api } from "@/api/client";
import { Problem, Unreachable } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { Session } from "@/api/types";
import { showFailure, showUndo } from "@/ui/toasts";
import { type SessionDraft, useChangeSession } from "./session-actions";
import { describe } from "./timer-actions";

type Change = Partial<SessionDraft>;

export interface SessionEdits {
  /** The sessions as they will be once what is on its way has been saved. */
  readonly shown: (sessions: readonly Session[]) => readonly Session[];
  /**
   * Saves a change of one session. It shows at once, can be undone, and goes back when it is
   * refused. Changes of one session follow each other; true when it was saved.
   */
  readonly change: (session: Session, change: Change, done: string) => Promise<boolean>;
}

/** Changes by hand: dragged, typed into a grid. Nobody's newer change is overwritten unseen. */
export function useSessionEdits(): SessionEdits {
  const queryClient = useQueryClient();
  const { mutateAsync } = useChangeSession();
  const [pending, setPending] = useState<ReadonlyMap<string, Change>>(new Map());
  const latest = useRef(new Map<string, { change: Change; saving: Promise<unknown> }>());
  /** When each was changed last, by ourselves. */
  const ours = useRef(new Map<string, string>());

  const save = useCallback(
    async (session: Session, change: Change): Promise<Session> => {
      const version = await versionOf(session, ours.current.get(session.id));
      const saved = await mutateAsync({ id: session.id, change, version });
      ours.current.set(session.id, saved.updated_at);
      return saved;
    },
    [mutateAsync],
  );

  const change = useCallback(
    async (session: Session, next: Change, done: string, isUndo = false): Promise<boolean> => {
      const before = latest.current.get(session.id);
      const merged = { ...before?.change, ...next };
      const saving = (before?.saving ?? Promise.resolve()).then(() => save(session, next));
      const mine = { change: merged, saving: saving.catch(() => undefined) };
      latest.current.set(session.id, mine);
      setPending(changesOf(latest.current));
      try {
        const saved = await saving;
        if (!isUndo) {
          const previous = valuesBefore(session, next);
          showUndo(done, () => {
            void change(saved, previous, `${describe(saved)} is as it was.`, true);
          });
        }
        return true;
      } catch (error) {
        const mayRetry = !(error instanceof Problem && error.status < 500);
        showFailure(
          `Couldn’t change ${describe(session)}`,
          error,
          mayRetry ? () => void change(session, next, done, isUndo) : undefined,
        );
        void refresh(queryClient, "sessions");
        return false;
      } finally {
        if (latest.current.get(session.id) === mine) {
          latest.current.delete(session.id);
          setPending(changesOf(latest.current));
        }
      }
    },
    [queryClient, save],
  );

  const shown = useCallback(
    (sessions: readonly Session[]) =>
      pending.size === 0
        ? sessions
        : sessions.map((session) => {
            const change = pending.get(session.id);
            return change ? asChanged(session, change) : session;
          }),
    [pending],
  );

  return { shown, change };
}

/** The version to send with a change, null when the server is away; throws when it is stale. */
async function versionOf(session: Session, ours: string | undefined): Promise<string | null> {
  try {
    const { data, version } = await answerWithVersion(
      api.GET("/api/v1/sessions/{session_id}", {
        params: { path: { session_id: session.id } },
      }),
    );
    if (data.updated_at !== session.updated_at && data.updated_at !== ours) {
      throw new Problem(
        412,
        { detail: "It was changed elsewhere in the meantime. This is how it is now." },
        null,
      );
    }
    return version;
  } catch (error) {
    if (error instanceof Unreachable) {
      return null;
    }
    throw error;
  }
}

function asChanged(session: Session, change: Change): Session {
  const next = { ...session, ...change };
  return {
    ...next,
    duration_seconds:
      next.ended_at === null
        ? session.duration_seconds
        : (Date.parse(next.ended_at) - Date.parse(next.started_at)) / 1000,
  };
}

function valuesBefore(session: Session, change: Change): Change {
  return Object.fromEntries(
    (Object.keys(change) as (keyof SessionDraft)[]).map((key) => [key, session[key]]),
  ) as Change;
}

function changesOf(latest: ReadonlyMap<string, { change: Change }>): ReadonlyMap<string, Change> {
  return new Map([...latest].map(([id, { change }]) => [id, change]));
}
