import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { LockedSpan, Person, TimesheetStatus } from "@/api/types";

/** The server lists the weeks of 371 days at most. */
export const mostWeeks = 52;

export interface WeeksAsked {
  /** Null for everybody's that one may see. */
  readonly personId: string | null;
  readonly from: string;
  readonly to: string;
  readonly status?: TimesheetStatus;
  readonly missing?: true;
}

/** Keys begin with `sessions`: whatever changes hours changes what the weeks hold. */
export const weeksQuery = ({ personId, ...filter }: WeeksAsked) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "weeks", personId, filter],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/timesheets", {
          signal,
          params: {
            query: {
              ...filter,
              ...(personId === null ? {} : { person_id: personId }),
              limit: 60,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const weekQuery = (personId: string, week: string) =>
  queryOptions({
    queryKey: ["sessions", "week", personId, week],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/timesheets/week", {
          signal,
          params: { query: { week, person_id: personId } },
        }),
      ),
  });

/** The sessions of a week, by the instants that it was submitted with. */
export const weekSessionsQuery = (personId: string, from: string, to: string) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "of-week", personId, from, to],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: {
              person_id: personId,
              from,
              to,
              order: "oldest",
              limit: 100,
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const lockedPeriodsQuery = (unlocked: boolean) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "locked-periods", unlocked],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/locked-periods", {
          signal,
          params: {
            query: { unlocked, limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

/** All that is locked for a person, the earliest first: a few dozen a year. */
export const locksQuery = (personId: string) =>
  queryOptions({
    queryKey: ["sessions", "locks", personId],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const spans: LockedSpan[] = [];
      for (let cursor: string | null = null; ; ) {
        const page: { items: LockedSpan[]; next_cursor?: string | null } = await answer(
          api.GET("/api/v1/locked-spans", {
            signal,
            params: {
              query: { person_id: personId, limit: 500, ...(cursor === null ? {} : { cursor }) },
            },
          }),
        );
        spans.push(...page.items);
        cursor = page.next_cursor ?? null;
        if (cursor === null) {
          return spans;
        }
      }
    },
  });

type Colleague = Pick<Person, "id" | "name" | "role" | "active">;

/** Everybody, for managers and above, who may know who is here. */
export const peopleQuery = queryOptions({
  queryKey: ["people", "names"],
  staleTime: 60_000,
  queryFn: async ({ signal }) => {
    const people: Colleague[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: { items: Colleague[]; next_cursor?: string | null } = await answer(
        api.GET("/api/v1/people", {
          signal,
          params: { query: { limit: 500, ...(cursor === null ? {} : { cursor }) } },
        }),
      );
      people.push(...page.items);
      cursor = page.next_cursor ?? null;
      if (cursor === null) {
        return people;
      }
    }
  },
});
