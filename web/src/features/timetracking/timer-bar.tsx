import { ActionIcon, Button, Menu, Skeleton, TextInput, Tooltip } from "@mantine/core";
import {
  IconArrowsExchange,
  IconDotsVertical,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef } from "react";
import { Problem } from "@/api/problem";
import { clockDuration, isoDuration } from "@/lib/duration";
import { showTimeInTitle } from "@/ui/page-title";
import { timerQuery } from "./queries";
import { StartTime } from "./start-time";
import { useChangeTimer, useDiscardTimer, useStartTimer, useStopTimer } from "./timer-actions";
import classes from "./timer-bar.module.css";
import { useTimerCommands } from "./timer-commands";
import { TimerFiling } from "./timer-filing";
import { useElapsed } from "./use-elapsed";
import { useTimerFiling } from "./use-timer-filing";
import { useTimerName } from "./use-timer-name";

/** The timer, present on every page: what runs, for how long, and the button that ends it. */
export function TimerBar() {
  const timer = useQuery(timerQuery);
  const { data, isPending: isLoading } = timer;
  // Nobody must be told that nothing runs when that is simply not known.
  const isUnknown = data === undefined && timer.isError;
  const running = data?.running ?? null;
  const field = useRef<HTMLInputElement>(null);

  const { start, ...starting } = useStartTimer();
  const { stop } = useStopTimer();
  const rename = useChangeTimer("The name wasn’t saved");
  const discard = useDiscardTimer();

  const name = useTimerName(running, data !== undefined, (sessionId, text, onSettled) =>
    rename.mutate(
      { sessionId, change: { name: text } },
      {
        onSuccess: () => onSettled(true),
        // What cannot be named any more, because it was discarded, say, needs no name.
        onError: (error) => onSettled(error instanceof Problem && error.status === 404),
      },
    ),
  );

  const filing = useTimerFiling(running);

  function startNamed(text: string) {
    name.handOver();
    const handed = filing.handOver();
    start(
      { name: text, ...handed },
      {
        onStarted: (pendingId, session) => name.started(pendingId, session.id),
        onFailed: () => {
          name.takeBack();
          filing.takeBack(handed);
        },
      },
    );
  }

  useTimerCommands({
    focusName: () => field.current?.focus(),
    start: () => startNamed(name.text.trim()),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (running) {
      name.saveNow();
      field.current?.blur();
    } else if (data) {
      startNamed(name.text.trim());
    }
  }

  return (
    <section className={classes.bar} aria-label="Timer" data-running={running !== null}>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          ref={field}
          className={classes.name ?? ""}
          classNames={{ input: classes.input ?? "" }}
          variant="unstyled"
          aria-label="What are you working on?"
          placeholder="What are you working on?"
          maxLength={500}
          autoComplete="off"
          enterKeyHint={running ? "done" : "go"}
          value={name.text}
          onChange={(event) => name.type(event.currentTarget.value)}
          onBlur={name.saveNow}
        />
        {!isUnknown && <TimerFiling filing={filing.shown} onChange={filing.change} />}
        {running && (
          <div className={classes.since}>
            <StartTime session={running} />
          </div>
        )}
        {isLoading ? (
          <Skeleton width={104} height={30} className={classes.elapsed ?? ""} />
        ) : isUnknown ? (
          <span className={classes.unknown} role="alert">
            The timer couldn’t be loaded.
          </span>
        ) : (
          <Elapsed startedAt={running?.started_at ?? null} name={running?.name ?? ""} />
        )}
        {running ? (
          <Button
            type="button"
            size="md"
            className={classes.main ?? ""}
            color="var(--bb-stop)"
            leftSection={<IconPlayerStopFilled size={16} aria-hidden />}
            onClick={() => {
              name.saveNow();
              stop();
            }}
          >
            Stop timer
          </Button>
        ) : isUnknown ? (
          <Button
            size="md"
            variant="default"
            className={classes.main ?? ""}
            loading={timer.isFetching}
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={() => void timer.refetch()}
          >
            Retry
          </Button>
        ) : (
          <Button
            type="submit"
            size="md"
            className={classes.main ?? ""}
            disabled={isLoading}
            leftSection={<IconPlayerPlayFilled size={16} aria-hidden />}
          >
            Start timer
          </Button>
        )}
        {running && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Tooltip label="More">
                <ActionIcon
                  size="lg"
                  className={classes.more ?? ""}
                  aria-label="More for the running session"
                >
                  <IconDotsVertical size={18} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconArrowsExchange size={16} aria-hidden />}
                onClick={() => {
                  name.saveNow();
                  startNamed("");
                  setTimeout(() => field.current?.focus(), 50);
                }}
              >
                Save and start another
              </Menu.Item>
              <Menu.Item
                color="safranin"
                leftSection={<IconTrash size={16} aria-hidden />}
                disabled={starting.isPending}
                onClick={() => discard.mutate(running)}
              >
                Discard
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </form>
    </section>
  );
}

/** The only part that changes every second. */
function Elapsed({ startedAt, name }: { startedAt: string | null; name: string }) {
  const seconds = useElapsed(startedAt);
  const text = clockDuration(seconds);
  const title = startedAt === null ? null : name === "" ? text : `${text} · ${name}`;

  useEffect(() => {
    showTimeInTitle(title);
    return () => showTimeInTitle(null);
  }, [title]);

  return (
    <div role="timer" aria-label="Elapsed time" className={classes.elapsed}>
      <time dateTime={isoDuration(seconds)}>{text}</time>
    </div>
  );
}
