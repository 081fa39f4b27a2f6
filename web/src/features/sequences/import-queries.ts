import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";

const pageSize = 20;

export const importsQuery = infiniteQueryOptions({
  queryKey: ["sequence-imports", "list"],
  initialPageParam: null as string | null,
  queryFn: ({ signal, pageParam }) =>
    answer(
      api.GET("/api/v1/sequences/imports", {
        signal,
        params: {
          query: { limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
        },
      }),
    ),
  getNextPageParam: (page) => page.next_cursor,
});

/** One with what was rejected. */
export function importQuery(id: string) {
  return queryOptions({
    queryKey: ["sequence-imports", "one", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/sequences/imports/{sequence_import_id}", {
          signal,
          params: { path: { sequence_import_id: id } },
        }),
      ),
  });
}

/** Who somebody is. */
export function personQuery(id: string) {
  return queryOptions({
    queryKey: ["people", id],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/people/{person_id}", { signal, params: { path: { person_id: id } } }),
      ),
  });
}
