/** What the pages of open shifts, offers and swaps ask the server for. */
import { infiniteQueryOptions, queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, answerWithVersion, api } from "@/api/client";
import { useMe } from "@/api/me";
import { isProblem } from "@/api/problem";
import type {
  Candidate,
  Employee,
  OpenShift,
  OpenShiftEligibility,
  Shift,
  ShiftRequest,
} from "@/api/types";
import { wholeList } from "@/api/whole-list";
import type { Place } from "@/lib/calendar";
import { employeesQuery, nameOf, staffingQuery } from "./queries";

const pageSize = 500;
/** What is over, as one goes back. */
const earlierPageSize = 20;
/** Candidates are judged one by one, which takes the server longer than a list. */
const candidatesPageSize = 40;

const liveStatuses = ["open", "accepted"] as const;
const endedStatuses = ["done", "declined", "withdrawn", "refused", "expired", "overtaken"] as const;

/** Requests that wait for a colleague or a manager, the latest first. */
export const liveRequestsQuery = queryOptions({
  queryKey: ["shift-requests", "live"],
  queryFn: ({ signal }): Promise<ShiftRequest[]> =>
    wholeList((cursor) =>
      answer(
        api.GET("/api/v1/shift-requests", {
          signal,
          params: {
            query: {
              status: [...liveStatuses],
              limit: pageSize,
              ...(cursor ? { cursor } : {}),
            },
          },
        }),
      ),
    ),
});

/** Requests that wait no more, the latest first: of everybody, or those an employee is part of. */
export const endedRequestsQuery = (employeeId: string | null) =>
  infiniteQueryOptions({
    queryKey: ["shift-requests", "ended", employeeId],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/shift-requests", {
          signal,
          params: {
            query: {
              status: [...endedStatuses],
              limit: earlierPageSize,
              ...(employeeId ? { employee_id: employeeId } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

/** What would come of a request if it were carried out now. */
export const requestCheckQuery = (requestId: string) =>
  queryOptions({
    queryKey: ["shift-requests", "check", requestId],
    staleTime: 0,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/shift-requests/{shift_request_id}/check", {
          signal,
          params: { path: { shift_request_id: requestId } },
        }),
      ),
  });

export const requestSettingsQuery = queryOptions({
  queryKey: ["shift-requests", "settings"],
  queryFn: ({ signal }) => answerWithVersion(api.GET("/api/v1/shift-request-settings", { signal })),
});

/** One shift; null where it is gone, or not to be seen. */
export const shiftQuery = (shiftId: string) =>
  queryOptions({
    queryKey: ["shifts", "one", shiftId],
    queryFn: async ({ signal }): Promise<Shift | null> => {
      try {
        return await answer(
          api.GET("/api/v1/shifts/{shift_id}", {
            signal,
            params: { path: { shift_id: shiftId } },
          }),
        );
      } catch (error) {
        if (isProblem(error, "shift_not_found")) {
          return null;
        }
        throw error;
      }
    },
  });

/** An employee's shifts that end after an instant, by their start. */
export const ownShiftsQuery = (employeeId: string, from: string) =>
  queryOptions({
    queryKey: ["shifts", "own", employeeId, from],
    queryFn: ({ signal }): Promise<Shift[]> =>
      wholeList((cursor) =>
        answer(
          api.GET("/api/v1/shifts", {
            signal,
            params: {
              query: {
                employee_id: [employeeId],
                from,
                limit: pageSize,
                ...(cursor ? { cursor } : {}),
              },
            },
          }),
        ),
      ),
  });

/** Everybody who could have a shift instead, and those who could not. */
export const shiftCandidatesQuery = (shiftId: string) =>
  queryOptions({
    queryKey: ["shifts", "candidates", shiftId],
    staleTime: 0,
    queryFn: async ({ signal }): Promise<Candidate[]> => {
      const found = await wholeList(async (cursor) => {
        const page = await answer(
          api.GET("/api/v1/shifts/{shift_id}/candidates", {
            signal,
            params: {
              path: { shift_id: shiftId },
              query: { limit: pageSize, ...(cursor ? { cursor } : {}) },
            },
          }),
        );
        return { ...page, items: page.items.map((one) => ({ ...one, id: one.employee_id })) };
      });
      return found;
    },
  });

/** Shifts of others that a shift could be swapped for, by their start. */
export const swapCandidatesQuery = (shiftId: string) =>
  infiniteQueryOptions({
    queryKey: ["shifts", "swap-candidates", shiftId],
    staleTime: 0,
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/shifts/{shift_id}/swap-candidates", {
          signal,
          params: {
            path: { shift_id: shiftId },
            query: { limit: candidatesPageSize, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

/** Shifts that nobody has yet and that end after an instant, by their start. */
export const openShiftsQuery = (from: string) =>
  queryOptions({
    queryKey: ["open-shifts", "list", from],
    queryFn: ({ signal }): Promise<OpenShift[]> =>
      wholeList((cursor) =>
        answer(
          api.GET("/api/v1/open-shifts", {
            signal,
            params: { query: { from, limit: pageSize, ...(cursor ? { cursor } : {}) } },
          }),
        ),
      ),
  });

/** Which of them one could have, by their id. */
export const eligibilityQuery = (from: string) =>
  queryOptions({
    queryKey: ["open-shifts", "eligibility", from],
    staleTime: 0,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, OpenShiftEligibility>> => {
      const found = await wholeList(async (cursor) => {
        const page = await answer(
          api.GET("/api/v1/open-shifts/eligibility", {
            signal,
            params: { query: { from, limit: pageSize, ...(cursor ? { cursor } : {}) } },
          }),
        );
        return { ...page, items: page.items.map((one) => ({ ...one, id: one.open_shift_id })) };
      });
      return new Map(found.map((one) => [one.open_shift_id, one]));
    },
  });

export interface Team {
  readonly employees: readonly Employee[];
  /** Who of them is signed in; null for somebody who has no shifts. */
  readonly own: Employee | null;
  readonly name: (employeeId: string | null | undefined) => string;
}

/** Everybody who can be on duty, and who of them is signed in. */
export function useTeam() {
  const { person } = useMe();
  const employees = useQuery(employeesQuery);
  const team = useMemo((): Team | null => {
    if (!employees.data) {
      return null;
    }
    const byId = new Map(employees.data.map((one) => [one.id, one]));
    return {
      employees: employees.data,
      own: employees.data.find((one) => one.person_id === person.id) ?? null,
      name: (id) => {
        const found = id ? byId.get(id) : undefined;
        return found ? nameOf(found) : "Somebody";
      },
    };
  }, [employees.data, person.id]);
  return { team, employees };
}

/** In which zone the lab's shifts are told: the one that the roster shows. */
export function useLabPlace(isKnown = true): Place {
  const { person } = useMe();
  const staffing = useQuery({ ...staffingQuery, enabled: isKnown });
  const timeZone = staffing.data?.data.time_zone ?? person.time_zone;
  return useMemo(() => ({ locale: person.locale, timeZone }), [person.locale, timeZone]);
}
