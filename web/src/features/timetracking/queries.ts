import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { SessionFilters } from "@/api/types";
import { dayOf } from "@/lib/calendar";

const pageSize = 50;

/** What the address of the hours page says. */
export interface HoursFilter {
  year?: number | undefined;
  month?: number | undefined;
  q?: string | undefined;
  tag?: string | undefined;
}

export const timerQuery = queryOptions({
  queryKey: ["timer"],
  queryFn: async ({ signal }) => {
    const { running } = await answer(api.GET("/api/v1/timer", { signal }));
    return { running: running ?? null };
  },
  staleTime: 5_000,
  refetchOnWindowFocus: "always",
  // Another device may have started or stopped it.
  refetchInterval: 60_000,
});

/** Managers may read everybody's sessions; this is a person's own book. */
export const sessionsQuery = (personId: string, filter: HoursFilter) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "list", personId, filter],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: {
              ...given(filter),
              person_id: personId,
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

export const totalsQuery = (personId: string, filter: HoursFilter) =>
  queryOptions({
    queryKey: ["sessions", "totals", personId, filter],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/sessions/totals", {
          signal,
          params: { query: { ...given(filter), person_id: personId } },
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

function given(filter: HoursFilter): SessionFilters {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}
