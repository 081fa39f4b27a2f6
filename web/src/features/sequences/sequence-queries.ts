import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api, sendPatiently } from "@/api/client";
import type { Collection, SequenceFeature } from "@/api/types";
import type { SearchChoice } from "./search-choice";
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

const featuresPageSize = 500;

/** All features of a sequence: those of a genome come in many answers. */
export function featuresQuery(id: string) {
  return queryOptions({
    queryKey: ["sequences", "features", id],
    queryFn: async ({ signal }) => {
      const items: SequenceFeature[] = [];
      let cursor: string | null = null;
      do {
        const query: { limit: number; cursor?: string } = { limit: featuresPageSize };
        if (cursor !== null) {
          query.cursor = cursor;
        }
        const page: { items: SequenceFeature[]; next_cursor: string | null } = await answer(
          api.GET("/api/v1/sequences/{sequence_id}/features", {
            signal,
            params: { path: { sequence_id: id }, query },
          }),
        );
        items.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return items;
    },
  });
}

const hitsPageSize = 25;

/** What is found for letters that are known to be right. */
export function searchQuery(bases: string, choice: SearchChoice) {
  const { mode, distance, strand, collection_id } = choice;
  return infiniteQueryOptions({
    // Where no edit is allowed their number must not make another search of it.
    queryKey: [
      "sequences",
      "search",
      bases,
      mode,
      mode === "part" ? null : distance,
      strand,
      collection_id ?? null,
    ],
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.POST("/api/v1/sequences/search", {
          signal,
          // A search that reads everything takes up to twenty seconds by itself.
          fetch: sendPatiently,
          body: {
            query: bases,
            ...(mode === "part" ? {} : { distance, mode }),
            strand,
            limit: hitsPageSize,
            ...(collection_id === undefined ? {} : { collection_id }),
            ...(pageParam === null ? {} : { cursor: pageParam }),
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
}
