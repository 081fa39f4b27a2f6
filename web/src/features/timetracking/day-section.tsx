import { Skeleton, VisuallyHidden } from "@mantine/core";
import { memo } from "react";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { addDays, type Day, dayTitle } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import classes from "./day-section.module.css";
import { type SessionActions, SessionRow } from "./session-row";

/** One day: its sessions, and what they add up to whether or not all of them are loaded. */
export const DaySection = memo(function DaySection({
  day,
  today,
  totalSeconds,
  editing,
  actions,
}: {
  day: Day<Session>;
  today: string;
  totalSeconds: number | null;
  /** The session of this day that is being edited. */
  editing: string | null;
  actions: SessionActions;
}) {
  const { locale } = usePlace();
  const nickname =
    day.date === today ? "Today" : day.date === addDays(today, -1) ? "Yesterday" : null;
  const headingId = `day-${day.date}`;

  return (
    <section className={classes.day} aria-labelledby={headingId}>
      <header className={classes.header}>
        <h2 id={headingId} className={classes.title}>
          {nickname && <span className={classes.nickname}>{nickname}</span>}
          <span>{dayTitle(day.date, today, locale)}</span>
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
            today={today}
            isEditing={editing === session.id}
            actions={actions}
          />
        ))}
      </ul>
    </section>
  );
});
