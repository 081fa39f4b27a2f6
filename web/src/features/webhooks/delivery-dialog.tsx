import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { WebhookDelivery } from "@/api/types";
import { dateAndTime, timeOfDay } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { showDone, showFailure } from "@/ui/toasts";
import { deliveryQuery } from "./queries";
import classes from "./webhooks.module.css";
import { statusOf } from "./wording";

/** One delivery: what was sent, each attempt, and a way to send it again. */
export function DeliveryDialog({
  delivery,
  canDeliver,
  close,
}: {
  delivery: WebhookDelivery;
  canDeliver: boolean;
  close: () => void;
}) {
  const place = usePlace();
  const queryClient = useQueryClient();
  const query = useQuery(deliveryQuery(delivery.id));
  const again = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/webhook-deliveries/{delivery_id}/redelivery", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          params: { path: { delivery_id: delivery.id } },
        }),
      ),
    onSuccess: () => showDone("It is on its way again."),
    onError: (error) => showFailure("Couldn’t deliver it again", error, () => again.mutate()),
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: deliveryQuery(delivery.id).queryKey }),
        queryClient.invalidateQueries({ queryKey: ["webhook-deliveries", delivery.webhook_id] }),
      ]),
  });
  const whole = query.data;
  const next = whole?.next_attempt_at ?? null;
  return (
    <Dialog isOpen onClose={close} title={delivery.event_type}>
      <Stack gap="sm">
        {whole ? (
          <>
            <Text size="sm" role="status">
              {statusOf(whole)}
              {next !== null && whole.attempts > 0 && `, next at ${timeOfDay(next, place, true)}`}
              {" · "}
              {whole.attempts === 1 ? "1 attempt" : `${whole.attempts} attempts`}
            </Text>
            <Title order={3} size="h5">
              Body
            </Title>
            {/* Scrollable, so it takes the focus for whoever has no mouse. */}
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
            <pre className={classes.code} tabIndex={0}>
              {JSON.stringify(whole.body, null, 2)}
            </pre>
            {whole.log.length > 0 && (
              <Title order={3} size="h5">
                Attempts
              </Title>
            )}
            {whole.log.map((attempt) => (
              <div key={attempt.attempted_at}>
                <Text size="sm">
                  {`${dateAndTime(attempt.attempted_at, place)} · `}
                  {attempt.failure ?? `Answered ${attempt.status_code ?? ""}.`}
                  {` ${attempt.duration_ms} ms`}
                </Text>
                {attempt.response_body !== "" && (
                  <pre className={classes.code}>{attempt.response_body}</pre>
                )}
              </div>
            ))}
          </>
        ) : query.isError ? (
          <Text size="sm" role="alert">
            {explain(query.error)}
          </Text>
        ) : (
          <Skeleton height={180} radius="md" />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Close
          </Button>
          <Button
            variant="default"
            disabled={!canDeliver}
            loading={again.isPending}
            onClick={() => again.mutate()}
          >
            Deliver again
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
