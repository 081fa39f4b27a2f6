/** What the pages of leave and availability ask the server for. Lists are read to their end. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { Availability, LeaveRequest, LeaveStatus, Shift } from "@/api/types";
import { wholeList } from "@/api/whole-list";
import { pageSize } from "./queries";

export interface LeaveFilter {
  /** An instant or date; leave that ends after it. */
  readonly from?: string;
  /** Leave that starts before it. */
  readonly to?: string;
  readonly status?: LeaveStatus;
  readonly employeeId?: string | undefined;
}

/** Leave by its start: one's own, for managers everybody's. */
export const leaveQuery = ({ from, to, status, employeeId }: LeaveFilter) =>
  queryOptions({
    queryKey: ["leave", "list", { from, to, status, employeeId }],
    queryFn: ({ signal }): Promise<LeaveRequest[]> =>
      wholeList((cursor) =>
        answer(
          api.GET("/api/v1/leave-requests", {
            signal,
            params: {
              query: {
                limit: pageSize,
                ...(from ? { from } : {}),
                ...(to ? { to } : {}),
                ...(status ? { status } : {}),
                ...(employeeId ? { employee_id: [employeeId] } : {}),
                ...(cursor ? { cursor } : {}),
              },
            },
          }),
        ),
      ),
  });

/** When people cannot work, or would rather; the oldest entry first. */
export const availabilityQuery = queryOptions({
  queryKey: ["availability"],
  queryFn: ({ signal }): Promise<Availability[]> =>
    wholeList((cursor) =>
      answer(
        api.GET("/api/v1/availability", {
          signal,
          params: { query: { limit: pageSize, ...(cursor ? { cursor } : {}) } },
        }),
      ),
    ),
});

/** So many shifts that leave would meet are named. */
export const mostShiftsNamed = 5;

/** The first shifts of an employee that overlap a span, and whether there are more. */
export const shiftsDuringQuery = (employeeId: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["shifts", "during", employeeId, from, to],
    queryFn: async ({ signal }): Promise<{ shifts: Shift[]; hasMore: boolean }> => {
      const page = await answer(
        api.GET("/api/v1/shifts", {
          signal,
          params: { query: { employee_id: [employeeId], from, to, limit: mostShiftsNamed } },
        }),
      );
      return { shifts: page.items, hasMore: page.next_cursor !== null };
    },
  });
