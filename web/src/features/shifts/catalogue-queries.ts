/** What a roster is planned with: few enough to be read whole, archived ones too. */
import { queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api } from "@/api/client";
import type { DeletedEmployee, Location, Position, Skill } from "@/api/types";
import { wholeList } from "@/api/whole-list";
import { pageSize } from "./queries";

const staleTime = 60_000;
const pageAfter = (cursor: string | undefined) => ({
  query: { limit: pageSize, ...(cursor ? { cursor } : {}) },
});

export const skillsQuery = queryOptions({
  queryKey: ["skills"],
  staleTime,
  queryFn: ({ signal }): Promise<Skill[]> =>
    wholeList((cursor) => answer(api.GET("/api/v1/skills", { signal, params: pageAfter(cursor) }))),
});

export const positionsQuery = queryOptions({
  queryKey: ["positions"],
  staleTime,
  queryFn: ({ signal }): Promise<Position[]> =>
    wholeList((cursor) =>
      answer(api.GET("/api/v1/positions", { signal, params: pageAfter(cursor) })),
    ),
});

export const locationsQuery = queryOptions({
  queryKey: ["locations"],
  staleTime,
  queryFn: ({ signal }): Promise<Location[]> =>
    wholeList((cursor) =>
      answer(api.GET("/api/v1/locations", { signal, params: pageAfter(cursor) })),
    ),
});

/** Whether approved leave blocks shifts, with the version that a change of it names. */
export const leaveSettingsQuery = queryOptions({
  queryKey: ["leave", "settings"],
  queryFn: ({ signal }) => answerWithVersion(api.GET("/api/v1/leave-settings", { signal })),
});

/** Who was deleted in the last 30 days; for managers. */
export const deletedEmployeesQuery = queryOptions({
  queryKey: ["employees", "deleted"],
  queryFn: ({ signal }): Promise<DeletedEmployee[]> =>
    wholeList((cursor) =>
      answer(api.GET("/api/v1/employees/deleted", { signal, params: pageAfter(cursor) })),
    ),
});
