/** What people mean to work, and how far along they are: what pages ask of the API about targets. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { TargetProgress } from "@/api/types";

export type DayProgress = TargetProgress["days"][number];

/** The progress over the days from `from` up to, not including, `to`. */
export const targetProgressQuery = (
  personId: string,
  from: string,
  to: string,
  timeZone: string,
  cut: "start_day" | "split" = "start_day",
) =>
  queryOptions({
    // Begins as the lists do: whatever changes sessions changes how far along one is.
    queryKey: ["sessions", "targets", personId, from, to, timeZone, cut],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/targets/progress", {
          signal,
          params: { query: { person_id: personId, from, to, time_zone: timeZone, cut } },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export interface Targets {
  /** The whole answer; absent while it loads. */
  readonly progress: TargetProgress | undefined;
  /** Whether any of the days has a target, of its own or by its week. */
  readonly hasTargets: boolean;
  /** Target, share of the week's and tracked seconds of one of the days. */
  readonly day: (date: string) => DayProgress | undefined;
}

/**
 * The targets of the days from `from` up to, not including, `to` (dates, at most 400 days), with
 * what was tracked of them. What runs is not in it; add its seconds where they are shown.
 */
export function useTargets(
  from: string,
  to: string,
  {
    personId,
    cut = "start_day",
    enabled = true,
  }: { personId?: string | undefined; cut?: "start_day" | "split"; enabled?: boolean } = {},
): Targets {
  const { person } = useMe();
  const { timeZone } = usePlace();
  const { data: progress } = useQuery({
    ...targetProgressQuery(personId ?? person.id, from, to, timeZone, cut),
    enabled,
  });
  return useMemo(() => {
    const days = new Map(progress?.days.map((day) => [day.date, day]));
    return {
      progress,
      hasTargets: progress?.target_seconds != null,
      day: (date) => days.get(date),
    };
  }, [progress]);
}
