import type { QueryClient } from "@tanstack/react-query";
import { meQuery } from "./me";
import { signInAgain } from "./sign-in-again";

/** What the tabs of one browser tell each other. */
type Message = { changed: readonly string[]; notOf?: string } | { login: "ended" | "begun" };

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("benchbook");

/** Refreshes queries whose key begins with one of these, here and in the other tabs. */
export function refresh(queryClient: QueryClient, ...changed: string[]): Promise<unknown> {
  channel?.postMessage({ changed } satisfies Message);
  return invalidate(queryClient, changed);
}

/** The same for what others changed: what is asked for by the id of this person stays. */
export function refreshOthers(queryClient: QueryClient, notOf: string, ...changed: string[]) {
  channel?.postMessage({ changed, notOf } satisfies Message);
  return invalidate(queryClient, changed, notOf);
}

/** Tells the other tabs that somebody signed in or out. */
export function announceLogin(login: "ended" | "begun") {
  channel?.postMessage({ login } satisfies Message);
}

/** Listens to the other tabs for as long as the page lives. */
export function listenToTabs(queryClient: QueryClient) {
  channel?.addEventListener("message", (event: MessageEvent<Message>) => {
    if ("changed" in event.data) {
      void invalidate(queryClient, event.data.changed, event.data.notOf);
    } else if (event.data.login === "ended") {
      window.location.reload();
    } else {
      void meetWhoSignedIn(queryClient);
    }
  });
}

/** Another tab signed in: this one goes on if it is the same person, else it begins anew. */
async function meetWhoSignedIn(queryClient: QueryClient) {
  const before = queryClient.getQueryData(meQuery.queryKey);
  const now = before && (await queryClient.fetchQuery({ ...meQuery, staleTime: 0 }));
  if (!before || now?.person.id !== before.person.id) {
    window.location.reload();
    return;
  }
  if (signInAgain.isWaiting()) {
    signInAgain.settle(true);
    await queryClient.invalidateQueries();
  }
}

function invalidate(queryClient: QueryClient, keys: readonly string[], notOf?: string) {
  return Promise.all(
    keys.map((key) =>
      queryClient.invalidateQueries({
        queryKey: [key],
        predicate: ({ queryKey }) => notOf === undefined || !queryKey.includes(notOf),
      }),
    ),
  );
}
