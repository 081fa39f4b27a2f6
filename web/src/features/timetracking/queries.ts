import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api } from "@/api/client";
import { Problem } from "@/api/problem";
import type { Session, SessionFilters } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { expectedTimer } from "./expected";
import { type Rounding, writeRounding } from "./rounding";

const pageSize = 50;

/** What sessions may lack. */
export type Without = "project" | "client" | "tag";

/** What the address of the hours page says. */
export interface HoursFilter {
  year?: number | undefined;
  month?: number | undefined;
  q?: string | undefined;
  tag?: string | undefined;
  /** A range of days, the end exclusive, instead of a year or month. */
  from?: string | undefined;
  to?: string | undefined;
  project_id?: string | undefined;
  client_id?: string | undefined;
  without?: readonly Without[] | undefined;
  billable?: boolean | undefined;
  /** Somebody else, for managers and above. */
  person_id?: string | undefined;
}

export interface RunningTimer {
  readonly running: Session | null;
  /** Names the state that was read; null when it is not known. */
  readonly version: string | null;
}

export async function readTimer(signal?: AbortSignal): Promise<RunningTimer> {
  const { data, version } = await answerWithVersion(
    api.GET("/api/v1/timer", signal ? { signal } : {}),
  );
  return { running: data.running ?? null, version };
}

export const timerQuery = queryOptions({
  queryKey: ["timer"],
  queryFn: async ({ signal }) => expectedTimer(await readTimer(signal)),
  staleTime: 5_000,
  retry: (failures, error) => failures < 3 && !(error instanceof Problem && error.status < 500),
  refetchOnWindowFocus: "always",
  // Another device may have started or stopped it.
  refetchInterval: 60_000,
});

/** Managers may read everybody's sessions; this is a person's own book, unless they ask for another. */
export const sessionsQuery = (personId: string, filter: HoursFilter) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "list", personId, filter],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: {
              person_id: personId,
              ...given(filter),
              limit: pageSize,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    // While another month is on its way, the one before stays, paler.
    placeholderData: keepPreviousData,
  });

export const totalsQuery = (personId: string, filter: HoursFilter, rounding?: Rounding) =>
  queryOptions({
    queryKey: ["sessions", "totals", personId, filter, rounding],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/sessions/totals", {
          signal,
          params: {
            query: {
              person_id: personId,
              ...given(filter),
              amounts: true,
              ...writeRounding(rounding),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** The year of the very first session, or null when there is none. */
export const firstYearQuery = (personId: string, timeZone: string) =>
  queryOptions({
    queryKey: ["sessions", "first-year", personId, timeZone],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: { query: { order: "oldest", limit: 1, person_id: personId } },
        }),
      );
      const first = items[0];
      return first ? Number(dayOf(first.started_at, timeZone).slice(0, 4)) : null;
    },
  });

export const binQuery = (personId: string) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "bin", personId],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: {
              deleted: true,
              person_id: personId,
              limit: pageSize,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

/** Only what is set. */
export function given(filter: HoursFilter): SessionFilters {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}
