import {
  Alert,
  Badge,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconArrowLeft, IconSend, IconWebhook } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { Webhook, WebhookDelivery } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { Secret } from "@/ui/secret";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { DeliveryDialog } from "./delivery-dialog";
import { type DeliveryStatus, deliveriesQuery, webhookQuery, webhooksKey } from "./queries";
import { EditWebhook } from "./webhook-form";
import classes from "./webhooks.module.css";
import { eventCount, isInTrouble, statusOf, whose, whyOff } from "./wording";

/** One webhook: what it is told, whether that arrives, and what was sent in the last 30 days. */
export function WebhookPage({
  webhookId,
  backLink,
  onDeleted,
}: {
  webhookId: string;
  backLink: (children: ReactNode, className: string) => ReactNode;
  onDeleted: () => void;
}) {
  usePageTitle("Webhook");
  const webhook = useQuery(webhookQuery(webhookId));
  return (
    <Stack gap="md">
      <div>
        {backLink(
          <>
            <IconArrowLeft size={15} aria-hidden /> All webhooks
          </>,
          classes.back ?? "",
        )}
      </div>
      {webhook.isPending ? (
        <Skeleton height={220} radius="lg" />
      ) : webhook.isError ? (
        <LoadFailure
          what="The webhook"
          error={webhook.error}
          retry={() => void webhook.refetch()}
          retrying={webhook.isFetching}
        />
      ) : (
        <>
          <About webhook={webhook.data} onDeleted={onDeleted} />
          <Deliveries webhook={webhook.data} />
        </>
      )}
    </Stack>
  );
}

type Question = "edit" | "secret" | "delete" | null;

function About({ webhook, onDeleted }: { webhook: Webhook; onDeleted: () => void }) {
  const place = usePlace();
  const { person } = useMe();
  const queryClient = useQueryClient();
  const [question, setQuestion] = useState<Question>(null);
  const off = whyOff(webhook);
  const former = webhook.former_secret_until ?? null;
  const success = webhook.last_success_at ?? null;
  const failure = webhook.last_failure_at ?? null;

  const onSettled = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: webhookQuery(webhook.id).queryKey }),
      queryClient.invalidateQueries({ queryKey: ["webhook-deliveries", webhook.id] }),
      queryClient.invalidateQueries({ queryKey: webhooksKey }),
    ]);
  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/webhooks/{webhook_id}/test", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          params: { path: { webhook_id: webhook.id } },
        }),
      ),
    onSuccess: () => showDone("The test event is on its way."),
    onError: (error) => showFailure("Couldn’t send a test event", error, () => test.mutate()),
    onSettled,
  });
  const toggle = useMutation({
    mutationFn: (enabled: boolean) =>
      answer(
        api.PATCH("/api/v1/webhooks/{webhook_id}", {
          params: { path: { webhook_id: webhook.id } },
          body: { enabled },
        }),
      ),
    onSuccess: (_changed, enabled) => {
      if (enabled) {
        showDone("The webhook is on.");
      } else {
        showUndo("The webhook is off.", () => toggle.mutate(true));
      }
    },
    onError: (error, enabled) =>
      showFailure(`Couldn’t switch it ${enabled ? "on" : "off"}`, error, () =>
        toggle.mutate(enabled),
      ),
    onSettled,
  });

  return (
    <section className={classes.card} aria-label="About the webhook">
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Title order={2} size="h3" className={classes.whole ?? ""}>
            {webhook.description || "Webhook"}
          </Title>
          <Badge
            flex="none"
            variant="dot"
            color={isInTrouble(webhook) ? "safranin" : off === null ? "teal" : "gray"}
          >
            {isInTrouble(webhook) ? "Failing" : off === null ? "On" : "Off"}
          </Badge>
        </Group>
        {off !== null && (
          <Alert color={isInTrouble(webhook) ? "safranin" : "gray"} variant="light" role="status">
            {off} While it is off, nothing is kept for it. Switch it on when the receiver is ready,
            and deliver again from the log what it missed.
          </Alert>
        )}
        <dl className={classes.facts}>
          <dt>Address</dt>
          <dd>{webhook.url}</dd>
          <dt>Tells of</dt>
          <dd>{`${whose(webhook, person.id)}, ${eventCount(webhook)}`}</dd>
          <dt>Last delivered</dt>
          <dd>{success === null ? "Nothing yet" : dateAndTime(success, place)}</dd>
          {failure !== null && (
            <>
              <dt>Last failure</dt>
              <dd>{dateAndTime(failure, place)}</dd>
            </>
          )}
          {former !== null && (
            <>
              <dt>Former secret</dt>
              <dd>{`Signs as well until ${dateAndTime(former, place)}`}</dd>
            </>
          )}
        </dl>
        <Group gap="xs">
          {off === null && (
            <Button
              leftSection={<IconSend size={16} aria-hidden />}
              loading={test.isPending}
              onClick={() => test.mutate()}
            >
              Send test event
            </Button>
          )}
          <Button
            variant={off === null ? "default" : "filled"}
            loading={toggle.isPending}
            onClick={() => toggle.mutate(off !== null)}
          >
            {off === null ? "Switch off" : "Switch on"}
          </Button>
          <Button variant="default" onClick={() => setQuestion("edit")}>
            Edit
          </Button>
          <Button variant="default" onClick={() => setQuestion("secret")}>
            New secret
          </Button>
          <Button variant="default" onClick={() => setQuestion("delete")}>
            Delete
          </Button>
        </Group>
      </Stack>
      {question === "edit" && (
        <EditWebhook webhook={webhook} isOpen close={() => setQuestion(null)} />
      )}
      <ReplaceSecret
        webhook={webhook}
        isOpen={question === "secret"}
        close={() => setQuestion(null)}
      />
      <DeleteWebhook
        webhook={webhook}
        isOpen={question === "delete"}
        close={() => setQuestion(null)}
        onDeleted={onDeleted}
      />
    </section>
  );
}

function ReplaceSecret({
  webhook,
  isOpen,
  close,
}: {
  webhook: Webhook;
  isOpen: boolean;
  close: () => void;
}) {
  const queryClient = useQueryClient();
  const replace = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/webhooks/{webhook_id}/secret", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          params: { path: { webhook_id: webhook.id } },
        }),
      ),
    onError: (error) => showFailure("Couldn’t replace the secret", error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: webhookQuery(webhook.id).queryKey }),
  });

  function leave() {
    close();
    replace.reset();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={leave}
      title={replace.data ? "Your new secret" : "Make a new secret?"}
      isSticky={replace.data !== undefined}
    >
      <Stack>
        {replace.data ? (
          <>
            <Text size="sm">
              Give it to the receiver within 24 hours; until then requests carry a signature of the
              former secret as well.
            </Text>
            <Secret value={replace.data.secret} what="secret" />
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                Done
              </Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="sm">
              The present secret goes on signing for 24 hours beside the new one, and then ends.
            </Text>
            <Group justify="flex-end" gap="xs">
              <Button variant="subtle" color="gray" onClick={leave}>
                Keep it
              </Button>
              <Button loading={replace.isPending} onClick={() => replace.mutate()}>
                Make new secret
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Dialog>
  );
}

function DeleteWebhook({
  webhook,
  isOpen,
  close,
  onDeleted,
}: {
  webhook: Webhook;
  isOpen: boolean;
  close: () => void;
  onDeleted: () => void;
}) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/v1/webhooks/{webhook_id}", {
          params: { path: { webhook_id: webhook.id } },
        }),
      ),
    onSuccess: () => {
      showDone("Deleted the webhook.");
      onDeleted();
      return queryClient.invalidateQueries({ queryKey: webhooksKey });
    },
    onError: (error) => showFailure("Couldn’t delete the webhook", error),
  });
  return (
    <Dialog isOpen={isOpen} onClose={close} title="Delete this webhook?">
      <Stack>
        <Text size="sm">
          Nothing is sent to it any more, and its log goes too. This can’t be undone.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button color="safranin" loading={remove.isPending} onClick={() => remove.mutate()}>
            Delete webhook
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

const tones = { delivered: "teal", failed: "safranin", pending: "gray" } as const;

function Deliveries({ webhook }: { webhook: Webhook }) {
  const place = usePlace();
  const [status, setStatus] = useState<DeliveryStatus | null>(null);
  const [shown, setShown] = useState<WebhookDelivery | null>(null);
  const deliveries = useInfiniteQuery(deliveriesQuery(webhook.id, status));
  const items = deliveries.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="sm" component="section" aria-label="Deliveries">
      <Group justify="space-between" align="flex-end">
        <Title order={3} size="h4">
          Deliveries
        </Title>
        <NativeSelect
          aria-label="Show"
          data={[
            { value: "", label: "All of the last 30 days" },
            { value: "pending", label: "Waiting" },
            { value: "failed", label: "Failed" },
            { value: "delivered", label: "Delivered" },
          ]}
          value={status ?? ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setStatus(value === "" ? null : (value as DeliveryStatus));
          }}
        />
      </Group>
      {deliveries.isPending ? (
        <Skeleton height={160} radius="lg" />
      ) : deliveries.isError && items.length === 0 ? (
        <LoadFailure
          what="The deliveries"
          error={deliveries.error}
          retry={() => void deliveries.refetch()}
          retrying={deliveries.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconWebhook size={26} stroke={1.6} aria-hidden />}
          title={status === null ? "Nothing was sent yet" : "Nothing of that kind"}
        >
          {status === null
            ? "Send a test event, or start the timer."
            : "Choose another kind to see the rest of the log."}
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((delivery) => (
            <li key={delivery.id} className={classes.entry}>
              <button type="button" className={classes.delivery} onClick={() => setShown(delivery)}>
                <span className={classes.name}>{delivery.event_type}</span>
                <Text component="span" size="sm" c="dimmed">
                  {dateAndTime(delivery.occurred_at, place)}
                </Text>
                <Badge variant="dot" color={tones[delivery.status]} component="span">
                  {statusOf(delivery)}
                  {typeof delivery.status_code === "number" && ` · ${delivery.status_code}`}
                </Badge>
              </button>
            </li>
          ))}
        </ul>
      )}
      {deliveries.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={deliveries.isFetchingNextPage}
            onClick={() => void deliveries.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
      {shown && (
        <DeliveryDialog
          delivery={shown}
          canDeliver={(webhook.disabled_at ?? null) === null}
          close={() => setShown(null)}
        />
      )}
    </Stack>
  );
}
