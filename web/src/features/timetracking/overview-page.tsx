import {
  ActionIcon,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Skeleton,
  Stack,
  Switch,
  Text,
  Title,
  Tooltip,
  VisuallyHidden,
} from "@mantine/core";
import { IconChartBar, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ComponentProps, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import type { HoursReport } from "@/api/types";
import { clockDuration, isoDuration, readableDuration } from "@/lib/duration";
import { announce } from "@/ui/announcer";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { ChosenFilters } from "./chosen-filters";
import { ExportMenu } from "./export-menu";
import classes from "./overview.module.css";
import { Charged } from "./overview-charged";
import { OverviewChart } from "./overview-chart";
import {
  type Days,
  dayInNeighbour,
  type Grouping,
  narrowedTo,
  type OverviewChoice,
  type Period,
  periodAround,
  periodTitle,
  readNarrowing,
  sessionsOf,
} from "./overview-choice";
import {
  average,
  type Column,
  columnsOf,
  comparison,
  isCountedTwice,
  type Series,
  secondsToCompare,
  seriesOf,
  toMinute,
} from "./overview-figures";
import { hoursReportQuery } from "./overview-queries";
import { OverviewTable } from "./overview-table";
import { type HoursFilter, timerQuery } from "./queries";
import { billingSettingsQuery } from "./rate-queries";
import { roundingText } from "./rounding";
import { RoundingControl } from "./rounding-control";
import { TargetBalance } from "./target-balance";
import { useToday } from "./use-today";

const periodLabels: { value: Period; label: string }[] = [
  { value: "day", label: "Day" },
  { value: "week", label: "Week" },
  { value: "month", label: "Month" },
  { value: "year", label: "Year" },
];

/** What a link is made of besides its address. */
export type LinkParts = Pick<
  ComponentProps<"a">,
  "className" | "title" | "children" | "tabIndex" | "onFocus" | "onPointerEnter"
>;

/** The router's ways out of the page: to sessions, and to another part of the overview. */
export interface OverviewLinks {
  readonly sessions: (filter: HoursFilter, parts: LinkParts) => ReactNode;
  readonly overview: (choice: OverviewChoice, parts: LinkParts) => ReactNode;
}

/** Where a column or a row leads; null where there is nothing behind it to show. */
export type Destination = ((parts: LinkParts) => ReactNode) | null;

/** Hours of a day, week, month or year, by project, client, tag or person. */
export function OverviewPage({
  choice: asked,
  onChoose,
  links,
}: {
  choice: OverviewChoice;
  onChoose: (choice: OverviewChoice) => void;
  links: OverviewLinks;
}) {
  const { person, role } = useMe();
  const { locale, timeZone } = usePlace();
  const today = useToday(timeZone);
  const seesEveryone = role !== "member";
  const choice = seesEveryone ? asked : withoutOthers(asked);
  const { period, grouping, split, narrow, rounding } = choice;
  const isNarrowed = Object.keys(narrow).length > 0;
  const days = periodAround(period, choice.date ?? today, person.week_start);
  const personId = choice.everybody ? null : person.id;
  const title = periodTitle(period, days, today, locale);
  usePageTitle(`Overview, ${title}`);

  const report = useQuery(
    hoursReportQuery({ period, date: days.from, grouping, split, narrow, rounding, personId }),
  );
  const dayBefore = dayInNeighbour(days, -1);
  const before = useQuery({
    ...hoursReportQuery({
      period,
      date: dayBefore ?? days.from,
      grouping: "none",
      split,
      narrow,
      rounding,
      personId,
    }),
    enabled: dayBefore !== null,
  });
  const { data: billing } = useQuery(billingSettingsQuery);
  useSpokenTotal(title, report.data?.report, report.isPlaceholderData);

  // What is drawn is what was answered: until another answer comes, the one before, paler.
  const drawn = report.data;
  const drawnPeriod = drawn?.request.period ?? period;
  const drawnGrouping = groupingOf(drawn?.request.grouping, grouping);
  const series = useMemo(
    () => (drawn ? seriesOf(drawn.report.buckets, drawnGrouping) : []),
    [drawn, drawnGrouping],
  );
  const columns = useMemo(
    () => (drawn ? columnsOf(drawn.report, drawnPeriod, series) : []),
    [drawn, drawnPeriod, series],
  );
  const [marked, setMarked] = useState<string | null>(null);
  const isEmpty = drawn?.report.total_seconds === 0;

  function step(direction: -1 | 1) {
    const date = dayInNeighbour(days, direction);
    if (date !== null) {
      choose({ date: periodAround(period, date, person.week_start).from });
    }
  }

  /** The period that goes on now is left out of the address, so that a link to it stays one. */
  function choose(change: Partial<OverviewChoice>) {
    const next = { ...choice, ...change };
    const around = periodAround(next.period, next.date ?? today, person.week_start);
    onChoose(contains(around, today) ? { ...next, date: undefined } : next);
  }

  return (
    <Stack gap="lg" className={classes.page ?? ""}>
      <Group justify="space-between" align="center" wrap="nowrap">
        <Title order={1}>Overview</Title>
        <ExportMenu
          query={{
            ...sessionsOf(period, days),
            ...narrow,
            ...(personId === null ? {} : { person_id: personId }),
          }}
          what={title}
          rounding={rounding}
        />
      </Group>

      <div className={classes.controls}>
        <SegmentedControl
          className={classes.periods ?? ""}
          aria-label="Period"
          data={periodLabels}
          value={period}
          onChange={(value) => choose({ period: value as Period })}
        />
        <Group gap={6} wrap="nowrap">
          <StepButton
            label={`Previous ${period}`}
            isPossible={dayBefore !== null}
            step={() => step(-1)}
            icon={<IconChevronLeft size={17} aria-hidden />}
          />
          <StepButton
            label={`Next ${period}`}
            isPossible={dayInNeighbour(days, 1) !== null}
            step={() => step(1)}
            icon={<IconChevronRight size={17} aria-hidden />}
          />
          <Button
            variant="subtle"
            size="compact-sm"
            // Not disabled, which would take the focus away from whoever pressed it.
            aria-disabled={contains(days, today)}
            {...(contains(days, today) ? { "data-disabled": true } : {})}
            className={classes.today ?? ""}
            onClick={() => choose({ date: undefined })}
          >
            {period === "day" ? "Today" : `This ${period}`}
          </Button>
        </Group>
        <ChosenFilters
          filter={narrow}
          withTag
          onFilter={(filter) => choose({ narrow: readNarrowing(searchOf(filter)) })}
        />
        <div className={classes.grouping}>
          {seesEveryone && (
            <SegmentedControl
              aria-label="Whose hours"
              data={[
                { value: "mine", label: "Mine" },
                { value: "everybody", label: "Everybody’s" },
              ]}
              value={choice.everybody ? "everybody" : "mine"}
              onChange={(value) => {
                const everybody = value === "everybody";
                const isByPerson = grouping === "person" && !everybody;
                choose({ everybody, ...(isByPerson ? { grouping: "project" } : {}) });
              }}
            />
          )}
          <NativeSelect
            aria-label="Group by"
            className={classes.select ?? ""}
            value={grouping}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Grouping;
              choose({ grouping: chosen, everybody: choice.everybody || chosen === "person" });
            }}
          >
            <option value="project">By project</option>
            <option value="client">By client</option>
            <option value="tag">By tag</option>
            {seesEveryone && <option value="person">By person</option>}
          </NativeSelect>
        </div>
      </div>

      {report.isError && !drawn ? (
        <LoadFailure
          what="The overview"
          error={report.error}
          retry={() => {
            void report.refetch();
            void before.refetch();
          }}
          retrying={report.isFetching}
        />
      ) : (
        <>
          <section
            className={classes.card}
            aria-label={`Hours of ${title}`}
            aria-busy={report.isFetching && (report.isPending || report.isPlaceholderData)}
            data-stale={report.isPlaceholderData}
          >
            <div className={classes.figures}>
              <h2 className={classes.title}>{title}</h2>
              {drawn ? (
                <p className={classes.total}>
                  <VisuallyHidden>Total </VisuallyHidden>
                  <time dateTime={isoDuration(drawn.report.total_seconds)}>
                    {clockDuration(drawn.report.total_seconds)}
                  </time>
                </p>
              ) : (
                <Skeleton width={150} height={32} my={5} />
              )}
              <p className={classes.sentence}>
                {!drawn || report.isPlaceholderData || before.isPlaceholderData || before.isPending
                  ? "\u00a0"
                  : before.data && days.from <= today
                    ? comparison(
                        drawn.report.total_seconds,
                        secondsToCompare(before.data.report, days, period, today),
                        days,
                        period,
                        today,
                      )
                    : "\u00a0"}
              </p>
              <p className={classes.sentence} hidden={period === "day"}>
                {(drawn && average(drawn.report, drawnPeriod, locale)) ?? "\u00a0"}
              </p>
              {drawn?.report.rounding && (
                <p className={classes.charged}>Rounded {roundingText(drawn.report.rounding)}.</p>
              )}
              {drawn && <Charged report={drawn.report} />}
              {drawn && !report.isPlaceholderData && personId && !isNarrowed && (
                <TargetBalance
                  days={days}
                  personId={personId}
                  cut={split ? "split" : "start_day"}
                  isRounded={Boolean(drawn.report.rounding)}
                  className={classes.sentence}
                />
              )}
            </div>
            {drawn ? (
              <OverviewChart
                // A new drawing, not the old one bent: the columns are other days.
                key={`${drawnPeriod} ${drawn.report.from}`}
                period={drawnPeriod}
                columns={columns}
                series={series}
                today={today}
                marked={marked}
                destinationOf={(column) => columnDestination(column, drawnPeriod, choice, links)}
              />
            ) : (
              <div className={classes.paper} data-period={period} />
            )}
          </section>

          {!drawn ? (
            <LoadingTable />
          ) : isEmpty ? (
            <EmptyState
              icon={<IconChartBar size={26} stroke={1.6} aria-hidden />}
              title={days.from > today ? "Still to come" : "Nothing tracked here"}
              action={
                period !== "year" && (
                  <Button variant="default" mt="xs" onClick={() => choose({ period: "year" })}>
                    Show the whole year
                  </Button>
                )
              }
            >
              Start the timer above, or write down past work on the Hours page. What is tracked
              shows here by day, and beneath it by project, client or tag.
            </EmptyState>
          ) : (
            <OverviewTable
              key={`${drawnGrouping} ${drawn.report.from}`}
              report={drawn.report}
              series={series}
              grouping={drawnGrouping}
              isStale={report.isPlaceholderData}
              onMark={setMarked}
              destinationOf={(one) =>
                rowDestination(one, drawnGrouping, drawnPeriod, drawn.report, {
                  choice,
                  links,
                  myId: person.id,
                })
              }
            />
          )}

          <div className={classes.small}>
            {drawn && isCountedTwice(drawn.report) && (
              <Text size="sm" c="dimmed">
                A session with several tags counts for each of them, so the rows add up to more than
                the total.
              </Text>
            )}
            <RunningNote isShown={contains(days, today) && !choice.everybody} />
            {drawn?.report.rounding && (
              <Text size="sm" role="status">
                Each session is rounded {roundingText(drawn.report.rounding)}, here and in exports
                {drawn.request.rounding ? "" : ", as the organisation does"}. What was tracked stays
                as it is.
              </Text>
            )}
            <RoundingControl
              rounding={rounding}
              standard={billing?.rounding}
              onChange={(next) => choose({ rounding: next })}
            />
            <Switch
              size="sm"
              label="Split at midnight"
              description="A session that runs over midnight counts for the day it starts in, as in the list of sessions. Split, each day has its own part of it."
              checked={split}
              onChange={(event) => choose({ split: event.currentTarget.checked })}
            />
          </div>
        </>
      )}
    </Stack>
  );
}

function StepButton({
  label,
  isPossible,
  step,
  icon,
}: {
  label: string;
  isPossible: boolean;
  step: () => void;
  icon: ReactNode;
}) {
  return (
    <Tooltip label={label} disabled={!isPossible}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={label}
        disabled={!isPossible}
        onClick={step}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

function RunningNote({ isShown }: { isShown: boolean }) {
  const timer = useQuery(timerQuery);
  return isShown && timer.data?.running ? (
    <Text size="sm" c="dimmed">
      The session that runs now counts when it has ended.
    </Text>
  ) : null;
}

function LoadingTable() {
  return (
    <div className={classes.ghosts} role="status" aria-label="Loading the overview">
      {[46, 34, 40, 28].map((width) => (
        <Group key={width} className={classes.ghost ?? ""} justify="space-between" wrap="nowrap">
          <Skeleton width={`${width}%`} height={14} />
          <Skeleton width={64} height={14} />
        </Group>
      ))}
    </div>
  );
}

/** Says the new total when another period or grouping was chosen, not when the page opens. */
function useSpokenTotal(title: string, report: HoursReport | undefined, isStale: boolean) {
  const said = useRef<string | null>(null);
  const now =
    report && !isStale ? `${title}: ${readableDuration(toMinute(report.total_seconds))}` : null;
  useEffect(() => {
    if (now !== null && said.current !== null && now !== said.current) {
      announce(now);
    }
    said.current = now ?? said.current;
  }, [now]);
}

/** The sessions of a column; of everybody's, first whose they are. */
function columnDestination(
  column: Column,
  period: Period,
  choice: OverviewChoice,
  links: OverviewLinks,
): Destination {
  if (column.seconds === 0) {
    return null;
  }
  const inner = period === "year" ? "month" : "day";
  if (!choice.everybody) {
    return (parts) => links.sessions({ ...sessionsOf(inner, column), ...choice.narrow }, parts);
  }
  return period === "day"
    ? null
    : (parts) =>
        links.overview({ ...choice, period: inner, date: column.from, grouping: "person" }, parts);
}

/** The sessions of a row; of everybody’s, first whose they are. */
function rowDestination(
  { bucket: { key } }: Series,
  grouping: Grouping,
  period: Period,
  days: Days,
  { choice, links, myId }: { choice: OverviewChoice; links: OverviewLinks; myId: string },
): Destination {
  const time = sessionsOf(period, days);
  if (grouping === "person") {
    const filter = { ...time, ...choice.narrow };
    return key == null
      ? null
      : (parts) => links.sessions(key === myId ? filter : { ...filter, person_id: key }, parts);
  }
  const narrow = narrowedTo(choice.narrow, grouping, key ?? null);
  return choice.everybody
    ? // The list of sessions is one person's: first whose they are.
      (parts) => links.overview({ ...choice, grouping: "person", narrow }, parts)
    : (parts) => links.sessions({ ...time, ...narrow }, parts);
}

/** As an address would say it. */
function searchOf({ without, ...filter }: HoursFilter): Record<string, unknown> {
  return { ...filter, without: without?.join(",") };
}

function groupingOf(drawn: Grouping | "none" | undefined, chosen: Grouping): Grouping {
  return drawn === undefined || drawn === "none" ? chosen : drawn;
}

function withoutOthers(choice: OverviewChoice): OverviewChoice {
  return {
    ...choice,
    everybody: false,
    grouping: choice.grouping === "person" ? "project" : choice.grouping,
  };
}

function contains({ from, to }: Days, date: string): boolean {
  return from <= date && date < to;
}
