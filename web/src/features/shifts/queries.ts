/** What the pages of shifts ask the server for. Lists are read to their end. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api } from "@/api/client";
import type { Employee, Person, Shift } from "@/api/types";
import { wholeList } from "@/api/whole-list";

export const pageSize = 500;

/** Everybody who can be on duty, by last and first name. */
export const employeesQuery = queryOptions({
  queryKey: ["employees", "all"],
  queryFn: ({ signal }): Promise<Employee[]> =>
    wholeList((cursor) =>
      answer(
        api.GET("/api/v1/employees", {
          signal,
          params: { query: { limit: pageSize, ...(cursor ? { cursor } : {}) } },
        }),
      ),
    ),
});

/** The beginning of the keys of all lists of shifts. */
export const shiftListsKey = ["shifts", "list"] as const;

/** The shifts that overlap a half-open range of instants (RFC 3339), by their start. */
export const shiftsQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: [...shiftListsKey, from, to],
    queryFn: ({ signal }): Promise<Shift[]> =>
      wholeList((cursor) =>
        answer(
          api.GET("/api/v1/shifts", {
            signal,
            params: { query: { from, to, limit: pageSize, ...(cursor ? { cursor } : {}) } },
          }),
        ),
      ),
  });

/** How many shifts an employee has, and how many of them end after an instant. */
export const shiftCountsQuery = (employeeId: string, now: string) =>
  queryOptions({
    queryKey: ["shifts", "counts", employeeId],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const count = async (from?: string) =>
        (
          await answer(
            api.GET("/api/v1/shifts/totals", {
              signal,
              params: { query: { employee_id: [employeeId], ...(from ? { from } : {}) } },
            }),
          )
        ).count;
      const [all, toCome] = await Promise.all([count(), count(now)]);
      return { all, toCome };
    },
  });

/** How many people are needed when, with the version that a change of it names. */
export const staffingQuery = queryOptions({
  queryKey: ["staffing-needs"],
  queryFn: ({ signal }) => answerWithVersion(api.GET("/api/v1/staffing-needs", { signal })),
  placeholderData: keepPreviousData,
});

/** Up to when shifts do not change any more, with the version that a change of it names. */
export const shiftClosingQuery = queryOptions({
  queryKey: ["shifts", "closing"],
  queryFn: ({ signal }) => answerWithVersion(api.GET("/api/v1/shift-closing", { signal })),
});

/** The people of the organisation, whom employees can be linked to; for managers. */
export const peopleQuery = queryOptions({
  queryKey: ["people", "all"],
  queryFn: ({ signal }): Promise<Person[]> =>
    wholeList((cursor) =>
      answer(
        api.GET("/api/v1/people", {
          signal,
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
        }),
      ),
    ),
});

export function nameOf(employee: Pick<Employee, "first_name" | "last_name">): string {
  return `${employee.first_name} ${employee.last_name}`;
}
