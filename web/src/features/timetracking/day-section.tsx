import { Skeleton, VisuallyHidden } from "@mantine/core";
import { type ComponentProps, memo, type ReactNode, useEffect, useRef } from "react";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { addDays, type Day, dayTitle } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import type { KnownProject } from "./catalogue-queries";
import { DayLock } from "./day-lock";
import classes from "./day-section.module.css";
import { type SessionActions, SessionRow } from "./session-row";

/** The way to the calendar of a day; the router knows its address, and gives always the same one. */
export type DayLink = (
  date: string,
  parts: Pick<ComponentProps<"a">, "className" | "title" | "children">,
) => ReactNode;

/** One day: its sessions, and what they add up to whether or not all of them are loaded. */
export const DaySection = memo(function DaySection({
  day,
  today,
  totalSeconds,
  editing,
  selected,
  projects,
  actions,
  dayLink,
}: {
  day: Day<Session>;
  today: string;
  totalSeconds: number | null;
  /** The session of this day that is being edited. */
  editing: string | null;
  /** Which of its sessions are selected; the same set while they are. */
  selected: ReadonlySet<string>;
  projects: ReadonlyMap<string, KnownProject>;
  actions: SessionActions;
  dayLink: DayLink;
}) {
  const { locale } = usePlace();
  const nickname =
    day.date === today ? "Today" : day.date === addDays(today, -1) ? "Yesterday" : null;
  const headingId = `day-${day.date}`;

  return (
    <section className={classes.day} aria-labelledby={headingId}>
      <header className={classes.header}>
        <SelectDay
          name={nickname ?? dayTitle(day.date, today, locale)}
          state={selected.size === 0 ? "none" : selected.size < day.items.length ? "some" : "all"}
          onSelect={(isSelected) => actions.selectDay(day.items, isSelected)}
        />
        <h2 id={headingId} className={classes.title}>
          {nickname && <span className={classes.nickname}>{nickname}</span>}
          {dayLink(day.date, {
            className: classes.link,
            title: "Open in the calendar",
            children: dayTitle(day.date, today, locale),
          })}
          <DayLock sessions={day.items} />
        </h2>
        <span className={classes.total}>
          <VisuallyHidden>Total of the day </VisuallyHidden>
          {totalSeconds === null ? (
            <Skeleton component="span" display="inline-block" width={60} height={14} />
          ) : (
            <time dateTime={isoDuration(totalSeconds)}>{clockDuration(totalSeconds)}</time>
          )}
        </span>
      </header>
      <ul className={classes.list}>
        {day.items.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            project={session.project_id === null ? undefined : projects.get(session.project_id)}
            today={today}
            isEditing={editing === session.id}
            isSelected={selected.has(session.id)}
            actions={actions}
          />
        ))}
      </ul>
    </section>
  );
});

/** Takes all sessions of the day that are loaded in or out. */
function SelectDay({
  name,
  state,
  onSelect,
}: {
  name: string;
  state: "none" | "some" | "all";
  onSelect: (isSelected: boolean) => void;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) {
      box.current.indeterminate = state === "some";
    }
  }, [state]);
  return (
    <label className={classes.select}>
      <input
        ref={box}
        type="checkbox"
        aria-label={`Select all of ${name}`}
        checked={state === "all"}
        onChange={(event) => onSelect(event.currentTarget.checked)}
      />
    </label>
  );
}
