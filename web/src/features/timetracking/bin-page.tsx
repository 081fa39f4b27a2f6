import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconRestore, IconTrashOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMe, usePlace } from "@/api/me";
import { dateAndTime, dayOf, shortDate } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import classes from "./bin-page.module.css";
import { binQuery } from "./queries";
import { useRestoreSession } from "./session-actions";

const daysKept = 30;

/** Deleted sessions, each of which can be had back for thirty days. */
export function BinPage() {
  usePageTitle("Bin");
  const { person } = useMe();
  const place = usePlace();
  const bin = useInfiniteQuery(binQuery(person.id));
  const restore = useRestoreSession();
  const items = bin.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Stack gap="lg">
      <div>
        <Title order={1}>Bin</Title>
        <Text c="dimmed" size="sm" mt={4}>
          Deleted sessions stay here for {daysKept} days, and count nowhere.
        </Text>
      </div>
      {bin.isPending ? (
        <Stack gap="xs" role="status" aria-label="Loading the bin">
          {[0, 1, 2].map((row) => (
            <Skeleton key={row} height={56} radius="md" />
          ))}
        </Stack>
      ) : bin.isError && items.length === 0 ? (
        <LoadFailure
          what="The bin"
          error={bin.error}
          retry={() => void bin.refetch()}
          retrying={bin.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconTrashOff size={26} stroke={1.6} aria-hidden />}
          title="The bin is empty"
        >
          A session that you delete comes here, in case you want it back.
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((session) => {
            const isBusy = restore.isPending && restore.variables.id === session.id;
            return (
              <li key={session.id} className={classes.row}>
                <div className={classes.what}>
                  <Text fw={500} truncate {...(session.name === "" ? { fs: "italic" } : {})}>
                    {session.name || "Untitled session"}
                  </Text>
                  <Text size="sm" c="dimmed" className="tabular">
                    {dateAndTime(session.started_at, place)}
                    {session.deleted_at &&
                      ` · gone for good after ${shortDate(
                        dayOf(
                          Date.parse(session.deleted_at) + daysKept * 86_400_000,
                          place.timeZone,
                        ),
                        place.locale,
                      )}`}
                  </Text>
                </div>
                <time className={classes.duration} dateTime={isoDuration(session.duration_seconds)}>
                  {clockDuration(session.duration_seconds)}
                </time>
                <Button
                  variant="default"
                  size="sm"
                  leftSection={<IconRestore size={16} aria-hidden />}
                  aria-label={`Restore ${session.name || "untitled session"}`}
                  loading={isBusy}
                  onClick={() => restore.mutate(session)}
                >
                  Restore
                </Button>
              </li>
            );
          })}
        </ul>
      )}
      {bin.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={bin.isFetchingNextPage}
            onClick={() => void bin.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
    </Stack>
  );
}
