import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { Session } from "@/api/types";
import { dayOf, timeOfDay } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { addSeconds, secondsBetween } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { useSplitSession } from "./bulk-actions";
import classes from "./split-dialog.module.css";
import { middleOf, splitPoint } from "./split-point";
import { wallTimeText } from "./wall-time-text";

/** Makes two sessions of one. Both halves show how long they will be. */
export function SplitDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const place = usePlace();
  const split = useSplitSession();
  const span = { started_at: session.started_at, ended_at: session.ended_at ?? session.started_at };
  const total = secondsBetween(span.started_at, span.ended_at);
  const [at, setAt] = useState<string | null>(() => middleOf(span));
  const [text, setText] = useState(() => wallTimeText(middleOf(span), place));
  const [date, setDate] = useState(() => dayOf(middleOf(span), place.timeZone));
  const [key] = useState(newIdempotencyKey);

  const firstDay = dayOf(span.started_at, place.timeZone);
  const lastDay = dayOf(span.ended_at, place.timeZone);
  const step = total > 1200 ? 60 : 1;
  const before = at === null ? null : secondsBetween(span.started_at, at);

  function read(nextText: string, nextDate: string) {
    const point = splitPoint(span, nextText, place.timeZone, nextDate);
    setText(nextText);
    setAt(point);
    setDate(point === null ? nextDate : dayOf(point, place.timeZone));
  }

  function slide(seconds: number) {
    const point = addSeconds(span.started_at, Math.min(Math.max(seconds, 1), total - 1));
    setAt(point);
    setText(wallTimeText(point, place));
    setDate(dayOf(point, place.timeZone));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (at !== null && !split.isPending) {
      split.mutate({ session, at, key }, { onSuccess: onClose });
    }
  }

  return (
    <Dialog isOpen title={`Split ${session.name || "untitled session"}`} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Group grow wrap="nowrap" align="flex-start">
            <TextInput
              data-autofocus
              label="Split at"
              autoComplete="off"
              value={text}
              error={
                at === null
                  ? `A time between ${timeOfDay(span.started_at, place)} and ${timeOfDay(span.ended_at, place)}.`
                  : null
              }
              onChange={(event) => read(event.currentTarget.value, date)}
            />
            {firstDay !== lastDay && (
              <TextInput
                type="date"
                label="On"
                min={firstDay}
                max={lastDay}
                value={date}
                onChange={(event) => read(text, event.currentTarget.value)}
              />
            )}
          </Group>
          <input
            type="range"
            className={classes.slider}
            aria-label="Where to split"
            aria-valuetext={text}
            min={step}
            max={total - 1}
            step={step}
            value={before ?? Math.floor(total / 2)}
            onChange={(event) => slide(Number(event.currentTarget.value))}
          />
          <div className={classes.halves} role="status">
            {before === null ? (
              <Text size="sm" c="dimmed">
                {readableDuration(total)} in all
              </Text>
            ) : (
              <>
                <Half
                  from={timeOfDay(span.started_at, place)}
                  to={text}
                  seconds={before}
                  name="First"
                />
                <Half
                  from={text}
                  to={timeOfDay(span.ended_at, place)}
                  seconds={total - before}
                  name="Second"
                />
              </>
            )}
          </div>
          {split.error && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(split.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" size="sm" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" size="sm" disabled={at === null} loading={split.isPending}>
              Split
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Half({
  name,
  from,
  to,
  seconds,
}: {
  name: string;
  from: string;
  to: string;
  seconds: number;
}) {
  return (
    <div className={classes.half}>
      <span className={classes.name}>{name}</span>
      <strong className="tabular">{readableDuration(seconds)}</strong>
      <span className="tabular">
        {from} – {to}
      </span>
    </div>
  );
}
