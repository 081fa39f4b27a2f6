/** What one was told, newest first. Fetched when the bell is pressed for the first time. */
import { Button, Loader, Text } from "@mantine/core";
import { IconBell, IconCheck } from "@tabler/icons-react";
import {
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Notification } from "@/api/types";
import { employeesQuery, nameOf } from "@/features/shifts/queries";
import { useLabPlace } from "@/features/shifts/request-queries";
import { dayLabel, dayOf, timeOfDay } from "@/lib/calendar";
import { showFailure } from "@/ui/toasts";
import { booksOf, type Place } from "./navigation";
import classes from "./notification-list.module.css";
import { type Told, told } from "./notification-wording";

const pageSize = 20;

const listQuery = infiniteQueryOptions({
  queryKey: ["notifications", "list"],
  initialPageParam: null as string | null,
  queryFn: ({ signal, pageParam }) =>
    answer(
      api.GET("/api/v1/notifications", {
        signal,
        params: { query: { limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } },
      }),
    ),
  getNextPageParam: (page) => page.next_cursor ?? null,
});

export function NotificationList({
  unread,
  onFollow,
}: {
  unread: number;
  onFollow: (hash?: string) => void;
}) {
  const me = useMe();
  const { modules, person } = me;
  const hasShifts = modules.includes("shifts");
  const place = useLabPlace(hasShifts);
  const list = useInfiniteQuery(listQuery);
  const employees = useQuery({ ...employeesQuery, enabled: hasShifts });
  const mark = useMarkRead();
  const first = useRef<HTMLButtonElement>(null);
  // What keeps the focus inside has looked for it before this was there.
  useEffect(() => first.current?.focus(), []);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const byId = new Map(employees.data?.map((one) => [one.id, one]));
  const reader = {
    own: employees.data?.find((one) => one.person_id === person.id)?.id ?? null,
    name: (id: string | null | undefined) => {
      const found = id ? byId.get(id) : undefined;
      return found ? nameOf(found) : "Somebody";
    },
    place,
  };
  const pages = new Set(booksOf(me).flatMap((book) => book.pages.map(({ to }) => String(to))));
  // A sentence with a name in it waits for the names.
  const isLoading = list.isPending || (employees.isPending && employees.isFetching);
  const today = dayOf(serverClock.now(), place.timeZone);

  return (
    <>
      <div className={classes.head}>
        <Text component="h2" fw={600} size="md">
          Notifications
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          ref={first}
          // Not disabled: whoever pressed it stays on it.
          aria-disabled={unread === 0}
          {...(unread === 0 ? { "data-disabled": true } : {})}
          onClick={() => unread > 0 && mark.mutate(null)}
        >
          Mark all as read
        </Button>
      </div>
      {isLoading ? (
        <div className={classes.notice} role="status" aria-label="Loading notifications">
          <Loader size="sm" type="dots" />
        </div>
      ) : list.data === undefined ? (
        <div className={classes.notice} role="alert">
          <Text size="sm">{explain(list.error)}</Text>
          <Button variant="default" size="compact-sm" onClick={() => void list.refetch()}>
            Retry
          </Button>
        </div>
      ) : items.length === 0 ? (
        <div className={classes.notice}>
          <IconBell size={22} stroke={1.6} aria-hidden />
          <Text size="sm" c="dimmed">
            Nothing yet. What concerns you is told here: your shifts, swaps and leave.
          </Text>
        </div>
      ) : (
        <ul className={classes.list}>
          {items.map((item) => (
            <li key={item.id} className={classes.item} data-unread={item.read_at == null}>
              <Lead
                told={told(item, reader)}
                pages={pages}
                onFollow={() => {
                  if (item.read_at == null) {
                    mark.mutate([item.id]);
                  }
                  onFollow(told(item, reader).hash);
                }}
              >
                <Words item={item} told={told(item, reader)} when={whenOf(item, today, place)} />
              </Lead>
              {item.read_at == null && (
                <button
                  type="button"
                  className={classes.mark}
                  title="Mark as read"
                  aria-label={`Mark as read: ${told(item, reader).text}`}
                  onClick={() => mark.mutate([item.id])}
                >
                  <IconCheck size={16} aria-hidden />
                </button>
              )}
            </li>
          ))}
          {list.hasNextPage && (
            <li className={classes.more}>
              <Button
                variant="subtle"
                size="compact-sm"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                Earlier ones
              </Button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

/** The way to what it is about, where there is one that this person has. */
function Lead({
  told,
  pages,
  onFollow,
  children,
}: {
  told: Told;
  pages: ReadonlySet<string>;
  onFollow: () => void;
  children: ReactNode;
}) {
  if (told.to === null || !pages.has(told.to)) {
    return <div className={classes.words}>{children}</div>;
  }
  return (
    <Link
      to={told.to as Place}
      {...(told.hash ? { hash: told.hash } : {})}
      className={classes.words ?? ""}
      onClick={onFollow}
    >
      {children}
    </Link>
  );
}

function Words({ item, told, when }: { item: Notification; told: Told; when: string }) {
  return (
    <>
      <span className={classes.text}>{told.text}</span>
      <span className={classes.detail}>
        {told.detail !== null && <>{told.detail} · </>}
        <time dateTime={item.updated_at}>{when}</time>
      </span>
    </>
  );
}

function whenOf(
  { updated_at }: Notification,
  today: string,
  place: Parameters<typeof timeOfDay>[1],
): string {
  const day = dayOf(updated_at, place.timeZone);
  const time = timeOfDay(updated_at, place);
  return day === today ? `today, ${time}` : `${dayLabel(day, place.locale)}, ${time}`;
}

function useMarkRead() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[] | null) =>
      answer(
        api.POST("/api/v1/notifications/read", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: ids === null ? {} : { ids },
        }),
      ),
    onSuccess: ({ unread_count }) =>
      queryClient.setQueryData(["notifications", "unread"], unread_count),
    onError: (error) => showFailure("It is still marked as unread", error),
    onSettled: () => refresh(queryClient, "notifications"),
  });
}
