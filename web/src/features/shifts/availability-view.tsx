import { Button, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconCalendarHeart, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePlace } from "@/api/me";
import type { Availability, Employee } from "@/api/types";
import { dayLabel } from "@/lib/calendar";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { AvailabilityForm } from "./availability-form";
import classes from "./leave.module.css";
import { availabilityQuery } from "./leave-queries";
import { hoursOf, weekdayLabels } from "./leave-wording";
import { nameOf } from "./queries";

/** When people cannot work, and when they would rather. */
export function AvailabilityView({
  employees,
  own,
  only,
  decides,
  today,
}: {
  employees: readonly Employee[];
  own: Employee | undefined;
  /** The one employee who is shown, if not all are. */
  only: string | undefined;
  decides: boolean;
  today: string;
}) {
  const entries = useQuery(availabilityQuery);
  const [open, setOpen] = useState<{ entry: Availability | null; employeeId: string } | null>(null);
  const whose = only ?? own?.id ?? employees[0]?.id ?? "";
  if (entries.data === undefined) {
    return entries.isError ? (
      <LoadFailure
        what="Availability"
        error={entries.error}
        retry={() => void entries.refetch()}
        retrying={entries.isFetching}
      />
    ) : (
      <Skeleton height={200} radius="lg" role="status" aria-label="Loading availability" />
    );
  }
  // What is over does not matter any more.
  const current = entries.data.filter(({ date }) => !date || date >= today);
  const shown = employees
    .filter(({ id }) => only === undefined || id === only)
    .map((employee) => ({
      employee,
      entries: current.filter(({ employee_id }) => employee_id === employee.id),
    }))
    .filter((one) => one.entries.length > 0);
  const isMine = !decides;

  return (
    <Stack gap="md">
      <div className={classes.controls}>
        <Text size="sm" c="dimmed" maw="38rem">
          {isMine
            ? "When you cannot work, or would rather. Managers see it; no shift is refused for it."
            : "When people cannot work, or would rather. No shift is refused for it."}
        </Text>
        {employees.length > 0 && (
          <Button
            className={classes.end ?? ""}
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setOpen({ entry: null, employeeId: whose })}
          >
            Add times
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <EmptyState
          icon={<IconCalendarHeart size={26} stroke={1.6} aria-hidden />}
          title={isMine ? "You can work at any time" : "Nobody has said when they cannot work"}
        >
          {isMine
            ? "As long as you add no times, that is how you are planned."
            : "People say it here themselves; managers can for anybody."}
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {shown.map(({ employee, entries: theirs }) => (
            <li key={employee.id} className={classes.person} aria-label={nameOf(employee)}>
              <TimesOf
                employee={employee}
                isNamed={!isMine}
                entries={theirs}
                onOpen={(entry) => setOpen({ entry, employeeId: employee.id })}
              />
            </li>
          ))}
        </ul>
      )}
      {open && (
        <AvailabilityForm
          key={open.entry?.id ?? "new"}
          entry={open.entry}
          employeeId={open.employeeId}
          employees={decides ? employees : []}
          today={today}
          close={() => setOpen(null)}
        />
      )}
    </Stack>
  );
}

function TimesOf({
  employee,
  isNamed,
  entries,
  onOpen,
}: {
  employee: Employee;
  isNamed: boolean;
  entries: readonly Availability[];
  onOpen: (entry: Availability) => void;
}) {
  const { locale, timeZone } = usePlace();
  const name = nameOf(employee);
  const weekly = entries.filter(({ weekday }) => weekday != null);
  const dated = entries
    .filter(({ date }) => date != null)
    .sort((one, other) => (one.date ?? "").localeCompare(other.date ?? ""));
  const button = (entry: Availability) => {
    const isWeekly = entry.weekday != null;
    return (
      <button
        key={entry.id}
        type="button"
        className={classes.entry}
        data-kind={entry.kind}
        title={entry.note ?? undefined}
        onClick={() => onOpen(entry)}
      >
        {isNamed && <VisuallyHidden>{name}: </VisuallyHidden>}
        <b>{entry.kind === "cannot" ? "Cannot" : "Prefers"}</b>{" "}
        <VisuallyHidden>
          {entry.kind === "cannot" ? "work " : "to work "}
          {isWeekly ? `every ${weekdayLabels[(entry.weekday ?? 1) - 1]} ` : "on "}
        </VisuallyHidden>
        {!isWeekly && `${dayLabel(entry.date ?? "", locale)}, `}
        {hoursOf(entry)}
        {entry.time_zone !== timeZone && ` (${entry.time_zone.replaceAll("_", " ")})`}
      </button>
    );
  };
  return (
    <>
      {isNamed && (
        <div className={classes.personHead}>
          <h2>{name}</h2>
        </div>
      )}
      {weekly.length > 0 && (
        <dl className={classes.week} aria-label={`Every week, ${name}`}>
          {weekdayLabels.map((label, index) => {
            const here = weekly
              .filter(({ weekday }) => weekday === index + 1)
              .sort((one, other) => (one.start_time ?? "").localeCompare(other.start_time ?? ""));
            return (
              <div key={label} data-empty={here.length === 0}>
                <dt>{label.slice(0, 3)}</dt>
                <dd>{here.map(button)}</dd>
              </div>
            );
          })}
        </dl>
      )}
      {dated.length > 0 && (
        <ul className={classes.dates}>
          {dated.map((entry) => (
            <li key={entry.id}>{button(entry)}</li>
          ))}
        </ul>
      )}
    </>
  );
}
