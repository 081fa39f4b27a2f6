import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { Session } from "@/api/types";
import { readableDuration } from "@/lib/duration";
import { fromInstant, isDate, parseWallTime, secondsBetween, toInstant } from "@/lib/wall-clock";
import { showUndo } from "@/ui/toasts";
import { describe, useChangeTimer } from "./timer-actions";
import { wallTimeText } from "./wall-time-text";

/** Corrects the start of the running session: somebody forgot to press the button in time. */
export function StartTimeForm({ session, close }: { session: Session; close: () => void }) {
  const place = usePlace();
  const change = useChangeTimer("The start wasn’t changed");
  const begin = fromInstant(session.started_at, place.timeZone);
  const [date, setDate] = useState(begin.date);
  const [time, setTime] = useState(wallTimeText(session.started_at, place));

  const wall = parseWallTime(time);
  const instant = wall && isDate(date) ? toInstant(date, wall, place.timeZone).instant : null;
  const now = new Date(serverClock.now()).toISOString();
  const seconds = instant === null ? null : secondsBetween(instant, now);
  const isFuture = seconds !== null && seconds < 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (instant !== null && !isFuture) {
      change.mutate(
        { sessionId: session.id, change: { started_at: instant } },
        {
          onSuccess: () => {
            close();
            showUndo(`${describe(session)} runs since ${wallTimeText(instant, place)}.`, () =>
              change.mutate({ sessionId: session.id, change: { started_at: session.started_at } }),
            );
          },
        },
      );
    }
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group grow wrap="nowrap" gap="xs">
          <TextInput
            label="Started at"
            data-autofocus
            value={time}
            error={wall ? null : "Such as 9:30"}
            onChange={(event) => setTime(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label="On"
            value={date}
            onChange={(event) => setDate(event.currentTarget.value)}
          />
        </Group>
        <Text size="sm" c={isFuture ? "error" : "dimmed"} role="status" className="tabular">
          {isFuture
            ? "That is still to come."
            : seconds === null
              ? "\u00a0"
              : `Running for ${readableDuration(seconds < 60 ? seconds : seconds - (seconds % 60))}.`}
        </Text>
        {change.error instanceof Problem && (
          <Text size="sm" c="error" role="alert">
            {change.error.field("started_at") ?? explain(change.error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" size="sm" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            size="sm"
            disabled={instant === null || isFuture}
            loading={change.isPending}
          >
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
