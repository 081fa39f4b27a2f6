import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { paths } from "@/api/schema";

type Filter = NonNullable<paths["/api/v1/sessions"]["get"]["parameters"]["query"]>;

const pageSize = 500;

/**
 * Sessions in pages as large as the server gives, for views that show all of a few days. The key
 * and shape are those of the list, so that what is changed or deleted there changes here as well.
 */
function allSessionsQuery(personId: string, filter: Filter) {
  return infiniteQueryOptions({
    queryKey: ["sessions", "list", personId, { ...filter, whole: true }],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: {
              person_id: personId,
              ...filter,
              limit: pageSize,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
}

/** What starts in these days, the last one exclusive. */
export const sessionsStartingQuery = (personId: string, from: string, to: string) =>
  allSessionsQuery(personId, { from, to });

/** What started before this day and reaches into it. */
export const sessionsReachingQuery = (personId: string, date: string) =>
  allSessionsQuery(personId, { to: date, ends_after: date });
