/** Puts together what lets the application go on without the server. */
import type { QueryClient } from "@tanstack/react-query";
import { connection } from "@/api/connection";
import { keptPages } from "@/api/kept-pages";
import { outbox } from "@/api/outbox";
import { refresh } from "@/api/tabs";
import { showExpected } from "@/features/timetracking/expected";

export function beginOffline(queryClient: QueryClient) {
  outbox.carriersFrom(() => import("@/features/timetracking/letters"));
  keptPages.begin(queryClient);
  keptPages.subscribe(() => showExpected(queryClient));
  let waited = 0;
  outbox.subscribe(() => {
    const waits = outbox.letters().filter(({ refusal }) => refusal === undefined).length;
    if (waits > 0 && !connection.isReachable()) {
      showExpected(queryClient);
    }
    if (waits === 0 && waited > 0) {
      // All is said: from here on the server's answers are the truth again.
      void refresh(queryClient, "timer", "sessions");
    }
    waited = waits;
  });
}
