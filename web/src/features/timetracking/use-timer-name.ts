import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "@/api/client";
import type { Session } from "@/api/types";
import { isPending } from "./timer-actions";

/** What somebody typed and nobody has saved yet, and the session that it names. */
interface Draft {
  /** Null while nothing runs: the name of the session to come. */
  readonly session: string | null;
  readonly text: string;
}

const storageKey = "benchbook.timer-name";
const pauseMs = 700;

/**
 * The text in the timer's field. It shows the running session's name until somebody types; from
 * then on it belongs to them: no answer of the server overwrites it, it is saved in pauses of the
 * typing and on leaving the field, and it outlives a reload until the server has it.
 */
export function useTimerName(
  running: Session | null,
  isLoaded: boolean,
  save: (sessionId: string, name: string, onSettled: (isSaved: boolean) => void) => void,
) {
  const [draft, setDraftState] = useState<Draft | null>(readStored);
  const latest = useRef(draft);
  const beingSaved = useRef<Draft | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // A start on its way takes its name along; one that waits for the server is renamed like any.
  const isStarting = useRef(false);
  const saveLatest = useRef(save);
  saveLatest.current = save;
  const runningId = running?.id ?? null;

  const setDraft = useCallback((next: Draft | null) => {
    latest.current = next;
    setDraftState(next);
    store(next);
  }, []);

  const saveNow = useCallback(() => {
    clearTimeout(timer.current);
    const unsaved = latest.current;
    // Leaving the field, stopping and the pause may all ask for the same save.
    const mayBeSaved = unsaved?.session && !(isPending(unsaved.session) && isStarting.current);
    if (unsaved?.session && mayBeSaved && beingSaved.current !== unsaved) {
      beingSaved.current = unsaved;
      saveLatest.current(unsaved.session, unsaved.text.trim(), (isSaved) => {
        if (beingSaved.current === unsaved) {
          beingSaved.current = null;
        }
        if (isSaved && latest.current === unsaved) {
          setDraft(null);
        }
      });
    }
  }, [setDraft]);

  // What a reload left behind, or what was typed for a session that ended elsewhere, is saved too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again whenever another one runs
  useEffect(() => {
    if (isLoaded) {
      saveNow();
    }
  }, [isLoaded, runningId, saveNow]);

  // The last chance when the page goes away; ordinary requests would be cancelled.
  useEffect(() => {
    const leave = () => {
      const unsaved = latest.current;
      if (unsaved?.session && unsaved.session === runningId && !isPending(unsaved.session)) {
        void api.PATCH("/api/v1/timer", { body: { name: unsaved.text.trim() }, keepalive: true });
      }
    };
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, [runningId]);

  // The session that was started may show under its own id before the start's answer says so.
  const isOfStart =
    isStarting.current &&
    draft?.session != null &&
    isPending(draft.session) &&
    runningId !== null &&
    !isPending(runningId);
  const mine = draft !== null && (draft.session === runningId || isOfStart) ? draft : null;
  return {
    text: mine?.text ?? running?.name ?? "",
    isUnsaved: mine !== null && runningId !== null,
    type(text: string) {
      setDraft({ session: runningId, text });
      clearTimeout(timer.current);
      if (runningId !== null) {
        timer.current = setTimeout(saveNow, pauseMs);
      }
    },
    saveNow,
    /** The text has become the name of a session that is being started. */
    handOver: useCallback(() => {
      clearTimeout(timer.current);
      isStarting.current = true;
      latest.current = null;
      setDraftState(null);
    }, []),
    /** That start came to nothing: the text is back in the field. */
    takeBack: useCallback(() => {
      isStarting.current = false;
      if (latest.current === null) {
        setDraft(readStored());
      }
    }, [setDraft]),
    /** What was typed under a provisional id belongs to this session. */
    started: useCallback(
      (pendingId: string, id: string) => {
        isStarting.current = false;
        if (latest.current === null) {
          store(null);
        } else if (latest.current.session === pendingId) {
          setDraft({ session: id, text: latest.current.text });
          timer.current = setTimeout(saveNow, pauseMs);
        }
      },
      [setDraft, saveNow],
    ),
  };
}

function readStored(): Draft | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    if (
      typeof value === "object" &&
      value !== null &&
      "text" in value &&
      typeof value.text === "string" &&
      "session" in value &&
      (value.session === null || typeof value.session === "string")
    ) {
      // A start that the page did not live to see confirmed: its name is a draft again.
      const session = value.session !== null && isPending(value.session) ? null : value.session;
      return { session, text: value.text };
    }
  } catch {
    // Storage may be switched off or hold something else.
  }
  return null;
}

function store(draft: Draft | null) {
  try {
    if (draft === null || (draft.session === null && draft.text === "")) {
      localStorage.removeItem(storageKey);
    } else {
      localStorage.setItem(storageKey, JSON.stringify(draft));
    }
  } catch {
    // Without storage the text lives as long as the page.
  }
}
