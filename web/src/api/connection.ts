/**
 * Whether the server can be reached. A request that gets no answer marks it as away; from then on
 * it is asked for its health until it answers. Changes that people made wait until then.
 */

type Listener = (reachable: boolean) => void;

const listeners = new Set<Listener>();
const shortestPauseMs = 1_000;
const longestPauseMs = 15_000;

let reachable = true;
let pauseMs = shortestPauseMs;
let timer: ReturnType<typeof setTimeout> | undefined;

export const connection = {
  isReachable: () => reachable,

  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  reportUnreachable() {
    if (!reachable) {
      return;
    }
    pauseMs = shortestPauseMs;
    set(false);
    probeLater();
  },

  reportReachable() {
    clearTimeout(timer);
    set(true);
  },

  /** Ask now instead of at the end of the pause. */
  async probe(): Promise<boolean> {
    clearTimeout(timer);
    try {
      const answer = await fetch("/health/ready", {
        cache: "no-store",
        signal: AbortSignal.timeout(5_000),
      });
      if (answer.ok) {
        set(true);
        return true;
      }
    } catch {
      // Still away.
    }
    probeLater();
    return false;
  },
};

function probeLater() {
  clearTimeout(timer);
  timer = setTimeout(() => void connection.probe(), pauseMs);
  pauseMs = Math.min(pauseMs * 1.6, longestPauseMs);
}

function set(value: boolean) {
  if (reachable !== value) {
    reachable = value;
    for (const listener of listeners) {
      listener(value);
    }
  }
}

if (typeof window !== "undefined") {
  window.addEventListener("offline", () => connection.reportUnreachable());
  window.addEventListener("online", () => void connection.probe());
}
