import {
  ActionIcon,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
  Tooltip,
} from "@mantine/core";
import {
  IconArrowBackUp,
  IconChevronLeft,
  IconChevronRight,
  IconCircleCheck,
  IconHistory,
  IconPin,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import { useMe, usePlace } from "@/api/me";
import type { Finding, Repair } from "@/api/types";
import { dateAndTime, dayOf, dayTitle, monthTitle, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { type ChecksFilter, checksQuery, checkTotalsQuery, repairsQuery } from "./check-queries";
import { changeText, clock, describeRepair } from "./check-wording";
import classes from "./checks-page.module.css";
import { FindingCard } from "./finding-card";
import { useRepair, useUndoRepair, workOf } from "./repair-actions";
import { peopleQuery } from "./timesheet-queries";
import { useToday } from "./use-today";

/** What is odd in somebody's hours, day by day, with repairs to press; what is kept; what was done. */
export function ChecksPage({
  filter,
  onFilter,
  settingsLink,
}: {
  filter: ChecksFilter;
  onFilter: (filter: ChecksFilter) => void;
  settingsLink: (children: ReactNode) => ReactNode;
}) {
  usePageTitle("Checks");
  const { person, role } = useMe();
  const personId = role === "member" ? person.id : (filter.person_id ?? person.id);
  const view = filter.view ?? "open";
  return (
    <Stack gap="lg">
      <div>
        <Title order={1}>Checks</Title>
        <Text c="dimmed" size="sm" mt={4}>
          What overlaps, what is missing, and what is too short or too long to be true.{" "}
          {settingsLink("Change what counts as odd")}
        </Text>
      </div>
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label="What to see"
          data={[
            { value: "open", label: "To look at" },
            { value: "kept", label: "Kept" },
            { value: "repairs", label: "Repairs" },
          ]}
          value={view}
          onChange={(value) =>
            onFilter({
              ...filter,
              view: value === "open" ? undefined : (value as ChecksFilter["view"]),
            })
          }
        />
        <Group gap="sm">
          {view !== "repairs" && <MonthChoice filter={filter} onFilter={onFilter} />}
          {role !== "member" && (
            <PersonChoice
              personId={personId}
              onChoose={(id) =>
                onFilter({ ...filter, person_id: id === person.id ? undefined : id })
              }
            />
          )}
        </Group>
      </Group>
      {view === "repairs" ? (
        <Repairs personId={personId} />
      ) : (
        <Findings personId={personId} filter={filter} onFilter={onFilter} />
      )}
    </Stack>
  );
}

/** Whose hours are looked through; nothing where there is nobody else. */
function PersonChoice({
  personId,
  onChoose,
}: {
  personId: string;
  onChoose: (personId: string) => void;
}) {
  const { person } = useMe();
  const people = useQuery(peopleQuery);
  const others = (people.data ?? []).filter(
    ({ id, active }) => id !== person.id && (active || id === personId),
  );
  return others.length === 0 ? null : (
    <NativeSelect
      aria-label="Whose hours"
      value={personId}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value={person.id}>{person.name} (you)</option>
      {others.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </NativeSelect>
  );
}

function MonthChoice({
  filter,
  onFilter,
}: {
  filter: ChecksFilter;
  onFilter: (filter: ChecksFilter) => void;
}) {
  const { locale, timeZone } = usePlace();
  const now = yearMonthOf(useToday(timeZone));
  const { year, month } = filter;
  const chosen = year === undefined || month === undefined ? null : { year, month };
  const step = (by: number) => onFilter({ ...filter, ...shiftMonth(chosen ?? now, by) });
  return (
    <Group gap={6} wrap="nowrap">
      <Tooltip label="Previous month">
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Previous month"
          onClick={() => (chosen ? step(-1) : onFilter({ ...filter, ...now }))}
        >
          <IconChevronLeft size={17} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Text size="sm" fw={550} ta="center" miw="8.5rem" aria-live="polite">
        {chosen ? monthTitle(chosen, locale) : "The last 3 months"}
      </Text>
      <Tooltip label="Next month">
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Next month"
          disabled={chosen === null}
          onClick={() => step(1)}
        >
          <IconChevronRight size={17} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {chosen && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onFilter({ ...filter, year: undefined, month: undefined })}
        >
          Last 3 months
        </Button>
      )}
    </Group>
  );
}

function Findings({
  personId,
  filter,
  onFilter,
}: {
  personId: string;
  filter: ChecksFilter;
  onFilter: (filter: ChecksFilter) => void;
}) {
  const { locale, timeZone } = usePlace();
  const today = useToday(timeZone);
  const checks = useInfiniteQuery(checksQuery(personId, filter));
  const totals = useQuery(checkTotalsQuery(personId, filter));
  const repair = useRepair();
  const summary = useRef<HTMLParagraphElement>(null);
  const items = checks.data?.pages.flatMap((page) => page.items) ?? [];
  const days = groupByDate(items);
  const isKept = filter.view === "kept";

  if (checks.isPending) {
    return (
      <Stack gap="md" role="status" aria-label="Looking through the hours">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} height={168} radius="lg" />
        ))}
      </Stack>
    );
  }
  if (checks.isError && items.length === 0) {
    return (
      <LoadFailure
        what="The checks"
        error={checks.error}
        retry={() => void checks.refetch()}
        retrying={checks.isFetching}
      />
    );
  }
  if (items.length === 0) {
    return isKept ? (
      <EmptyState icon={<IconPin size={26} stroke={1.6} aria-hidden />} title="Nothing is kept">
        What is odd and meant to be so can be kept; it then waits here instead of being shown.
      </EmptyState>
    ) : (
      <EmptyState
        icon={<IconCircleCheck size={26} stroke={1.6} aria-hidden />}
        title="Nothing is odd"
        action={
          filter.year === undefined ? undefined : (
            <Button
              variant="default"
              mt="xs"
              onClick={() => onFilter({ ...filter, year: undefined, month: undefined })}
            >
              Look at the last 3 months
            </Button>
          )
        }
      >
        No overlaps, no gaps within a day, nothing too short or too long
        {filter.year === undefined || filter.month === undefined
          ? " in the last 3 months"
          : ` in ${monthTitle({ year: filter.year, month: filter.month }, locale)}`}
        .
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg" className={classes.days ?? ""} data-stale={checks.isPlaceholderData}>
      <Text ref={summary} tabIndex={-1} size="sm" c="dimmed" role="status" id="checks-summary">
        {totals.data ? countsOf(totals.data) : "\u00a0"}
      </Text>
      {days.map(({ date, findings }) => (
        <section key={date} aria-labelledby={`checks-${date}`}>
          <h2 id={`checks-${date}`} className={classes.day}>
            {dayTitle(date, today, locale)}
          </h2>
          <ul className={classes.list}>
            {findings.map((finding) => (
              <li key={keyOf(finding)}>
                <FindingCard
                  finding={finding}
                  isBusy={repair.isPending && isOf(repair.variables.body.sessions, finding)}
                  onRepair={(offer, more) => {
                    repair.mutate(workOf(finding, offer, more));
                    // The card leaves and would take the focus with it.
                    summary.current?.focus({ preventScroll: true });
                  }}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {checks.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={checks.isFetchingNextPage}
            onClick={() => void checks.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
    </Stack>
  );
}

/** The repairs of the last thirty days, each of which can be taken back. */
function Repairs({ personId }: { personId: string }) {
  const place = usePlace();
  const repairs = useInfiniteQuery(repairsQuery(personId));
  const undo = useUndoRepair();
  const items = repairs.data?.pages.flatMap((page) => page.items) ?? [];
  if (repairs.isPending) {
    return <Skeleton height={168} radius="lg" role="status" aria-label="Loading the repairs" />;
  }
  if (repairs.isError && items.length === 0) {
    return (
      <LoadFailure
        what="The repairs"
        error={repairs.error}
        retry={() => void repairs.refetch()}
        retrying={repairs.isFetching}
      />
    );
  }
  if (items.length === 0) {
    return (
      <EmptyState
        icon={<IconHistory size={26} stroke={1.6} aria-hidden />}
        title="Nothing was repaired"
      >
        What you repair or keep is listed here for 30 days, and can be taken back.
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg">
      <ul className={classes.repairs}>
        {items.map((repair) => (
          <li key={repair.id} className={classes.repair} data-undone={repair.undone_at != null}>
            <div className={classes.what}>
              <Text size="sm" fw={550}>
                {describeRepair(repair)}
              </Text>
              <Text size="sm" c="dimmed" className="tabular">
                {dateAndTime(repair.created_at, place)}
                {timesOf(repair, place)}
              </Text>
            </div>
            <Text size="sm" fw={600} className="tabular">
              {changeText(repair.total_change_seconds)}
            </Text>
            {repair.undone_at == null ? (
              <Button
                variant="default"
                size="sm"
                leftSection={<IconArrowBackUp size={16} aria-hidden />}
                aria-label={`Undo: ${describeRepair(repair)}`}
                loading={undo.isPending && undo.variables.id === repair.id}
                onClick={() => undo.mutate(repair)}
              >
                Undo
              </Button>
            ) : (
              <Text size="sm" c="dimmed">
                Taken back
              </Text>
            )}
          </li>
        ))}
      </ul>
      {repairs.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={repairs.isFetchingNextPage}
            onClick={() => void repairs.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function timesOf(repair: Repair, place: ReturnType<typeof usePlace>): string {
  const first = repair.sessions[0];
  if (!first?.former || !first.present) {
    return "";
  }
  const { former, present } = first;
  const day = { date: dayOf(present.started_at, place.timeZone) };
  return former.started_at === present.started_at
    ? `: ended ${clock(present.ended_at, day, place)}, was ${clock(former.ended_at, day, place)}`
    : `: started ${clock(present.started_at, day, place)}, was ${clock(former.started_at, day, place)}`;
}

function countsOf(totals: { overlaps: number; gaps: number; short: number; long: number }): string {
  const parts: [number, string, string][] = [
    [totals.overlaps, "overlap", "overlaps"],
    [totals.gaps, "gap", "gaps"],
    [totals.short, "very short session", "very short sessions"],
    [totals.long, "very long session", "very long sessions"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(" · ");
}

function groupByDate(findings: readonly Finding[]) {
  const days: { date: string; findings: Finding[] }[] = [];
  for (const finding of findings) {
    const last = days.at(-1);
    if (last?.date === finding.date) {
      last.findings.push(finding);
    } else {
      days.push({ date: finding.date, findings: [finding] });
    }
  }
  return days;
}

function keyOf(finding: Finding): string {
  return [finding.kind, ...finding.sessions.map(({ id }) => id)].join(" ");
}

function isOf(sessions: readonly { id: string }[], finding: Finding): boolean {
  return (
    sessions.length === finding.sessions.length &&
    sessions.every(({ id }, index) => id === finding.sessions[index]?.id)
  );
}
