import {
  Alert,
  Anchor,
  Button,
  Group,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconCalendarPlus, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { CalendarFeed, CalendarFeedWithAddress } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { Secret } from "@/ui/secret";
import { showDone, showFailure } from "@/ui/toasts";
import classes from "./settings.module.css";

const feedsKey = ["calendar-feeds"];

/** Addresses under which calendar applications read a person's hours. */
export function CalendarFeedsPage() {
  usePageTitle("Calendar feeds");
  const feeds = useInfiniteQuery({
    queryKey: feedsKey,
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/calendar-feeds", {
          signal,
          params: { query: pageParam === null ? {} : { cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
  const [isCreating, setCreating] = useState(false);
  const [replacing, setReplacing] = useState<CalendarFeed | null>(null);
  const [revoking, setRevoking] = useState<CalendarFeed | null>(null);
  const items = feeds.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2} size="h3">
            Calendar feeds
          </Title>
          <Text size="sm" c="dimmed" mt={4} maw="34rem">
            Subscribe to your hours in Apple Calendar, Google Calendar, Outlook or Thunderbird. Each
            feed shows what you saved in the last twelve months.
          </Text>
        </div>
        <Button
          flex="none"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setCreating(true)}
        >
          New feed
        </Button>
      </Group>
      {feeds.isPending ? (
        <Skeleton height={120} radius="lg" />
      ) : feeds.isError && items.length === 0 ? (
        <LoadFailure
          what="Your calendar feeds"
          error={feeds.error}
          retry={() => void feeds.refetch()}
          retrying={feeds.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconCalendarPlus size={26} stroke={1.6} aria-hidden />}
          title="No calendar feeds yet"
        >
          Create one for each calendar application, so that you can revoke them one by one.
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((feed) => (
            <FeedRow
              key={feed.id}
              feed={feed}
              onReplace={() => setReplacing(feed)}
              onRevoke={() => setRevoking(feed)}
            />
          ))}
        </ul>
      )}
      {feeds.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={feeds.isFetchingNextPage}
            onClick={() => void feeds.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
      <CreateFeed isOpen={isCreating} close={() => setCreating(false)} />
      <ReplaceAddress feed={replacing} close={() => setReplacing(null)} />
      <RevokeFeed feed={revoking} close={() => setRevoking(null)} />
    </Stack>
  );
}

function FeedRow({
  feed,
  onReplace,
  onRevoke,
}: {
  feed: CalendarFeed;
  onReplace: () => void;
  onRevoke: () => void;
}) {
  const place = usePlace();
  const lastUsed = feed.last_used_at ?? null;
  return (
    <li className={classes.item}>
      <div className={classes.grow}>
        <Text fw={550} truncate>
          {feed.name}
        </Text>
        <Text size="sm" c="dimmed">
          {`Address made ${dateAndTime(feed.address_made_at, place)} · `}
          {lastUsed === null ? "not read yet" : `last read ${dateAndTime(lastUsed, place)}`}
        </Text>
      </div>
      <Button
        variant="default"
        size="sm"
        aria-label={`New address for ${feed.name}`}
        onClick={onReplace}
      >
        New address
      </Button>
      <Button variant="default" size="sm" aria-label={`Revoke ${feed.name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

function CreateFeed({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/calendar-feeds", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: { name: name.trim() },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: feedsKey }),
  });
  const problem = create.error instanceof Problem ? create.error : null;

  function leave() {
    close();
    create.reset();
    setName("");
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={leave}
      title={create.data ? "Your new feed" : "New calendar feed"}
      isSticky={create.data !== undefined}
    >
      {create.data ? (
        <Address feed={create.data} leave={leave} />
      ) : (
        <form onSubmit={submit} aria-label="New calendar feed">
          <Stack>
            <TextInput
              label="Name"
              description="Where you will subscribe to it, so that you recognise it later."
              placeholder="Phone, Outlook at work …"
              required
              withAsterisk={false}
              maxLength={100}
              data-autofocus
              value={name}
              error={problem?.field("name")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {create.error && !problem?.field("name") && (
              <Alert color="safranin" variant="light" role="alert">
                {explain(create.error)}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="subtle" color="gray" onClick={leave}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
                Create feed
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

/** The address, this once, and how to use it. */
function Address({ feed, leave }: { feed: CalendarFeedWithAddress; leave: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        Subscribe to this address in your calendar application as <strong>{feed.name}</strong>.
        Whoever has it can read your hours, so treat it like a password.
      </Text>
      <Secret value={feed.url} what="address" />
      <Text size="sm">
        On this device you can{" "}
        <Anchor href={feed.url.replace(/^https?:/, "webcal:")} size="sm" underline="always">
          open it in the calendar application
        </Anchor>{" "}
        directly.
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={leave}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}

function ReplaceAddress({ feed, close }: { feed: CalendarFeed | null; close: () => void }) {
  const queryClient = useQueryClient();
  const replace = useMutation({
    mutationFn: ({ id }: CalendarFeed) =>
      answer(
        api.POST("/api/v1/calendar-feeds/{feed_id}/address", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          params: { path: { feed_id: id } },
        }),
      ),
    onError: (error, { name }) => showFailure(`Couldn’t replace the address of “${name}”`, error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: feedsKey }),
  });

  function leave() {
    close();
    replace.reset();
  }

  return (
    <Dialog
      isOpen={feed !== null}
      onClose={leave}
      title={replace.data ? "Your new address" : "Make a new address?"}
      isSticky={replace.data !== undefined}
    >
      {replace.data ? (
        <Address feed={replace.data} leave={leave} />
      ) : (
        <Stack>
          <Text size="sm">
            The present address of <strong>{feed?.name}</strong> stops working at once. The new one
            has to be entered in the calendar application.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={leave}>
              Keep it
            </Button>
            <Button loading={replace.isPending} onClick={() => feed && replace.mutate(feed)}>
              Make new address
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

function RevokeFeed({ feed, close }: { feed: CalendarFeed | null; close: () => void }) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: ({ id }: CalendarFeed) =>
      answer(api.DELETE("/api/v1/calendar-feeds/{feed_id}", { params: { path: { feed_id: id } } })),
    onSuccess: (_nothing, { name }) => {
      showDone(`Revoked “${name}”.`);
      close();
    },
    onError: (error, { name }) => showFailure(`Couldn’t revoke “${name}”`, error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: feedsKey }),
  });
  return (
    <Dialog isOpen={feed !== null} onClose={close} title="Revoke this feed?">
      <Stack>
        <Text size="sm">
          Calendars that subscribe to <strong>{feed?.name}</strong> get no more of your hours. This
          can’t be undone.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button
            color="safranin"
            loading={revoke.isPending}
            onClick={() => feed && revoke.mutate(feed)}
          >
            Revoke feed
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
