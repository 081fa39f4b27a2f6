/**
 * What others and other devices change, as it happens: one stream of events a browser. Whichever
 * tab holds the lock listens for all of them (browsers allow a server six connections over
 * HTTP/1.1, and a seventh tab would wait for ever) and tells the others what to ask for again.
 */
import type { QueryClient } from "@tanstack/react-query";
import { connection } from "./connection";
import { refresh, refreshOthers } from "./tabs";

/** What to ask for again when things of a kind have changed; the beginnings of query keys. */
const queriesOfKind: Record<string, readonly string[]> = {
  timer: ["timer"],
  sessions: ["sessions"],
  imports: ["imports"],
  projects: ["projects", "sessions"],
  clients: ["clients", "projects", "sessions"],
  tags: ["tags"],
  // Weeks, locks and progress have keys that begin as the lists' do.
  timesheets: ["sessions"],
  targets: ["targets", "sessions"],
  locked_periods: ["sessions"],
  rates: ["rates", "sessions"],
  people: ["people"],
  skills: ["skills"],
  locations: ["locations"],
  positions: ["positions"],
  leave: ["leave"],
  open_shifts: ["open-shifts", "shift-requests"],
  shift_requests: ["shift-requests"],
  availability: ["availability"],
  collections: ["collections"],
  sequences: ["sequences", "collections"],
  sequence_imports: ["sequence-imports"],
  employees: ["employees", "shifts"],
  // What is offered, swapped and claimed is held to the shifts that there are.
  shifts: ["shifts", "shift-requests", "open-shifts"],
  staffing_needs: ["staffing-needs"],
  labour_rules: ["labour-rules"],
  shift_templates: ["shift-patterns"],
  shift_patterns: ["shift-patterns"],
  shift_generations: ["shift-patterns"],
  notifications: ["notifications"],
};
/** Two heartbeats missed, and one on its way. */
const silenceMs = 45_000;
const shortestPauseMs = 1_000;
const longestPauseMs = 30_000;
/** Changes in quick succession are asked for together. */
const gatherMs = 60;
/** Those of other people, whom a manager may look at, less often: there may be many. */
const gatherOthersMs = 2_000;

interface Change {
  readonly kind: string;
  readonly person_id: string | null;
}

/** Listens until the signal, for as long as somebody is signed in. */
export function listenToServer(
  queryClient: QueryClient,
  me: string,
  seesEveryone: boolean,
  signal: AbortSignal,
) {
  const listen = () => untilAborted(signal, () => follow(queryClient, me, seesEveryone));
  if (navigator.locks) {
    navigator.locks.request("benchbook-live", { signal }, listen).catch(() => undefined);
  } else {
    // Not over HTTPS: every tab for itself.
    void listen();
  }
}

/** Runs what `begin` begins until the signal; then it is stopped. */
function untilAborted(signal: AbortSignal, begin: () => () => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const stop = begin();
    signal.addEventListener("abort", () => {
      stop();
      resolve();
    });
  });
}

function follow(queryClient: QueryClient, me: string, seesEveryone: boolean): () => void {
  let source: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let pauseMs = shortestPauseMs;
  let hasMissed = false;
  const mine = gather(gatherMs, (keys) => refresh(queryClient, ...keys));
  const others = gather(gatherOthersMs, (keys) => refreshOthers(queryClient, me, ...keys));

  function connect() {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(`/api/v1/events?whose=${seesEveryone ? "everyone" : "mine"}`);
    source.addEventListener("ready", () => {
      heard();
      pauseMs = shortestPauseMs;
      // What was read before the stream began may have changed in between.
      mine.note(hasMissed ? everything : soonest);
      hasMissed = true;
    });
    source.addEventListener("read_again", () => {
      heard();
      mine.note(everything);
    });
    source.addEventListener("change", (event: MessageEvent<string>) => {
      heard();
      const change: Change = JSON.parse(event.data);
      const concerned = change.person_id === null || change.person_id === me ? mine : others;
      concerned.note(queriesOfKind[change.kind] ?? []);
    });
    source.addEventListener("heartbeat", heard);
    source.addEventListener("end", reconnectLater);
    source.addEventListener("error", reconnectLater);
    heard();
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(connect, silenceMs);
  }

  /** Our own pauses, not the browser's, which gives up for good after a 401 or a 503. */
  function reconnectLater() {
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    retry = setTimeout(connect, pauseMs * (0.75 + Math.random() / 2));
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }

  const forget = connection.subscribe((isReachable) => {
    if (isReachable) {
      pauseMs = shortestPauseMs;
      connect();
    }
  });
  connect();
  return () => {
    forget();
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    mine.forget();
    others.forget();
  };
}

/** Collects keys for a while and then hands them on, each once. */
function gather(pauseMs: number, handOn: (keys: string[]) => unknown) {
  const keys = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    note(more: readonly string[]) {
      for (const key of more) {
        keys.add(key);
      }
      timer ??= setTimeout(() => {
        timer = undefined;
        const together = [...keys];
        keys.clear();
        handOn(together);
      }, pauseMs);
    },
    forget: () => clearTimeout(timer),
  };
}

/** What is told of at once is asked for once more as soon as there is somebody to tell. */
const soonest = ["timer", "sessions", "notifications", "shift-requests", "open-shifts"];
const everything = [...new Set(Object.values(queriesOfKind).flat())];
