import {
  ActionIcon,
  Button,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
  Tooltip,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { addDays, dateRange, dayTitle } from "@/lib/calendar";
import { clockDuration, readableDuration } from "@/lib/duration";
import { axisOf, placeDay, zonedDay } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showUndo } from "@/ui/toasts";
import classes from "./calendar.module.css";
import { cutInto, placeBlocks, type Span, secondsByDay } from "./calendar-blocks";
import {
  type CalendarChoice,
  type CalendarView,
  calendarViews,
  daysShown,
  stepDate,
} from "./calendar-choice";
import { instantText, secondsOf } from "./calendar-drag";
import { CalendarForm, type OpenForm } from "./calendar-form";
import { CalendarGrid } from "./calendar-grid";
import { sessionsReachingQuery, sessionsStartingQuery } from "./calendar-queries";
import { projectsQuery } from "./catalogue-queries";
import type { LinkParts } from "./overview-page";
import { type HoursFilter, timerQuery } from "./queries";
import { useDeleteSession } from "./session-actions";
import { useSessionEdits } from "./session-edits";
import { describe, useChangeTimer } from "./timer-actions";
import { useNow } from "./use-now";
import { useToday } from "./use-today";
import { useWholeList } from "./use-whole-list";

const viewLabels: Record<CalendarView, string> = {
  day: "Day",
  "3days": "3 days",
  workweek: "Work week",
  week: "Week",
};
/** A block is drawn as tall as a quarter of an hour at least, so that it can be read and caught. */
const leastSeconds = 1200;

/** The router's ways out of the calendar. */
export interface CalendarLinks {
  readonly calendar: (choice: CalendarChoice, parts: LinkParts) => ReactNode;
  readonly week: (date: string, parts: LinkParts) => ReactNode;
  readonly sessions: (filter: HoursFilter, parts: LinkParts) => ReactNode;
}

/** A session as it is drawn, with its times in seconds. */
export interface DrawnSession extends Span {
  readonly id: string;
  readonly session: Session;
}

/** The sessions of a few days along their hours, to look at and to move about. */
export function CalendarPage({
  choice,
  onChoose,
  links,
}: {
  choice: CalendarChoice;
  onChoose: (choice: CalendarChoice) => void;
  links: CalendarLinks;
}) {
  const { person } = useMe();
  const { locale, timeZone } = usePlace();
  const today = useToday(timeZone);
  const now = useNow();
  const isNarrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const views: readonly CalendarView[] = isNarrow ? ["day", "3days"] : calendarViews;
  const wanted = choice.view ?? (isNarrow ? "day" : "week");
  const view = views.includes(wanted) ? wanted : "day";
  const date = choice.date ?? today;

  const days = useMemo(() => {
    const zoned = daysShown(view, date, person.week_start).map((one) => zonedDay(one, timeZone));
    const axis = axisOf(zoned);
    return { axis, placed: zoned.map((day) => placeDay(day, axis)) };
  }, [view, date, person.week_start, timeZone]);
  const first = days.placed[0]?.date ?? date;
  const last = days.placed.at(-1)?.date ?? date;
  const title = first === last ? dayTitle(first, today, locale) : dateRange(first, last, locale);
  usePageTitle(`Calendar, ${title}`);

  const starting = useWholeList(
    useInfiniteQuery(sessionsStartingQuery(person.id, first, addDays(last, 1))),
  );
  const reaching = useWholeList(useInfiniteQuery(sessionsReachingQuery(person.id, first)));
  const projects = useQuery(projectsQuery);
  const projectOf = useMemo(
    () => new Map(projects.data?.map((project) => [project.id, project])),
    [projects.data],
  );
  const running = useQuery(timerQuery).data?.running ?? null;

  const edits = useSessionEdits();
  const changeTimer = useChangeTimer("The start wasn’t changed");
  const { shown } = edits;
  const saved = useMemo(
    () => shown([...(reaching.items ?? []), ...(starting.items ?? [])]).map(asDrawn),
    [shown, reaching.items, starting.items],
  );
  const drawn = useMemo(
    () =>
      running
        ? [...saved, { ...asDrawn(running), to: Math.max(now, secondsOf(running.started_at)) }]
        : saved,
    [saved, running, now],
  );
  const byId = useMemo(() => new Map(drawn.map((one) => [one.id, one])), [drawn]);
  const blocks = useMemo(
    () => placeBlocks(cutInto(drawn, days.placed), days.placed, leastSeconds),
    [drawn, days.placed],
  );
  // As in the reports, what still runs counts once it is saved.
  const sums = useMemo(
    () => secondsByDay(cutInto(saved, days.placed), days.placed),
    [saved, days.placed],
  );
  const total = sums.reduce((sum, seconds) => sum + seconds, 0);

  const [form, setForm] = useState<OpenForm | null>(null);
  const closeForm = useCallback(() => setForm(null), []);

  const retime = useStable((one: DrawnSession, span: Span, spoken: string) => {
    const { session } = one;
    if (session.ended_at === null) {
      const before = session.started_at;
      const move = (started_at: string) => ({ sessionId: session.id, change: { started_at } });
      changeTimer.mutate(move(instantText(span.from)), {
        onSuccess: () =>
          showUndo(`${describe(session)} runs since ${spoken}.`, () =>
            changeTimer.mutate(move(before)),
          ),
      });
      return;
    }
    void edits.change(
      session,
      { started_at: instantText(span.from), ended_at: instantText(span.to) },
      `${describe(session)} is now ${spoken}.`,
    );
  });
  const remove = useDeleteSession();
  const erase = useStable((one: DrawnSession) => remove.mutate({ session: one.session }));
  const open = useStable((one: DrawnSession) => setForm({ session: one.session, span: one }));
  const create = useStable((span: Span) => setForm({ session: null, span }));

  function go(direction: -1 | 1) {
    const next = stepDate(view, date, direction);
    if (next !== null) {
      onChoose({ ...choice, view, date: next === today ? undefined : next });
    }
  }
  const goStable = useStable(go);

  const isLoaded = starting.items !== null && reaching.items !== null;
  useSpoken(title, isLoaded ? `${title}: ${readableDuration(total)}` : null);
  const failed = [starting, reaching].find(({ error }) => error !== null);
  const holdsToday = days.placed.some((day) => day.date === today);

  return (
    <Stack gap="md">
      <Group justify="space-between" align="center" gap="xs">
        <Title order={1}>Calendar</Title>
        <Group gap="md" className={classes.ways ?? ""}>
          {links.week(date, { className: classes.way, children: "Week grid" })}
          {links.sessions(
            { from: first, to: addDays(last, 1) },
            { className: classes.way, children: "Sessions" },
          )}
        </Group>
      </Group>
      <div className={classes.controls}>
        <SegmentedControl
          size="sm"
          aria-label="View"
          value={view}
          data={views.map((value) => ({ value, label: viewLabels[value] }))}
          onChange={(value) => onChoose({ ...choice, view: value as CalendarView })}
        />
        <Group gap={6} wrap="nowrap">
          <Tooltip label="Back">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Earlier"
              disabled={stepDate(view, date, -1) === null}
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button
            variant="default"
            size="sm"
            disabled={holdsToday && choice.date === undefined}
            onClick={() => onChoose({ ...choice, view, date: undefined })}
          >
            Today
          </Button>
          <Tooltip label="On">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Later"
              disabled={stepDate(view, date, 1) === null}
              onClick={() => go(1)}
            >
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
        <Text className={classes.period ?? ""} component="p">
          {title}
          <span className={classes.total}>
            <span className="tabular">{clockDuration(total).slice(0, -3)}</span> h
          </span>
        </Text>
        <Button
          variant="default"
          size="sm"
          className={classes.add ?? ""}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => create(usualSpan(days.placed, now, saved))}
        >
          Add
        </Button>
      </div>
      {failed && !isLoaded ? (
        <LoadFailure
          what="Your sessions"
          error={failed.error}
          retry={() => {
            starting.retry();
            reaching.retry();
          }}
          retrying={starting.isFetching || reaching.isFetching}
        />
      ) : (
        <>
          <CalendarGrid
            days={days.placed}
            axis={days.axis}
            blocks={blocks}
            byId={byId}
            projectOf={projectOf}
            sums={isLoaded ? sums : null}
            today={today}
            now={now}
            draft={form?.session === null ? form.span : null}
            dayLink={(day, parts) => links.calendar({ view: "day", date: day }, parts)}
            onCreate={create}
            onOpen={open}
            onRetime={retime}
            onDelete={erase}
            onStep={goStable}
            form={
              form && (
                <CalendarForm
                  key={form.session?.id ?? `${form.span.from}`}
                  form={form}
                  today={today}
                  isNarrow={isNarrow}
                  close={closeForm}
                />
              )
            }
            formSpan={form?.span ?? null}
          />
          {!isLoaded && (
            <Skeleton height={4} radius="xl" role="status" aria-label="Loading sessions" />
          )}
        </>
      )}
    </Stack>
  );
}

function asDrawn(session: Session): DrawnSession {
  const from = secondsOf(session.started_at);
  return {
    id: session.id,
    session,
    from,
    to: session.ended_at === null ? from : Math.max(from, secondsOf(session.ended_at)),
  };
}

/** An hour up to now, if today is shown; else from nine on the first day. After what is there. */
function usualSpan(
  days: readonly { from: number; to: number }[],
  now: number,
  saved: readonly Span[],
): Span {
  const day = days.find(({ from, to }) => from <= now && now < to) ?? days[0];
  const from = day?.from ?? now;
  const to = day?.to ?? now;
  const isToday = from <= now && now < to;
  const lastEnd = Math.max(
    from + 9 * 3600,
    ...saved.filter((one) => one.from >= from && one.to <= to).map((one) => one.to),
  );
  if (isToday) {
    const end = now - (now % 300);
    return {
      from: Math.max(from, Math.min(end - 300, lastEnd < end ? lastEnd : end - 3600)),
      to: end,
    };
  }
  return { from: lastEnd, to: lastEnd + 3600 };
}

/** The same function for the life of the page, so that blocks are drawn again only when needed. */
function useStable<Parameters extends unknown[]>(
  call: (...parameters: Parameters) => void,
): (...parameters: Parameters) => void {
  const latest = useRef(call);
  latest.current = call;
  return useCallback((...parameters: Parameters) => latest.current(...parameters), []);
}

/** Says what a step in time led to, but not what was there from the beginning. */
function useSpoken(title: string, text: string | null) {
  const spoken = useRef<string | null>(null);
  useEffect(() => {
    if (text !== null && spoken.current !== title) {
      if (spoken.current !== null) {
        announce(text);
      }
      spoken.current = title;
    }
  }, [title, text]);
}
