import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api } from "@/api/client";

const pageSize = 30;

/** What the address of the checks says: a month (else the last three), and what of it to see. */
export interface ChecksFilter {
  readonly year?: number | undefined;
  readonly month?: number | undefined;
  readonly view?: "kept" | "repairs" | undefined;
  /** Somebody else, for managers and above. */
  readonly person_id?: string | undefined;
}

function monthOf({ year, month }: ChecksFilter) {
  return year === undefined || month === undefined ? {} : { year, month };
}

/** The keys begin as the lists' do: whatever changes sessions may change what is odd in them. */
export const checksQuery = (personId: string, filter: ChecksFilter) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "checks", personId, filter],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions/checks", {
          signal,
          params: {
            query: {
              person_id: personId,
              ...monthOf(filter),
              kept: filter.view === "kept",
              limit: pageSize,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
  });

export const checkTotalsQuery = (personId: string, filter: ChecksFilter) =>
  queryOptions({
    queryKey: ["sessions", "check-totals", personId, filter],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/sessions/checks/totals", {
          signal,
          params: {
            query: { person_id: personId, ...monthOf(filter), kept: filter.view === "kept" },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const repairsQuery = (personId: string) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "repairs", personId],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions/repairs", {
          signal,
          params: {
            query: {
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

export const checkSettingsQuery = queryOptions({
  queryKey: ["check-settings"],
  queryFn: ({ signal }) =>
    answerWithVersion(api.GET("/api/v1/sessions/checks/settings", { signal })),
});
