import { Alert, Badge, Button, Checkbox, Group, Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { Timesheet, TimesheetStatus } from "@/api/types";
import { addDays, dateAndTime, dayLabel, dayOf, timeOfDay, weekdayName } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import { Initials } from "@/ui/initials";
import { datesOf } from "./timesheet-actions";
import { peopleQuery, weekQuery, weekSessionsQuery } from "./timesheet-queries";
import classes from "./timesheets.module.css";

const badges: Record<TimesheetStatus, { label: string; color?: string; variant: string }> = {
  open: { label: "Open", color: "gray", variant: "light" },
  submitted: { label: "Submitted", variant: "light" },
  approved: { label: "Approved", variant: "filled" },
  returned: { label: "Returned", color: "safranin", variant: "light" },
};

const deeds = {
  submitted: "Submitted",
  withdrawn: "Withdrawn",
  approved: "Approved",
  reopened: "Approval taken back",
  returned: "Returned",
} as const;

/** A week with its hours by day; its projects, sessions and history when it is opened. */
export function TimesheetWeek({
  sheet,
  showsPerson,
  chosen,
  onChoose,
  buttons,
}: {
  sheet: Timesheet;
  showsPerson: boolean;
  /** Whether it is one of several that something is to be done with; absent where it can't be. */
  chosen?: boolean | undefined;
  onChoose?: (chosen: boolean) => void;
  buttons: ReactNode;
}) {
  const { locale } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const detailsId = useId();
  const dates = datesOf(sheet, locale);
  const title = showsPerson ? `${sheet.person_name}, ${dates}` : dates;
  const badge = badges[sheet.status];

  return (
    <li className={classes.week} aria-label={title}>
      <div className={classes.head}>
        <div className={classes.who}>
          {chosen !== undefined && (
            <Checkbox
              aria-label={`Choose ${title}`}
              checked={chosen}
              onChange={(event) => onChoose?.(event.currentTarget.checked)}
            />
          )}
          {showsPerson && (
            <span className={classes.avatar}>
              <Initials name={sheet.person_name} />
            </span>
          )}
          <div style={{ minWidth: 0 }}>
            <h2 className={classes.name}>{showsPerson ? sheet.person_name : dates}</h2>
            {showsPerson && (
              <Text size="sm" c="dimmed">
                {dates}
              </Text>
            )}
          </div>
        </div>
        <Badge variant={badge.variant} {...(badge.color ? { color: badge.color } : {})}>
          {badge.label}
        </Badge>
        {sheet.missing && sheet.status === "open" && (
          <Badge variant="light" color="safranin">
            Missing
          </Badge>
        )}
        <time className={classes.total} dateTime={isoDuration(sheet.duration_seconds)}>
          {clockDuration(sheet.duration_seconds)}
        </time>
        <div className={classes.buttons}>
          {buttons}
          <Button
            variant="default"
            size="sm"
            aria-expanded={isOpen}
            aria-controls={detailsId}
            aria-label={`${isOpen ? "Hide" : "Show"} details of ${title}`}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? "Hide" : "Details"}
          </Button>
        </div>
      </div>
      <Days sheet={sheet} />
      {sheet.comment !== "" && (
        <p className={classes.words}>
          <b>{sheet.status === "approved" ? "Comment" : "To be mended"}:</b> {sheet.comment}
        </p>
      )}
      {sheet.note !== "" && (
        <p className={classes.words}>
          <b>Note:</b> {sheet.note}
        </p>
      )}
      <div id={detailsId} hidden={!isOpen}>
        {isOpen && <Details sheet={sheet} />}
      </div>
    </li>
  );
}

function weekdays(sheet: Timesheet): string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((number) => addDays(sheet.from, number));
}

function hoursAndMinutes(seconds: number): string {
  return clockDuration(seconds).replace(/:\d\d$/, "");
}

function Days({ sheet }: { sheet: Timesheet }) {
  const { locale } = usePlace();
  const seconds = new Map(sheet.days.map((day) => [day.date, day.duration_seconds]));
  return (
    <dl className={classes.days}>
      {weekdays(sheet).map((date) => (
        <div key={date} data-empty={!seconds.has(date)}>
          <dt title={dayLabel(date, locale)}>{weekdayName(date, locale)}</dt>
          <dd>{seconds.has(date) ? hoursAndMinutes(seconds.get(date) ?? 0) : "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

function Details({ sheet }: { sheet: Timesheet }) {
  const { role } = useMe();
  const place = usePlace();
  const week = useQuery(weekQuery(sheet.person_id, sheet.from));
  const sessions = useInfiniteQuery(
    weekSessionsQuery(sheet.person_id, sheet.starts_at, sheet.ends_at),
  );
  const people = useQuery({ ...peopleQuery, enabled: role !== "member" });
  const failure = week.error ?? sessions.error;
  if (failure) {
    return (
      <Alert mt="sm" color="safranin" variant="light" role="alert">
        <Group justify="space-between">
          {explain(failure)}
          <Button
            size="compact-sm"
            color="safranin"
            variant="light"
            onClick={() => {
              void week.refetch();
              void sessions.refetch();
            }}
          >
            Retry
          </Button>
        </Group>
      </Alert>
    );
  }
  if (!week.data || !sessions.data) {
    return <Skeleton mt="sm" height={140} radius="md" />;
  }
  const items = sessions.data.pages.flatMap((page) => page.items);
  // The days are those of the person's zone, not of whoever looks at them.
  const zone = { locale: place.locale, timeZone: sheet.time_zone };
  const days = weekdays(sheet);
  return (
    <div className={classes.details}>
      {week.data.projects.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label="Hours by project">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Project</th>
                {days.map((date) => (
                  <th key={date} scope="col">
                    {dayLabel(date, place.locale)}
                  </th>
                ))}
                <th scope="col">Total</th>
              </tr>
            </thead>
            <tbody>
              {week.data.projects.map((project) => (
                <tr key={project.key ?? "none"}>
                  <th scope="row" title={project.label}>
                    <span
                      className={classes.dot}
                      style={{ background: project.colour ?? "var(--bb-line-strong)" }}
                    />
                    {project.label}
                  </th>
                  {days.map((date) => {
                    const day = project.days.find((each) => each.date === date);
                    return <td key={date}>{day ? hoursAndMinutes(day.duration_seconds) : ""}</td>;
                  })}
                  <td>{hoursAndMinutes(project.duration_seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label="Sessions">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Session</th>
                <th scope="col">Day</th>
                <th scope="col">From – to</th>
                <th scope="col">Duration</th>
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <tr key={session.id}>
                  <th scope="row" title={session.name}>
                    {session.name || "Untitled session"}
                  </th>
                  <td>{dayLabel(dayOf(session.started_at, zone.timeZone), place.locale)}</td>
                  <td>
                    {timeOfDay(session.started_at, zone)} –{" "}
                    {timeOfDay(session.ended_at ?? session.started_at, zone)}
                  </td>
                  <td>{clockDuration(session.duration_seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {sessions.hasNextPage && (
            <Button
              mt="xs"
              variant="default"
              size="compact-sm"
              loading={sessions.isFetchingNextPage}
              onClick={() => void sessions.fetchNextPage()}
            >
              Load more
            </Button>
          )}
        </section>
      )}
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          No hours in this week.
        </Text>
      )}
      {week.data.history.length > 0 && (
        <section>
          <h3 className={classes.subtitle}>History</h3>
          <ul className={classes.events}>
            {week.data.history.map((event) => {
              const who =
                event.actor_id === sheet.person_id
                  ? sheet.person_name
                  : people.data?.find(({ id }) => id === event.actor_id)?.name;
              return (
                <li key={`${event.occurred_at} ${event.action}`}>
                  {deeds[event.action]}
                  {who ? ` by ${who}` : ""}, {dateAndTime(event.occurred_at, place)}
                  {event.comment ? `: ${event.comment}` : ""}
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {sheet.time_zone !== place.timeZone && (
        <Text size="sm" c="dimmed">
          Days and times of this week are those of {sheet.time_zone}.
        </Text>
      )}
    </div>
  );
}
