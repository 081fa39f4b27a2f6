import {
  ActionIcon,
  Button,
  Group,
  Input,
  Skeleton,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
  Tooltip,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight, IconPlus, IconTableRow } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { addDays, dateRange, dayLabel, weekdayName } from "@/lib/calendar";
import { isoDuration } from "@/lib/duration";
import { zonedDay } from "@/lib/zoned-day";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import type { BlockProject } from "./calendar-block";
import { type CalendarChoice, daysFrom, type WeekChoice } from "./calendar-choice";
import { sessionsReachingQuery, sessionsStartingQuery } from "./calendar-queries";
import { projectsQuery, tagsQuery } from "./catalogue-queries";
import { isKnownDate, periodAround } from "./overview-choice";
import type { LinkParts } from "./overview-page";
import { ProjectDot } from "./project-mark";
import { ProjectPicker } from "./project-picker";
import { type HoursFilter, timerQuery } from "./queries";
import { useTargets } from "./targets";
import { useToday } from "./use-today";
import { useWeekEntries } from "./use-week-entries";
import { useWholeList } from "./use-whole-list";
import classes from "./week.module.css";
import { type Step, WeekCell } from "./week-cell";
import { cellsOf, cellText, type Row, rowOf, rowsOf, sumOf } from "./week-grid";

/** The router's ways out of the week grid. */
export interface WeekLinks {
  readonly calendar: (choice: CalendarChoice, parts: LinkParts) => ReactNode;
  readonly sessions: (filter: HoursFilter, parts: LinkParts) => ReactNode;
}

/** A week as a table, for those who write down how long and not when. */
export function WeekPage({
  choice,
  onChoose,
  links,
}: {
  choice: WeekChoice;
  onChoose: (choice: WeekChoice) => void;
  links: WeekLinks;
}) {
  const { person } = useMe();
  const { locale, timeZone } = usePlace();
  const today = useToday(timeZone);
  const date = choice.date ?? today;
  const { from, to } = periodAround("week", date, person.week_start);
  const isNarrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const title = dateRange(from, addDays(to, -1), locale);
  usePageTitle(`Week, ${title}`);

  const days = useMemo(
    () => daysFrom(from, 7).map((one) => zonedDay(one, timeZone)),
    [from, timeZone],
  );
  const dates = useMemo(() => days.map((day) => day.date), [days]);
  // A day more: what ends on Sunday night must not run into Monday.
  const starting = useWholeList(
    useInfiniteQuery(sessionsStartingQuery(person.id, from, addDays(to, 1))),
  );
  const reaching = useWholeList(useInfiniteQuery(sessionsReachingQuery(person.id, from)));
  const before = useWholeList(
    useInfiniteQuery(sessionsStartingQuery(person.id, addDays(from, -7), from)),
  );
  const projects = useQuery(projectsQuery);
  const projectOf = useMemo(
    () => new Map<string, BlockProject>(projects.data?.map((one) => [one.id, one])),
    [projects.data],
  );
  const running = useQuery(timerQuery).data?.running ?? null;
  const saved = useMemo(
    () => [...(reaching.items ?? []), ...(starting.items ?? [])],
    [reaching.items, starting.items],
  );
  const targets = useTargets(from, to);
  const { sessions, waiting, enter } = useWeekEntries(saved, running);

  const cells = useMemo(() => cellsOf(sessions, dates, timeZone), [sessions, dates, timeZone]);
  // Rows that were added or copied stay while one looks at this week, also without hours.
  const [added, setAdded] = useState<{ week: string; rows: readonly Row[] }>({
    week: "",
    rows: [],
  });
  const usedRows = useMemo(
    () => rowsOf(sessions).filter((row) => cells.has(row.id)),
    [sessions, cells],
  );
  const rowsBefore = useMemo(() => rowsOf(before.items ?? []), [before.items]);
  const isLoaded = [starting, reaching, before].every(({ items }) => items !== null);
  const addedHere = added.week === from ? added.rows : [];
  // An empty week begins with the rows of the last one.
  const offered = usedRows.length === 0 && addedHere.length === 0 ? rowsBefore : addedHere;
  const rows = useMemo(
    () => sortedRows([...usedRows, ...offered], projectOf),
    [usedRows, offered, projectOf],
  );
  const missing = rowsBefore.filter(({ id }) => !rows.some((row) => row.id === id));
  const [isAdding, setAdding] = useState(false);
  const table = useRef<HTMLTableElement>(null);

  const secondsIn = (row: Row, day: number) =>
    waiting.get(cellId(row, dates[day] ?? ""))?.seconds ?? sumOf(cells.get(row.id)?.[day] ?? []);
  const dayTotals = dates.map((_, day) => rows.reduce((sum, row) => sum + secondsIn(row, day), 0));
  const weekTotal = dayTotals.reduce((sum, seconds) => sum + seconds, 0);
  const columns = isNarrow ? [Math.max(0, dates.indexOf(date))] : dates.map((_, day) => day);

  function keepRows(more: readonly Row[]) {
    setAdded({ week: from, rows: [...offered, ...more] });
  }

  function step(row: number, column: number, direction: Step) {
    const [down, right] = { up: [-1, 0], down: [1, 0], left: [0, -1], right: [0, 1] }[direction];
    table.current
      ?.querySelector<HTMLInputElement>(
        `[data-cell="${cellPlace(row + (down ?? 0), column + (right ?? 0))}"]`,
      )
      ?.focus();
  }

  function go(direction: -1 | 1) {
    const next = addDays(date, direction * 7);
    if (isKnownDate(next)) {
      onChoose({ date: next });
    }
  }

  const failed = [starting, reaching, before].find(({ error }) => error !== null);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center" gap="xs">
        <Title order={1}>Week</Title>
        <Group gap="md" className={classes.ways ?? ""}>
          {links.calendar(
            { date, ...(isNarrow ? {} : { view: "week" }) },
            { className: classes.way, children: "Calendar" },
          )}
          {links.sessions({ from, to }, { className: classes.way, children: "Sessions" })}
        </Group>
      </Group>
      <div className={classes.controls}>
        <Group gap={6} wrap="nowrap">
          <Tooltip label="The week before">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Previous week"
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button
            variant="default"
            size="sm"
            disabled={dates.includes(today)}
            onClick={() => onChoose({})}
          >
            This week
          </Button>
          <Tooltip label="The week after">
            <ActionIcon variant="default" size={34} aria-label="Next week" onClick={() => go(1)}>
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
        <Text component="p" className={classes.period ?? ""}>
          {title}
        </Text>
        <Group gap="xs">
          {missing.length > 0 && isLoaded && (
            <Button variant="subtle" color="gray" size="sm" onClick={() => keepRows(missing)}>
              Copy rows from last week
            </Button>
          )}
          <Button
            variant="default"
            size="sm"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            Add row
          </Button>
        </Group>
      </div>
      {isNarrow && (
        <div className={classes.chips}>
          {dates.map((one, day) => (
            <button
              key={one}
              type="button"
              className={classes.chip}
              aria-pressed={day === columns[0]}
              onClick={() => onChoose({ date: one })}
            >
              <span className={classes.spoken}>
                {dayLabel(one, locale)}: {cellText(dayTotals[day] ?? 0) || "nothing"}
              </span>
              <span aria-hidden>{weekdayName(one, locale).slice(0, 2)}</span>
              <small aria-hidden>{cellText(dayTotals[day] ?? 0) || "–"}</small>
            </button>
          ))}
        </div>
      )}
      {failed && !isLoaded ? (
        <LoadFailure
          what="Your sessions"
          error={failed.error}
          retry={() => {
            for (const list of [starting, reaching, before]) {
              list.retry();
            }
          }}
          retrying={starting.isFetching}
        />
      ) : !isLoaded ? (
        <Stack gap={8} role="status" aria-label="Loading sessions">
          {[0, 1, 2, 3].map((line) => (
            <Skeleton key={line} height={44} radius="md" />
          ))}
        </Stack>
      ) : rows.length === 0 ? (
        <EmptyState
          icon={<IconTableRow size={26} stroke={1.6} aria-hidden />}
          title="No rows yet"
          action={
            <Button variant="light" mt="xs" onClick={() => setAdding(true)}>
              Add row
            </Button>
          }
        >
          A row is what you work on: a name, and if you like a project and tags. Add one and type
          how long you worked on it each day.
        </EmptyState>
      ) : (
        <div className={classes.paper}>
          <table ref={table} className={classes.table} data-narrow={isNarrow}>
            <caption className={classes.spoken}>
              Durations of {title}. Arrow keys go from cell to cell, Delete empties one.
            </caption>
            <thead>
              <tr>
                <th scope="col" className={classes.what}>
                  What
                </th>
                {columns.map((day) => (
                  <th key={dates[day]} scope="col" data-today={dates[day] === today}>
                    {links.calendar(
                      { view: "day", date: dates[day] ?? date },
                      {
                        className: classes.dayLink,
                        children: dayLabel(dates[day] ?? date, locale),
                      },
                    )}
                  </th>
                ))}
                <th scope="col" className={classes.sum}>
                  Week
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, line) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.what}>
                    <RowName row={row} project={projectOf.get(row.projectId ?? "")} />
                  </th>
                  {columns.map((day, column) => {
                    const inCell = cells.get(row.id)?.[day] ?? [];
                    const zoned = days[day];
                    const id = cellId(row, dates[day] ?? "");
                    return zoned ? (
                      <WeekCell
                        key={zoned.date}
                        id={cellPlace(line, column)}
                        label={`${row.name || "Untitled session"}, ${dayLabel(zoned.date, locale)}`}
                        seconds={secondsIn(row, day)}
                        sessionCount={inCell.length}
                        isBusy={waiting.has(id)}
                        isToday={zoned.date === today}
                        onEnter={(seconds) => {
                          // The row stays, whatever becomes of its hours.
                          keepRows([row]);
                          return enter(id, row, inCell, zoned, seconds);
                        }}
                        onStep={(direction) => step(line, column, direction)}
                      />
                    ) : null;
                  })}
                  <td className={classes.sum}>
                    <Total seconds={dates.reduce((sum, _, day) => sum + secondsIn(row, day), 0)} />
                  </td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" className={classes.what}>
                  Total
                </th>
                {columns.map((day) => (
                  <td key={dates[day]} data-today={dates[day] === today}>
                    <Total seconds={dayTotals[day] ?? 0} />
                    <Target seconds={targets.day(dates[day] ?? date)?.target_seconds} />
                  </td>
                ))}
                <td className={classes.sum}>
                  <Total seconds={weekTotal} />
                  <Target seconds={targets.progress?.target_seconds} />
                </td>
              </tr>
            </tfoot>
          </table>
        </div>
      )}
      <Dialog isOpen={isAdding} title="Add row" onClose={() => setAdding(false)} isSticky>
        <NewRow
          onAdd={(row) => {
            keepRows([row]);
            setAdding(false);
          }}
        />
      </Dialog>
    </Stack>
  );
}

function RowName({ row, project }: { row: Row; project: BlockProject | undefined }) {
  return (
    <span className={classes.rowName}>
      <span className={classes.name} data-unnamed={row.name === ""}>
        {row.name || "Untitled session"}
      </span>
      {(project || row.tags.length > 0) && (
        <span className={classes.filed}>
          {project && (
            <span className={classes.project}>
              <ProjectDot colour={project.colour} />
              {project.name}
            </span>
          )}
          {row.tags.map((tag) => (
            <span key={tag} className={classes.tag}>
              {tag}
            </span>
          ))}
        </span>
      )}
    </span>
  );
}

function Total({ seconds }: { seconds: number }) {
  return (
    <time dateTime={isoDuration(seconds)} data-testid="total">
      {cellText(seconds) || "–"}
    </time>
  );
}

/** What was meant to be worked, under what was. */
function Target({ seconds }: { seconds: number | null | undefined }) {
  return seconds ? <small className={classes.target}>of {cellText(seconds)}</small> : null;
}

function NewRow({ onAdd }: { onAdd: (row: Row) => void }) {
  const [name, setName] = useState("");
  const [project, setProject] = useState<{ id: string; billable: boolean } | null>(null);
  const [tags, setTags] = useState<string[]>([]);
  const [wasSubmitted, setSubmitted] = useState(false);
  const knownTags = useQuery(tagsQuery).data?.map((tag) => tag.name) ?? [];
  const isUnnamed = name.trim() === "";

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (!isUnnamed) {
      onAdd(
        rowOf({
          name: name.trim(),
          project_id: project?.id ?? null,
          tags,
          billable: project?.billable ?? false,
        }),
      );
    }
  }

  return (
    <form aria-label="Add row" onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label="Name"
          placeholder="What did you work on?"
          maxLength={500}
          autoComplete="off"
          value={name}
          error={wasSubmitted && isUnnamed ? "Give it a name." : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Input.Wrapper label="Project" labelElement="div">
          <ProjectPicker
            projectId={project?.id ?? null}
            className={classes.picker}
            onPick={setProject}
          />
        </Input.Wrapper>
        <TagsInput
          label="Tags"
          placeholder={tags.length === 0 ? "Add a tag, then Enter" : ""}
          data={knownTags}
          value={tags}
          onChange={setTags}
          maxTags={20}
          acceptValueOnBlur
          clearable={false}
        />
        <Button type="submit" mt="xs">
          Add row
        </Button>
      </Stack>
    </form>
  );
}

function sortedRows(rows: readonly Row[], projectOf: ReadonlyMap<string, BlockProject>): Row[] {
  const unique = [...new Map(rows.toReversed().map((row) => [row.id, row])).values()];
  // Those without a project come last.
  const projectName = ({ projectId }: Row) =>
    projectId === null ? "\uffff" : (projectOf.get(projectId)?.name ?? "\ufffe");
  return unique.sort(
    (left, right) =>
      projectName(left).localeCompare(projectName(right)) ||
      left.name.localeCompare(right.name) ||
      (left.id < right.id ? -1 : 1),
  );
}

function cellId(row: Row, date: string): string {
  return `${date} ${row.id}`;
}

function cellPlace(row: number, column: number): string {
  return `cell-${row}-${column}`;
}
