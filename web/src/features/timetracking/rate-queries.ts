import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { Rate } from "@/api/types";

/** All rates that one may see, past ones and ones to come: few enough to be read whole. */
export const ratesQuery = queryOptions({
  queryKey: ["rates"],
  queryFn: async ({ signal }) => {
    const rates: Rate[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: { items: Rate[]; next_cursor?: string | null } = await answer(
        api.GET("/api/v1/rates", {
          signal,
          params: { query: { limit: 500, ...(cursor === null ? {} : { cursor }) } },
        }),
      );
      rates.push(...page.items);
      cursor = page.next_cursor ?? null;
      if (cursor === null) {
        return rates;
      }
    }
  },
});

/** The currency, and whether members see what their own hours are charged with. */
export const billingSettingsQuery = queryOptions({
  queryKey: ["billing-settings"],
  staleTime: 60_000,
  queryFn: ({ signal }) => answer(api.GET("/api/v1/billing-settings", { signal })),
});
