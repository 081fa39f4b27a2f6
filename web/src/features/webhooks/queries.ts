/** What the server is asked about webhooks. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { WebhookDelivery } from "@/api/types";

export const webhooksKey = ["webhooks"];

export const webhooksQuery = infiniteQueryOptions({
  queryKey: webhooksKey,
  initialPageParam: null as string | null,
  queryFn: ({ signal, pageParam }) =>
    answer(
      api.GET("/api/v1/webhooks", {
        signal,
        params: { query: { limit: 100, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  getNextPageParam: (page) => page.next_cursor ?? null,
});

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhook", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}", {
          signal,
          params: { path: { webhook_id: id } },
        }),
      ),
  });

export type DeliveryStatus = WebhookDelivery["status"];

export const deliveriesQuery = (id: string, status: DeliveryStatus | null) =>
  infiniteQueryOptions({
    queryKey: ["webhook-deliveries", id, status],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/webhooks/{webhook_id}/deliveries", {
          signal,
          params: {
            path: { webhook_id: id },
            query: {
              ...(status === null ? {} : { status }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
    // What is under way is looked at again until it has arrived.
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.items.some(({ status }) => status === "pending") ? 2000 : false,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["webhook-delivery", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/webhook-deliveries/{delivery_id}", {
          signal,
          params: { path: { delivery_id: id } },
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? 2000 : false),
  });
