import {
  ActionIcon,
  Button,
  Group,
  Menu,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import {
  IconCalendarStats,
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconFileSpreadsheet,
  IconFileTypeCsv,
  IconSearch,
} from "@tabler/icons-react";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { answer, api } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import { addDays, dateRange, dayOf, monthTitle, shortDate, yearMonthOf } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { matches } from "@/lib/search";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import {
  columnsOf,
  contractedSeconds,
  differenceText,
  type PlannedColumn,
  type PlannedRow,
  rowsOf,
} from "./planned-hours";
import classes from "./planned-hours.module.css";
import { employeesQuery } from "./queries";
import { stepDate } from "./roster-choice";
import { hoursText } from "./roster-model";
import { saveFile } from "./save-file";

export const plannedPeriods = ["week", "month", "year"] as const;
export type PlannedPeriod = (typeof plannedPeriods)[number];

export interface PlannedChoice {
  /** Without one, the month. */
  readonly period?: PlannedPeriod;
  /** A day of it; without one, today. */
  readonly date?: string;
}

export interface PlannedLinks {
  readonly roster: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
}

const labels: Record<PlannedPeriod, string> = { week: "Week", month: "Month", year: "Year" };

const plannedQuery = (period: PlannedPeriod, date: string) =>
  queryOptions({
    // It changes with every shift.
    queryKey: ["shifts", "planned", period, date],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/reports/shifts", { signal, params: { query: { period, date } } })),
    placeholderData: keepPreviousData,
  });

/** How many hours everybody is planned for, week by week, against what their contract says. */
export function PlannedHoursPage({
  choice,
  onChoose,
  links,
}: {
  choice: PlannedChoice;
  onChoose: (choice: PlannedChoice) => void;
  links: PlannedLinks;
}) {
  const { role } = useMe();
  const { locale, timeZone } = usePlace();
  const isManager = role !== "member";
  const today = dayOf(serverClock.now(), timeZone);
  const period = choice.period ?? "month";
  const date = choice.date ?? today;
  const hours = useQuery(plannedQuery(period, date));
  const employees = useQuery({ ...employeesQuery, enabled: isManager });
  const [search, setSearch] = useState("");

  const title =
    period === "month"
      ? monthTitle(yearMonthOf(date), locale)
      : period === "year"
        ? date.slice(0, 4)
        : hours.data && !hours.isPlaceholderData
          ? dateRange(hours.data.from, addDays(hours.data.to, -1), locale)
          : shortDate(date, locale);
  usePageTitle(`Planned hours, ${title}`);

  const columns = useMemo(
    () => (hours.data ? columnsOf(hours.data.from, hours.data.to) : []),
    [hours.data],
  );
  const all = useMemo(
    () => (hours.data ? rowsOf(hours.data, employees.data ?? []) : []),
    [hours.data, employees.data],
  );
  const rows = all.filter(({ name }) => matches(name, search));

  const isCurrent = hours.data !== undefined && today >= hours.data.from && today < hours.data.to;
  const step = (direction: -1 | 1) => stepped(period, date, direction);
  function go(direction: -1 | 1) {
    const next = step(direction);
    if (next !== null) {
      onChoose({ ...choice, date: next });
    }
  }

  function save(format: "csv" | "xlsx") {
    void saveFile(
      "/api/v1/reports/shifts/export",
      { period, date, format },
      `planned hours of ${title}`,
    );
  }

  return (
    <Stack gap="md" data-wide-page>
      <Group justify="space-between" align="center">
        <Title order={1}>Planned hours</Title>
        <Menu position="bottom-end" width={230} withinPortal={false}>
          <Menu.Target>
            <Button
              variant="default"
              disabled={rows.length === 0}
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconFileSpreadsheet size={18} stroke={1.6} aria-hidden />}
              onClick={() => save("xlsx")}
            >
              Excel (XLSX)
            </Menu.Item>
            <Menu.Item
              leftSection={<IconFileTypeCsv size={18} stroke={1.6} aria-hidden />}
              onClick={() => save("csv")}
            >
              CSV
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <div className={classes.controls}>
        <SegmentedControl
          size="sm"
          aria-label="Period"
          value={period}
          data={plannedPeriods.map((value) => ({ value, label: labels[value] }))}
          onChange={(value) => onChoose({ ...choice, period: value as PlannedPeriod })}
        />
        <Group gap={6} wrap="nowrap">
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Earlier"
            disabled={step(-1) === null}
            onClick={() => go(-1)}
          >
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <Button
            variant="default"
            size="sm"
            disabled={isCurrent}
            onClick={() => {
              const { date: _date, ...others } = choice;
              onChoose(others);
            }}
          >
            Today
          </Button>
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Later"
            disabled={step(1) === null}
            onClick={() => go(1)}
          >
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
        </Group>
        <Text className={classes.period ?? ""} component="p">
          {title}
          {hours.data && (
            <span className={classes.total}>
              {hoursText(hours.data.planned_seconds)} h, {counted(hours.data.shifts, "shift")}
            </span>
          )}
        </Text>
        {isManager && (
          <TextInput
            type="search"
            aria-label="Search employees"
            placeholder="Search employees"
            leftSection={<IconSearch size={16} aria-hidden />}
            className={classes.search ?? ""}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
      </div>
      {hours.isPending ? (
        <Skeleton height={320} radius="lg" role="status" aria-label="Loading planned hours" />
      ) : hours.data === undefined ? (
        <LoadFailure
          what="The planned hours"
          error={hours.error}
          retry={() => void hours.refetch()}
          retrying={hours.isFetching}
        />
      ) : all.length === 0 ? (
        <EmptyState
          icon={<IconCalendarStats size={26} stroke={1.6} aria-hidden />}
          title="Nothing is planned"
        >
          {isManager
            ? "Once there are employees and shifts, their hours are added up here."
            : "You have no shifts in this time."}
        </EmptyState>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <section className={classes.scroller} aria-label={`Planned hours, ${title}`} tabIndex={0}>
            <table className={classes.table} data-waiting={hours.isPlaceholderData}>
              <thead>
                <tr>
                  <th scope="col">Employee</th>
                  {columns.map((column) => (
                    <th key={column.monday} scope="col">
                      {links.roster(column.monday, {
                        className: classes.week ?? "",
                        children: `Week ${column.number}`,
                      })}
                      <small>
                        {column.days < 7
                          ? `${counted(column.days, "day")} of it`
                          : dayAndMonth(column.monday, locale)}
                      </small>
                    </th>
                  ))}
                  {columns.length > 1 && <th scope="col">Together</th>}
                  <th scope="col">
                    Contract
                    <small>a week</small>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.employeeId} row={row} columns={columns} />
                ))}
              </tbody>
              {rows.length > 1 && (
                <tfoot>
                  <tr>
                    <th scope="row">Together</th>
                    {columns.map(({ monday }) => (
                      <td key={monday}>
                        {hoursText(sum(rows.map(({ secondsOf }) => secondsOf.get(monday) ?? 0)))}
                      </td>
                    ))}
                    {columns.length > 1 && (
                      <td>{hoursText(sum(rows.map(({ seconds }) => seconds)))}</td>
                    )}
                    <td />
                  </tr>
                </tfoot>
              )}
            </table>
          </section>
          {rows.length === 0 && <Text c="dimmed">Nobody is called “{search}”.</Text>}
          <Text size="sm" c="dimmed">
            Hours without breaks, {isManager ? "drafts included" : "as published"}; a shift counts
            whole for the day on which it starts. Beneath them, how much that is more (+) or less
            (−) than the contract says; for the days of a week that is not whole, a seventh of it
            each, in the sum alone.
          </Text>
        </>
      )}
    </Stack>
  );
}

function Row({ row, columns }: { row: PlannedRow; columns: readonly PlannedColumn[] }) {
  const days = sum(columns.map((column) => column.days));
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {columns.map(({ monday, days: inWeek }) => (
        <td key={monday}>
          <Hours
            seconds={row.secondsOf.get(monday) ?? 0}
            // A day or two say nothing about what is agreed for a week.
            contracted={inWeek === 7 ? contractedSeconds(row.contractedPerWeek, 7) : null}
          />
        </td>
      ))}
      {columns.length > 1 && (
        <td className={classes.sum}>
          <Hours
            seconds={row.seconds}
            contracted={contractedSeconds(row.contractedPerWeek, days)}
          />
        </td>
      )}
      <td className={classes.contract}>
        {row.contractedPerWeek === null ? "–" : `${row.contractedPerWeek} h`}
      </td>
    </tr>
  );
}

function Hours({ seconds, contracted }: { seconds: number; contracted: number | null }) {
  const difference = differenceText(seconds, contracted);
  return (
    <>
      {seconds === 0 ? "–" : hoursText(seconds)}
      {contracted !== null && (
        <small data-over={difference?.startsWith("+") ?? false}>{difference ?? "as agreed"}</small>
      )}
    </>
  );
}

/** The day to show for a step back or on; null where the kept years end. */
function stepped(period: PlannedPeriod, date: string, direction: -1 | 1): string | null {
  if (period !== "year") {
    return stepDate(period, date, direction);
  }
  const year = Number(date.slice(0, 4)) + direction;
  return year >= 1971 && year <= 2098 ? `${year}-01-01` : null;
}

function dayAndMonth(date: string, locale: string): string {
  return `from ${shortDate(date, locale).replace(/,? ?\d{4}$/, "")}`;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
