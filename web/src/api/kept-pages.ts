/**
 * What was shown last, kept in this browser so that the pages open without the server: the answers
 * about one's own account, timer, sessions and what they are filed under. Nothing else is kept, and
 * nothing after signing out.
 */
import { type DehydratedState, dehydrate, hydrate, type QueryClient } from "@tanstack/react-query";
import { connection } from "./connection";
import { deviceStore, forgetPages } from "./device-store";
import type { Me } from "./types";

const keptKeys = new Set<unknown>(["me", "timer", "sessions", "projects", "clients", "tags"]);
const pauseMs = 400;
const longestAgeMs = 14 * 24 * 3_600_000;

type Listener = () => void;
const listeners = new Set<Listener>();
let client: QueryClient | null = null;
let isStopped = false;
let heardAt = Date.now();
let shownAsOf: number | null = null;

export const keptPages = {
  /** When the server was heard last, if what is shown is from before this page was opened. */
  asOf: () => shownAsOf,

  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Keeps what is shown from now on. */
  begin(queryClient: QueryClient) {
    client = queryClient;
    let timer: ReturnType<typeof setTimeout> | undefined;
    queryClient.getQueryCache().subscribe(({ type, query }) => {
      if (
        type === "updated" &&
        query.state.status === "success" &&
        keptKeys.has(query.queryKey[0])
      ) {
        if (timer === undefined) {
          timer = setTimeout(() => {
            timer = undefined;
            void keep(queryClient);
          }, pauseMs);
        }
      }
    });
    connection.subscribe((isReachable) => {
      if (isReachable) {
        tellAsOf(null);
      }
    });
  },

  /** Shows what was kept; the person it belongs to, or null where there is nothing. */
  async restore(): Promise<Me | null> {
    try {
      const kept = await (await deviceStore()).get("pages", "latest");
      if (!client || !kept || Date.now() - kept.savedAt > longestAgeMs) {
        return null;
      }
      hydrate(client, kept.state as DehydratedState);
      heardAt = kept.savedAt;
      tellAsOf(kept.savedAt);
      return client.getQueryData<Me>(["me"]) ?? null;
    } catch {
      return null;
    }
  },

  /** Forgets all of it: nobody is signed in. */
  forget: forgetPages,

  /** The person leaves: all is forgotten, and nothing is kept any more until the page is left. */
  async leave(): Promise<void> {
    isStopped = true;
    await forgetPages();
  },
};

async function keep(queryClient: QueryClient) {
  const me = queryClient.getQueryData<Me | null>(["me"]);
  if (!me || isStopped) {
    return;
  }
  if (connection.isReachable()) {
    heardAt = Date.now();
  }
  const state = dehydrate(queryClient, {
    shouldDehydrateQuery: ({ queryKey, state: { status } }) =>
      status === "success" && keptKeys.has(queryKey[0]),
    shouldDehydrateMutation: () => false,
  });
  try {
    const store = await deviceStore();
    await store.put("pages", { personId: me.person.id, savedAt: heardAt, state }, "latest");
  } catch {
    // Storage is switched off or full: the pages need the server then.
  }
}

function tellAsOf(instant: number | null) {
  if (shownAsOf !== instant) {
    shownAsOf = instant;
    for (const listener of listeners) {
      listener();
    }
  }
}
