/** What the form of a shift asks for. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { everyPage } from "@/api/whole-list";

/** Leave of an employee that overlaps a half-open range of instants; for managers. */
export const leaveOfEmployeeQuery = (employeeId: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["leave", "of shifts", employeeId, from, to],
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        answer(
          api.GET("/api/v1/leave-requests", {
            signal,
            params: { query: { employee_id: [employeeId], from, to, limit: 200, ...cursor } },
          }),
        ),
      ),
  });

/** When an employee cannot or would rather work; for managers. */
export const availabilityOfEmployeeQuery = (employeeId: string) =>
  queryOptions({
    queryKey: ["availability", "of shifts", employeeId],
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        answer(
          api.GET("/api/v1/availability", {
            signal,
            params: { query: { employee_id: [employeeId], limit: 200, ...cursor } },
          }),
        ),
      ),
  });
