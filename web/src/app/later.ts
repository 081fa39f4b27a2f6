/**
 * What the first page can do without, fetched as soon as the browser has nothing else to do: what
 * is asked for next is there by then, also when the server is not.
 */
import { useEffect } from "react";

const longestWaitMs = 4_000;

export function useLoadLater(modules: readonly string[]) {
  const hasHours = modules.includes("hours");
  useEffect(() => {
    const load = () =>
      void Promise.allSettled([
        import("./palette"),
        import("./notification-list"),
        import("./shortcuts-dialog"),
        import("./letters-dialog"),
        import("./sign-in-again-dialog"),
        import("./sign-out-question"),
        ...(hasHours ? [import("./hours-route")] : []),
      ]);
    if (window.requestIdleCallback) {
      const waiting = window.requestIdleCallback(load, { timeout: longestWaitMs });
      return () => window.cancelIdleCallback(waiting);
    }
    const waiting = setTimeout(load, longestWaitMs / 2);
    return () => clearTimeout(waiting);
  }, [hasHours]);
}
