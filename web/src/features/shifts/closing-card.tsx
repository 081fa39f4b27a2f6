import { Alert, Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { ShiftClosing } from "@/api/types";
import { addDays, dayOf, shortDate } from "@/lib/calendar";
import { LoadFailure } from "@/ui/notices";
import { useCloseShifts } from "./catalogue-actions";
import { shiftClosingQuery } from "./queries";
import classes from "./shift-settings.module.css";

/** Up to when shifts do not change any more: moved on by managers, and back by admins. */
export function ClosingCard() {
  const closing = useQuery(shiftClosingQuery);
  return (
    <section className={classes.card} aria-label="Closed days">
      <Title order={2} size="h3">
        Closed days
      </Title>
      <Text size="sm" c="dimmed" mt={4}>
        Shifts that were worked and paid stay what they are: none is added, changed, moved or
        deleted up to the last closed day.
      </Text>
      {closing.data ? (
        <ClosingForm
          key={closing.data.data.closed_until}
          closing={closing.data.data}
          version={closing.data.version}
        />
      ) : closing.isError ? (
        <LoadFailure
          what="What is closed"
          error={closing.error}
          retry={() => void closing.refetch()}
          retrying={closing.isFetching}
        />
      ) : (
        <Skeleton height={88} mt="sm" role="status" aria-label="Loading what is closed" />
      )}
    </section>
  );
}

function ClosingForm({ closing, version }: { closing: ShiftClosing; version: string | null }) {
  const { role, person } = useMe();
  const mayOpen = role === "owner" || role === "admin";
  const today = dayOf(serverClock.now(), closing.time_zone);
  const set = useCloseShifts(mayOpen);
  const until = closing.closed_until ?? null;
  const [day, setDay] = useState(until ?? endOfLastMonth(today));
  const isEarlier = until !== null && day < until;
  const problem = set.error instanceof Problem ? set.error : null;
  const trouble = problem?.field("closed_until") ?? null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (day !== "" && day !== until) {
      set.mutate({ closing, version, until: day });
    }
  }

  return (
    <form onSubmit={submit} aria-label="Closed days">
      <Stack gap="sm" mt="sm">
        <Text fw={550}>
          {until === null
            ? "No day is closed."
            : `Closed until ${shortDate(until, person.locale)}, in ${closing.time_zone.replaceAll("_", " ")}`}
        </Text>
        {closing.archived_before && (
          <Text size="sm" c="dimmed">
            Months before{" "}
            {shortDate(dayOf(closing.archived_before, closing.time_zone), person.locale)} are
            archived, and closed for good.
          </Text>
        )}
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Last closed day"
            type="date"
            required
            withAsterisk={false}
            min={mayOpen ? undefined : (until ?? undefined)}
            max={addDays(today, -1)}
            value={day}
            error={trouble}
            onChange={(event) => setDay(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            leftSection={
              isEarlier ? (
                <IconLockOpen size={16} aria-hidden />
              ) : (
                <IconLock size={16} aria-hidden />
              )
            }
            loading={set.isPending && !set.isPaused}
            disabled={day === "" || day === until || (isEarlier && !mayOpen)}
          >
            {isEarlier ? "Open the days after it" : "Close"}
          </Button>
          {until !== null && mayOpen && (
            <Button
              variant="subtle"
              color="gray"
              disabled={set.isPending}
              onClick={() => set.mutate({ closing, version, until: null })}
            >
              Open all
            </Button>
          )}
        </Group>
        {set.error != null && trouble === null && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(set.error)}
          </Alert>
        )}
        {!mayOpen && (
          <Text size="sm" c="dimmed">
            Once closed, only admins open days again.
          </Text>
        )}
      </Stack>
    </form>
  );
}

/** It is what was just paid, mostly. */
function endOfLastMonth(today: string): string {
  return addDays(`${today.slice(0, 7)}-01`, -1);
}
