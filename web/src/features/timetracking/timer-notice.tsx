import { Button, Group, Text, TextInput } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Session, TimerCheck } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { showFailure } from "@/ui/toasts";
import { clock, reasonOfEnd } from "./check-wording";
import { endAt } from "./end-at";
import { timerQuery } from "./queries";
import { endOfTimer, useRepair } from "./repair-actions";
import { isPending } from "./timer-actions";
import classes from "./timer-notice.module.css";

const lookAgainMs = 10 * 60_000;

/** Whether what runs was forgotten; asked again at the instant at which it would be suspicious. */
const timerCheckQuery = (running: Session) =>
  queryOptions({
    queryKey: ["timer", "check", running.id, running.started_at],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/timer/check", { signal })),
    staleTime: 60_000,
    refetchInterval: ({ state }) => untilSuspicious(state.data) ?? lookAgainMs,
  });

function untilSuspicious(check: TimerCheck | undefined): number | null {
  const next = check?.snoozed_until ?? check?.suspicious_from;
  const ms = next ? Date.parse(next) - serverClock.now() : null;
  return ms !== null && ms > 0 ? Math.min(ms + 1_000, lookAgainMs) : null;
}

/** Asks about a timer that has been running for suspiciously long, with sensible ends for it. */
export function TimerNotice() {
  const { data: timer } = useQuery(timerQuery);
  const running = timer?.running ?? null;
  return running && !isPending(running.id) ? <NoticeOf running={running} /> : null;
}

function NoticeOf({ running }: { running: Session }) {
  const place = usePlace();
  const { data: check } = useQuery(timerCheckQuery(running));
  const repair = useRepair();
  const snooze = useSnooze();
  const [isTyping, setTyping] = useState(false);

  if (!check?.suspicious || check.running?.id !== running.id) {
    return null;
  }
  const { running: checked } = check;
  const today = { date: dayOf(serverClock.now(), place.timeZone) };
  const seconds = Math.max(0, (serverClock.now() - Date.parse(running.started_at)) / 1000);
  const isBusy = repair.isPending || snooze.isPending;

  return (
    <aside className={classes.notice} aria-label="Long timer">
      <Text size="sm" className={classes.question ?? ""} role="status">
        <IconClockExclamation size={18} stroke={1.8} aria-hidden className={classes.icon ?? ""} />
        <span>
          <strong>
            {check.suspicious === "overnight"
              ? "The timer ran over the night."
              : `The timer has been running for ${readableDuration(seconds - (seconds % 60))}.`}
          </strong>{" "}
          When did you stop?
        </span>
      </Text>
      <Group gap={8}>
        {check.ends.map((end) => (
          <Button
            key={end.reason}
            size="compact-md"
            variant="default"
            classNames={{ root: classes.end ?? "", label: classes.endLabel ?? "" }}
            disabled={isBusy}
            onClick={() => repair.mutate(endOfTimer(checked, end.ended_at))}
          >
            {clock(end.ended_at, today, place)}
            <span className={classes.why}>
              {end.reason === "after_limit"
                ? `after ${readableDuration(end.duration_seconds)}`
                : reasonOfEnd(end.reason)}
            </span>
          </Button>
        ))}
        <Button
          size="compact-md"
          variant="default"
          classNames={{ root: classes.end ?? "", label: classes.endLabel ?? "" }}
          disabled={isBusy}
          aria-expanded={isTyping}
          onClick={() => setTyping((before) => !before)}
        >
          At another time …
        </Button>
        <Button
          size="compact-md"
          variant="subtle"
          color="gray"
          loading={snooze.isPending}
          onClick={() => snooze.mutate()}
        >
          Keep running
        </Button>
      </Group>
      {isTyping && (
        <EndTimerForm
          running={running}
          isBusy={isBusy}
          onEnd={(at) => repair.mutate(endOfTimer(checked, at))}
        />
      )}
    </aside>
  );
}

function EndTimerForm({
  running,
  isBusy,
  onEnd,
}: {
  running: Session;
  isBusy: boolean;
  onEnd: (at: string) => void;
}) {
  const place = usePlace();
  const [text, setText] = useState("");
  const now = new Date(serverClock.now()).toISOString();
  const at = endAt(running.started_at, now, text, place.timeZone);
  const today = { date: dayOf(serverClock.now(), place.timeZone) };

  function submit(event: FormEvent) {
    event.preventDefault();
    if (at) {
      onEnd(at);
    }
  }
  return (
    <form className={classes.form} onSubmit={submit} aria-label="End the timer at another time">
      <TextInput
        label="Ended at"
        placeholder="17:30"
        autoComplete="off"
        ref={(field) => {
          if (field && document.activeElement?.closest("form") !== field.form) {
            field.focus();
          }
        }}
        value={text}
        error={text !== "" && !at ? "A time since the start that has passed." : null}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="sm" disabled={!at || isBusy}>
        End there
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {at
          ? `${clock(at, today, place)}, after ${readableDuration(
              (Date.parse(at) - Date.parse(running.started_at)) / 1000,
            )}`
          : "\u00a0"}
      </Text>
    </form>
  );
}

/** Puts the question off for an hour, on every device. */
function useSnooze() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/timer/snooze", {
          body: {},
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onError: (error) => showFailure("The notice wasn’t put off", error),
    onSettled: () => refresh(queryClient, "timer"),
  });
}
