import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api, sendPatiently } from "@/api/client";
import type { Collection } from "@/api/types";
import type { SequenceFilter } from "./sequence-links";

const listPageSize = 50;
const collectionsPageSize = 500;

export const collectionsQuery = queryOptions({
  queryKey: ["collections", "all"],
  queryFn: async ({ signal }) => {
    const items: Collection[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: collectionsPageSize };
      if (cursor !== null) {
        query.cursor = cursor;
      }
      const page: { items: Collection[]; next_cursor: string | null } = await answer(
        api.GET("/api/v1/collections", { signal, params: { query } }),
      );
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  },
});

export function sequencesQuery(filter: SequenceFilter) {
  return infiniteQueryOptions({
    queryKey: ["sequences", "list", filter],
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sequences", {
          signal,
          params: {
            query: {
              limit: listPageSize,
              ...(pageParam === null ? {} : { cursor: pageParam }),
              ...Object.fromEntries(
                Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
              ),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** One with all of its bases: ten megabytes may take their time. */
export function sequenceQuery(id: string) {
  return queryOptions({
    queryKey: ["sequences", "one", id],
    queryFn: ({ signal }) =>
      answerWithVersion(
        api.GET("/api/v1/sequences/{sequence_id}", {
          signal,
          params: { path: { sequence_id: id } },
          fetch: sendPatiently,
        }),
      ),
  });
}
