import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { OverviewChoice } from "./overview-choice";
import { given } from "./queries";
import { writeRounding } from "./rounding";

/** What the report is about; the person's own zone and start of the week are the server's to know. */
export interface ReportRequest
  extends Pick<OverviewChoice, "period" | "split" | "narrow" | "rounding"> {
  readonly date: string;
  readonly grouping: OverviewChoice["grouping"] | "none";
  /** Whose; null for everybody. */
  readonly personId: string | null;
}

/** A report with what it was asked for, so that a paler one of before is drawn as what it is. */
export const hoursReportQuery = (request: ReportRequest) =>
  queryOptions({
    queryKey: ["sessions", "report", request],
    queryFn: async ({ signal }) => ({
      request,
      report: await answer(
        api.GET("/api/v1/reports/hours", {
          signal,
          params: {
            query: {
              period: request.period,
              date: request.date,
              group_by: request.grouping,
              cut: request.split ? "split" : "start_day",
              ...(request.personId === null ? {} : { person_id: request.personId }),
              ...given(request.narrow),
              ...writeRounding(request.rounding),
            },
          },
        }),
      ),
    }),
    placeholderData: keepPreviousData,
  });

/** A person of the organisation, for the name; managers and above may ask. */
export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ["people", id],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/people/{person_id}", { signal, params: { path: { person_id: id } } }),
      ),
  });
