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
import { IconChevronLeft, IconChevronRight, IconScale } from "@tabler/icons-react";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { answer, api } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { BalanceReport } from "@/api/types";
import { addDays, dateRange, monthTitle, shortDate, yearMonthOf } from "@/lib/calendar";
import { clockDuration, isoDuration, signedDuration } from "@/lib/duration";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import classes from "./balance.module.css";
import {
  type BalanceChoice,
  type BalanceUnit,
  daysUpTo,
  periodsShown,
  stepped,
} from "./balance-choice";
import { type Days, isKnownDate } from "./overview-choice";
import type { HoursFilter } from "./queries";
import { peopleQuery } from "./timesheet-queries";
import { useToday } from "./use-today";

type PersonBalance = BalanceReport["people"][number];
type BalancePeriod = PersonBalance["periods"][number];

/** The router's ways out of the page. */
export interface BalanceLinks {
  readonly sessions: (filter: HoursFilter, children: ReactNode) => ReactNode;
  readonly balance: (choice: BalanceChoice, children: ReactNode) => ReactNode;
  readonly targets: (children: ReactNode) => ReactNode;
}

const balanceQuery = (by: BalanceUnit, days: Days, personId: string | null) =>
  queryOptions({
    // Whatever changes sessions or targets changes it.
    queryKey: ["sessions", "balance", by, days, personId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/reports/balance", {
          signal,
          params: {
            query: { by, ...days, ...(personId === null ? {} : { person_id: personId }) },
          },
        }),
      ),
    // While other weeks are on their way, those before stay, paler; never somebody else's.
    placeholderData: (before, query) =>
      query?.queryKey[4] === personId ? keepPreviousData(before) : undefined,
  });

/** What was worked against what was expected, by week or month, and what has run up since. */
export function BalancePage({
  choice,
  onChoose,
  links,
}: {
  choice: BalanceChoice;
  onChoose: (choice: BalanceChoice) => void;
  links: BalanceLinks;
}) {
  usePageTitle("Balance");
  const { person, role } = useMe();
  const { timeZone } = usePlace();
  const today = useToday(timeZone);
  const seesEveryone = role !== "member";
  const by = choice.by ?? "week";
  const isOfAll = seesEveryone && choice.everybody === "yes";
  const personId = (seesEveryone && choice.person_id) || person.id;
  const count = isOfAll ? 1 : periodsShown;
  const days = daysUpTo(choice.date ?? today, by, count, person.week_start);
  const balances = useQuery(balanceQuery(by, days, isOfAll ? null : personId));
  const [own] = balances.data?.people ?? [];
  const isStale = balances.isPlaceholderData;

  function goTo(date: string) {
    const isNow = daysUpTo(today, by, count, person.week_start).to === daysOf(date).to;
    const { date: _date, ...others } = choice;
    onChoose(isNow ? others : { ...others, date });
  }
  const daysOf = (date: string) => daysUpTo(date, by, count, person.week_start);
  const isNow = daysOf(today).to === days.to;

  return (
    <Stack gap="lg">
      <Title order={1}>Balance</Title>
      <div className={classes.controls}>
        <SegmentedControl
          aria-label="By"
          data={[
            { value: "week", label: "Weeks" },
            { value: "month", label: "Months" },
          ]}
          value={by}
          onChange={(value) => {
            const { by: _by, ...others } = choice;
            onChoose(value === "month" ? { ...others, by: "month" } : others);
          }}
        />
        <Group gap={6} wrap="nowrap">
          <Step label="Earlier" to={stepped(days.from, by, -1)} go={goTo}>
            <IconChevronLeft size={17} aria-hidden />
          </Step>
          <Step label="Later" to={stepped(days.from, by, 2 * count - 1)} go={goTo}>
            <IconChevronRight size={17} aria-hidden />
          </Step>
          <Button
            variant="subtle"
            size="compact-sm"
            // Not disabled, which would take the focus away from whoever pressed it.
            aria-disabled={isNow}
            {...(isNow ? { "data-disabled": true } : {})}
            className={classes.today ?? ""}
            onClick={() => goTo(today)}
          >
            Today
          </Button>
        </Group>
        {seesEveryone && (
          <WhoseBalance
            personId={personId}
            isOfAll={isOfAll}
            onChoose={(whose) =>
              onChoose({
                ...(choice.by ? { by: choice.by } : {}),
                ...(choice.date ? { date: choice.date } : {}),
                ...whose,
              })
            }
          />
        )}
      </div>

      {balances.data === undefined ? (
        balances.isError ? (
          <LoadFailure
            what="The balance"
            error={balances.error}
            retry={() => void balances.refetch()}
            retrying={balances.isFetching}
          />
        ) : (
          <Skeleton height={420} radius="lg" role="status" aria-label="Loading the balance" />
        )
      ) : isOfAll ? (
        <Everybody report={balances.data} choice={choice} isStale={isStale} links={links} />
      ) : !own || own.since === null ? (
        <EmptyState
          icon={<IconScale size={26} stroke={1.6} aria-hidden />}
          title="No target to compare with"
          action={links.targets("Set a target")}
        >
          A target says how long to work on each weekday or in the week, from a day on. What is
          worked from then on is compared with it here.
        </EmptyState>
      ) : (
        <OnePerson
          balance={own}
          // Those of the answer, which are others than the chosen ones while these are on their way.
          days={balances.data}
          by={balances.data.by}
          isStale={isStale}
          sessions={(period, label) =>
            links.sessions(
              {
                from: period.from,
                to: period.to,
                ...(own.person_id === person.id ? {} : { person_id: own.person_id }),
              },
              label,
            )
          }
        />
      )}
      <Text size="sm" c="dimmed" className={classes.note ?? ""}>
        Expected is what {links.targets("targets")} say, less approved leave. The balance begins
        with the first target and counts whole days up to yesterday, as they were tracked.
      </Text>
    </Stack>
  );
}

function Step({
  label,
  to,
  go,
  children,
}: {
  label: string;
  to: string;
  go: (date: string) => void;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={label}
        disabled={!isKnownDate(to)}
        onClick={() => go(to)}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function WhoseBalance({
  personId,
  isOfAll,
  onChoose,
}: {
  personId: string;
  isOfAll: boolean;
  onChoose: (whose: Pick<BalanceChoice, "person_id" | "everybody">) => void;
}) {
  const { person } = useMe();
  const people = useQuery(peopleQuery);
  const others = (people.data ?? []).filter(
    ({ id, active }) => id !== person.id && (active || id === personId),
  );
  return (
    <NativeSelect
      aria-label="Whose balance"
      className={classes.whose ?? ""}
      value={isOfAll ? "" : personId}
      onChange={(event) => {
        const { value } = event.currentTarget;
        onChoose(
          value === "" ? { everybody: "yes" } : value === person.id ? {} : { person_id: value },
        );
      }}
    >
      <option value={person.id}>{person.name} (you)</option>
      <option value="">Everybody</option>
      {others.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </NativeSelect>
  );
}

function OnePerson({
  balance,
  days,
  by,
  isStale,
  sessions,
}: {
  balance: PersonBalance;
  days: Days;
  by: BalanceUnit;
  isStale: boolean;
  sessions: (period: BalancePeriod, label: string) => ReactNode;
}) {
  const { locale } = usePlace();
  const { name, since, balance_seconds, periods } = balance;
  const newestFirst = periods
    .filter((period) => period.tracked_seconds > 0 || (since !== null && since < period.to))
    .toReversed();
  return (
    <>
      <section className={classes.card} aria-label="Running balance" data-stale={isStale}>
        <p className={classes.running}>{signedDuration(balance_seconds ?? 0)}</p>
        <p className={classes.since}>
          {since && `Worked less expected, from ${shortDate(since, locale)} on`}
        </p>
      </section>
      <BalanceTable
        caption={`Balance of ${name}, ${dateRange(days.from, addDays(days.to, -1), locale)}`}
        heading={by === "week" ? "Week" : "Month"}
        isStale={isStale}
        rows={newestFirst.map((period) => ({
          id: period.from,
          label: sessions(period, periodText(period, by, locale, "short")),
          period,
        }))}
      />
    </>
  );
}

function Everybody({
  report,
  choice,
  isStale,
  links,
}: {
  report: BalanceReport;
  choice: BalanceChoice;
  isStale: boolean;
  links: BalanceLinks;
}) {
  const { locale } = usePlace();
  const title = periodText(report, report.by, locale);
  return (
    <>
      <Title order={2} size="h3">
        {title}
      </Title>
      <BalanceTable
        caption={`Balances of everybody, ${title}`}
        heading="Person"
        isStale={isStale}
        rows={report.people.flatMap(({ person_id, name, periods }) =>
          periods.map((period) => ({
            id: person_id,
            label: links.balance({ ...choice, everybody: undefined, person_id }, name),
            period,
          })),
        )}
      />
    </>
  );
}

interface Row {
  readonly id: string;
  readonly label: ReactNode;
  readonly period: BalancePeriod;
}

function BalanceTable({
  caption,
  heading,
  rows,
  isStale,
}: {
  caption: string;
  heading: string;
  rows: readonly Row[];
  isStale: boolean;
}) {
  const total = (of: (period: BalancePeriod) => number | null) =>
    rows.reduce((sum, { period }) => sum + (of(period) ?? 0), 0);
  return (
    <table className={classes.table} data-stale={isStale}>
      <caption className={classes.hidden}>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{heading}</th>
          <th scope="col" className={classes.wide}>
            Expected
          </th>
          <th scope="col" className={classes.wide}>
            Leave
          </th>
          <th scope="col">Worked</th>
          <th scope="col">Difference</th>
          <th scope="col">Balance</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, label, period }) => (
          <tr key={id}>
            <th scope="row">
              {label}
              {period.expected_seconds !== null && (
                <small className={classes.narrow}>
                  of {clockDuration(period.expected_seconds)}
                  {period.leave_seconds > 0 && `, ${clockDuration(period.leave_seconds)} leave`}
                </small>
              )}
            </th>
            <td className={classes.wide}>
              <Hours seconds={period.expected_seconds} />
            </td>
            <td className={classes.wide}>
              <Hours seconds={period.leave_seconds || null} />
            </td>
            <td>
              <Hours seconds={period.tracked_seconds} />
            </td>
            <td data-sign={Math.sign(period.difference_seconds ?? 0)}>
              {period.difference_seconds === null ? "–" : signedDuration(period.difference_seconds)}
            </td>
            <td className={classes.balance}>
              {period.balance_seconds === null ? "–" : signedDuration(period.balance_seconds)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          <td className={classes.wide}>
            <Hours seconds={total((period) => period.expected_seconds)} />
          </td>
          <td className={classes.wide}>
            <Hours seconds={total((period) => period.leave_seconds) || null} />
          </td>
          <td>
            <Hours seconds={total((period) => period.tracked_seconds)} />
          </td>
          <td>{signedDuration(total((period) => period.difference_seconds))}</td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}

function Hours({ seconds }: { seconds: number | null }) {
  return seconds === null ? (
    "–"
  ) : (
    <time dateTime={isoDuration(seconds)}>{clockDuration(seconds)}</time>
  );
}

function periodText(
  { from, to }: Days,
  by: BalanceUnit,
  locale: string,
  month: "long" | "short" = "long",
): string {
  return by === "month"
    ? monthTitle(yearMonthOf(from), locale)
    : dateRange(from, addDays(to, -1), locale, month);
}
