import { queryOptions } from "@tanstack/react-query";
import { createContext, useContext, useMemo } from "react";
import type { Place } from "@/lib/calendar";
import { answer, api } from "./client";
import { keptPages } from "./kept-pages";
import { Problem, Unreachable } from "./problem";
import { signInAgain } from "./sign-in-again";
import type { Me } from "./types";

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      const me = await answer(api.GET("/api/v1/me", { signal }));
      signInAgain.loginSeen();
      return me;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        void keptPages.forget();
        return null;
      }
      const kept = error instanceof Unreachable ? await keptPages.restore() : null;
      if (kept) {
        signInAgain.loginSeen();
        return kept;
      }
      throw error;
    }
  },
});

const MeContext = createContext<Me | null>(null);

/** Makes who is signed in known to everything below. */
export const MeProvider = MeContext.Provider;

/** The person signed in. Only for pages that are shown to signed-in people. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) {
    throw new Error("Nobody is signed in.");
  }
  return me;
}

/** In which zone and language to write times. */
export function usePlace(): Place {
  const { person } = useMe();
  const { locale, time_zone: timeZone } = person;
  return useMemo(() => ({ locale, timeZone }), [locale, timeZone]);
}
