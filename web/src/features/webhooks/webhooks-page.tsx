import { Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import type { Webhook } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { webhooksQuery } from "./queries";
import { CreateWebhook } from "./webhook-form";
import classes from "./webhooks.module.css";
import { eventCount, isInTrouble, whose, whyOff } from "./wording";

export type WebhookLink = (id: string, children: ReactNode, className: string) => ReactNode;

/** Addresses outside that are told what happens to sessions. */
export function WebhooksPage({ webhookLink }: { webhookLink: WebhookLink }) {
  usePageTitle("Webhooks");
  const webhooks = useInfiniteQuery(webhooksQuery);
  const [isCreating, setCreating] = useState(false);
  const items = webhooks.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2} size="h3">
            Webhooks
          </Title>
          <Text size="sm" c="dimmed" mt={4} maw="34rem">
            When a session is started, stopped, changed or deleted, Benchbook tells an address of
            yours with a signed request.
          </Text>
        </div>
        <Button
          flex="none"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setCreating(true)}
        >
          New webhook
        </Button>
      </Group>
      {webhooks.isPending ? (
        <Skeleton height={140} radius="lg" />
      ) : webhooks.isError && items.length === 0 ? (
        <LoadFailure
          what="The webhooks"
          error={webhooks.error}
          retry={() => void webhooks.refetch()}
          retrying={webhooks.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconWebhook size={26} stroke={1.6} aria-hidden />}
          title="No webhooks yet"
        >
          Create one to feed a chat, an automation or a program of your own.
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} webhookLink={webhookLink} />
          ))}
        </ul>
      )}
      {webhooks.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={webhooks.isFetchingNextPage}
            onClick={() => void webhooks.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
      <CreateWebhook isOpen={isCreating} close={() => setCreating(false)} />
    </Stack>
  );
}

function WebhookRow({ webhook, webhookLink }: { webhook: Webhook; webhookLink: WebhookLink }) {
  const place = usePlace();
  const { person } = useMe();
  const success = webhook.last_success_at ?? null;
  const off = whyOff(webhook);
  return (
    <li className={classes.item}>
      <div className={classes.grow}>
        {webhookLink(webhook.id, webhook.description || webhook.url, classes.address ?? "")}
        {webhook.description && (
          <Text size="sm" truncate>
            {webhook.url}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {`${whose(webhook, person.id)}, ${eventCount(webhook)} · `}
          {off ??
            (success === null
              ? "nothing delivered yet"
              : `last delivered ${dateAndTime(success, place)}`)}
        </Text>
      </div>
      <Badge
        variant="dot"
        color={isInTrouble(webhook) ? "safranin" : off === null ? "teal" : "gray"}
      >
        {isInTrouble(webhook) ? "Failing" : off === null ? "On" : "Off"}
      </Badge>
    </li>
  );
}
