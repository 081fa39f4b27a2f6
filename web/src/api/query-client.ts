import { onlineManager, QueryClient } from "@tanstack/react-query";
import { connection } from "./connection";
import { Problem, Unreachable } from "./problem";
import { listenToTabs } from "./tabs";

export function makeQueryClient(): QueryClient {
  // "Online" means that our server answers, not that there is some network.
  onlineManager.setEventListener((setOnline) => connection.subscribe(setOnline));

  const queryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // Always ask: an honest error with a retry is better than a skeleton that never ends.
        networkMode: "always",
        // First what waits in the outbox is sent (app/offline-banner.tsx), then all is asked again.
        refetchOnReconnect: false,
        retry: (failures, error) =>
          failures < 1 && !(error instanceof Problem && error.status < 500),
        retryDelay: 600,
      },
      mutations: {
        // What gets no answer is repeated when the server is back, with the same idempotency key.
        networkMode: "online",
        retry: (failures, error) => error instanceof Unreachable && failures < 50,
        retryDelay: 800,
      },
    },
  });
  listenToTabs(queryClient);
  return queryClient;
}
