import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconClockPlay, IconFilterOff, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { addDays, dateRange, groupByDay, monthTitle } from "@/lib/calendar";
import { useCommands } from "@/lib/commands";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { useDuplicateSession } from "./bulk-actions";
import { useProjects } from "./catalogue-queries";
import { type DayLink, DaySection } from "./day-section";
import { ExportMenu } from "./export-menu";
import { FilterBar } from "./filter-bar";
import { focusNeighbour } from "./focus-neighbour";
import classes from "./hours-page.module.css";
import { type HoursFilter, sessionsQuery, totalsQuery } from "./queries";
import { useDeleteSession } from "./session-actions";
import type { SessionActions } from "./session-row";
import { Summary } from "./summary";
import { useStartTimer } from "./timer-actions";
import { moveBetweenRows, useSelection } from "./use-selection";
import { useToday } from "./use-today";

const allSessions = "All sessions";

const none: ReadonlySet<string> = new Set();

const BulkBar = lazy(async () => {
  const module = await import("./bulk-bar");
  return { default: module.BulkBar };
});
const SplitDialog = lazy(async () => {
  const module = await import("./split-dialog");
  return { default: module.SplitDialog };
});
const TargetProgress = lazy(async () => ({
  default: (await import("./target-progress")).TargetProgress,
}));

const AddSession = lazy(async () => {
  const module = await import("./add-session");
  return { default: module.AddSession };
});

/** All sessions of a person by day, with what they add up to. */
export function HoursPage({
  filter,
  onFilter,
  dayLink,
}: {
  filter: HoursFilter;
  onFilter: (filter: HoursFilter, replace?: boolean) => void;
  dayLink: DayLink;
}) {
  const { person } = useMe();
  const place = usePlace();
  const title = titleOf(filter, place.locale);
  usePageTitle(title === allSessions ? "Hours" : `Hours, ${title}`);

  const [isAdding, setAdding] = useState(false);
  const addButton = useRef<HTMLButtonElement>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const sessions = useInfiniteQuery(sessionsQuery(person.id, filter));
  const totals = useQuery(totalsQuery(person.id, filter));

  const today = useToday(place.timeZone);
  const items = useMemo(
    () => unique(sessions.data?.pages.flatMap((page) => page.items) ?? []),
    [sessions.data],
  );
  const days = useMemo(() => groupByDay(items, place.timeZone), [items, place.timeZone]);
  const totalOf = useMemo(
    () => new Map(totals.data?.days.map((day) => [day.date, day.duration_seconds])),
    [totals.data],
  );
  const { byId: projects } = useProjects();
  const [splitting, setSplitting] = useState<Session | null>(null);
  const selection = useSelection(JSON.stringify(filter));
  const selectedOf = (day: { items: readonly Session[] }): ReadonlySet<string> => {
    const ids = day.items.map(({ id }) => id).filter((id) => selection.sessions.has(id));
    return ids.length === 0 ? none : new Set(ids);
  };

  const isNarrowed = Object.values(filter).some((value) => value !== undefined && value !== "");

  // Nothing to sum up yet, and nothing narrowed down: the page explains itself instead.
  const isBlank = !isNarrowed && sessions.isSuccess && items.length === 0;

  const { start } = useStartTimer();
  const remove = useDeleteSession();
  const duplicate = useDuplicateSession();
  const actions = useStableActions({
    edit: setEditing,
    resume: ({ id, name, project_id, tags, billable }) =>
      start({ name, project_id, tags, billable, continues: id }),
    remove: (session) => {
      focusNeighbour(session.id);
      selection.renew([], [session.id]);
      remove.mutate({ session });
    },
    split: setSplitting,
    duplicate: (session) => duplicate.mutate({ session, key: newIdempotencyKey() }),
    showTag: (tag) => onFilter({ ...filter, tag }),
    showProject: (projectId) => onFilter({ ...filter, project_id: projectId }),
    select: (session, isSelected, withRange) =>
      selection.select(items, session, isSelected, withRange),
    selectDay: selection.put,
  });

  useCommands([
    {
      id: "session.add",
      group: "Hours",
      label: "Add a session",
      words: "new entry manual log time",
      keys: "a",
      run: () => setAdding(true),
    },
    {
      id: "session.search",
      group: "Hours",
      label: "Search sessions",
      words: "find filter",
      keys: "/",
      run: focusSearch,
    },
  ]);

  // Another page led here to do one of the two.
  useEffect(() => {
    const wanted = window.location.hash;
    if (wanted === "#add") {
      setAdding(true);
    } else if (wanted === "#search") {
      focusSearch();
    } else {
      return;
    }
    // Going back, or loading the page again, must not do it twice.
    window.history.replaceState(window.history.state, "", location.pathname + location.search);
  }, []);

  function closeAdding() {
    setAdding(false);
    addButton.current?.focus();
  }

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center" wrap="nowrap">
        <Title order={1}>Hours</Title>
        <Group gap="xs" wrap="nowrap">
          {!isBlank && (
            <ExportMenu
              query={{ person_id: person.id, ...filter }}
              what={title === allSessions ? "all sessions" : title}
            />
          )}
          <Button
            ref={addButton}
            variant="default"
            size="sm"
            leftSection={<IconPlus size={16} aria-hidden />}
            aria-expanded={isAdding}
            onClick={() => setAdding((before) => !before)}
          >
            Add session
          </Button>
        </Group>
      </Group>

      {isAdding && (
        <div className={classes.adding}>
          <Suspense fallback={<Skeleton height={260} radius="lg" />}>
            <AddSession today={today} onDone={closeAdding} />
          </Suspense>
        </div>
      )}

      <FilterBar filter={filter} onFilter={onFilter} today={today} />

      <Suspense fallback={null}>
        <TargetProgress />
      </Suspense>

      {!isBlank && !(totals.isError && !totals.data) && (
        <Summary title={title} filter={filter} totals={totals} today={today} onFilter={onFilter} />
      )}

      {sessions.isPending ? (
        <LoadingDays />
      ) : sessions.isError && items.length === 0 ? (
        <LoadFailure
          what="Your sessions"
          error={sessions.error}
          retry={() => {
            void sessions.refetch();
            void totals.refetch();
          }}
          retrying={sessions.isFetching}
        />
      ) : items.length === 0 && isNarrowed ? (
        <EmptyState
          icon={<IconFilterOff size={26} stroke={1.6} aria-hidden />}
          title="No sessions here"
          action={
            <Button variant="default" mt="xs" onClick={() => onFilter({})}>
              Show all sessions
            </Button>
          }
        >
          Nothing {filter.q ? `named “${filter.q}” ` : ""}
          {filter.tag ? `tagged “${filter.tag}” ` : ""}was tracked
          {title === allSessions ? "" : ` ${filter.from === undefined ? "in" : "on"} ${title}`}.
        </EmptyState>
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconClockPlay size={26} stroke={1.6} aria-hidden />}
          title={`Your notebook is empty, ${person.name.split(" ")[0]}`}
          action={
            <Button variant="light" mt="xs" onClick={() => setAdding(true)}>
              Write down past work
            </Button>
          }
        >
          Type what you are working on in the field above and press <strong>Start timer</strong>. It
          keeps running when you close this page. What you have done already can be written down
          afterwards.
        </EmptyState>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the keys only move the focus between its buttons
        <div
          className={classes.days}
          data-stale={sessions.isPlaceholderData}
          data-selecting={selection.sessions.size > 0}
          onKeyDown={(event) =>
            moveBetweenRows(event, (id) =>
              selection.put(
                items.filter((item) => item.id === id),
                true,
              ),
            )
          }
        >
          {days.map((day) => (
            <DaySection
              key={day.date}
              day={day}
              today={today}
              totalSeconds={totals.isPending ? null : (totalOf.get(day.date) ?? 0)}
              editing={day.items.some(({ id }) => id === editing) ? editing : null}
              selected={selectedOf(day)}
              projects={projects}
              actions={actions}
              dayLink={dayLink}
            />
          ))}
          <MoreDays
            hasMore={sessions.hasNextPage}
            isLoading={sessions.isFetchingNextPage}
            hasFailed={sessions.isFetchNextPageError}
            load={() => void sessions.fetchNextPage()}
          />
        </div>
      )}

      <Suspense fallback={null}>
        {selection.sessions.size > 0 && (
          <BulkBar
            personId={person.id}
            filter={filter}
            total={totals.data?.count ?? null}
            sessions={selection.sessions}
            onSelectAll={(all) => selection.put(all, true)}
            onChanged={({ sessions: changed }, isDeleted) =>
              isDeleted
                ? selection.renew(
                    [],
                    changed.map(({ id }) => id),
                  )
                : selection.renew(changed)
            }
            onClear={selection.clear}
          />
        )}
        {splitting && <SplitDialog session={splitting} onClose={() => setSplitting(null)} />}
      </Suspense>
    </Stack>
  );
}

function focusSearch() {
  document.getElementById("search-sessions")?.focus();
}

/** The same object for the life of the page, so that rows are drawn again only when they change. */
function useStableActions(actions: SessionActions): SessionActions {
  const latest = useRef(actions);
  latest.current = actions;
  return useMemo(
    () => ({
      edit: (id) => latest.current.edit(id),
      resume: (session) => latest.current.resume(session),
      remove: (session) => latest.current.remove(session),
      split: (session) => latest.current.split(session),
      duplicate: (session) => latest.current.duplicate(session),
      showTag: (tag) => latest.current.showTag(tag),
      showProject: (projectId) => latest.current.showProject(projectId),
      select: (session, isSelected, withRange) =>
        latest.current.select(session, isSelected, withRange),
      selectDay: (sessions, isSelected) => latest.current.selectDay(sessions, isSelected),
    }),
    [],
  );
}

/** Loads on when the end comes into view; the button is for everybody and everything else. */
function MoreDays({
  hasMore,
  isLoading,
  hasFailed,
  load,
}: {
  hasMore: boolean;
  isLoading: boolean;
  hasFailed: boolean;
  load: () => void;
}) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(load);
  latest.current = load;
  const mayLoad = hasMore && !isLoading && !hasFailed;

  useEffect(() => {
    const element = end.current;
    if (!element || !mayLoad) {
      return;
    }
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) {
          latest.current();
        }
      },
      { rootMargin: "500px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [mayLoad]);

  if (!hasMore) {
    return null;
  }
  return (
    <Stack ref={end} align="center" gap="xs" py="md">
      {hasFailed && (
        <Text size="sm" c="dimmed" role="alert">
          The next sessions couldn’t be loaded.
        </Text>
      )}
      <Button variant="default" size="sm" loading={isLoading} onClick={load}>
        {hasFailed ? "Retry" : "Load more"}
      </Button>
    </Stack>
  );
}

function LoadingDays() {
  return (
    <Stack gap="lg" aria-busy="true" role="status" aria-label="Loading sessions">
      {[3, 4].map((rows) => (
        <div key={rows}>
          <Group justify="space-between" mb="sm" px={4}>
            <Skeleton width={170} height={16} />
            <Skeleton width={64} height={16} />
          </Group>
          <div className={classes.ghosts}>
            {Array.from({ length: rows }, (_, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they never change
              <Group key={row} className={classes.ghost ?? ""} justify="space-between">
                <Skeleton width={`${34 + ((row * 17) % 30)}%`} height={14} />
                <Skeleton width={150} height={14} />
              </Group>
            ))}
          </div>
        </div>
      ))}
    </Stack>
  );
}

export function titleOf(filter: HoursFilter, locale: string): string {
  if (filter.from !== undefined && filter.to !== undefined) {
    return dateRange(filter.from, addDays(filter.to, -1), locale);
  }
  if (filter.year === undefined) {
    return allSessions;
  }
  return filter.month === undefined
    ? String(filter.year)
    : monthTitle({ year: filter.year, month: filter.month }, locale);
}

/** A page loaded while something was added may begin with what the last one ended with. */
function unique<Item extends { id: string }>(items: Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter((item) => !seen.has(item.id) && seen.add(item.id));
}
