import { useQuery } from "@tanstack/react-query";
import { useMe, usePlace } from "@/api/me";
import { dayOf, shortDate } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { periodAround } from "./overview-choice";
import { timerQuery } from "./queries";
import classes from "./target-progress.module.css";
import { useTargets } from "./targets";
import { useElapsed } from "./use-elapsed";
import { useToday } from "./use-today";

/** How far along today and this week are, with what runs; nothing for whoever has no target. */
export function TargetProgress() {
  const { person } = useMe();
  const place = usePlace();
  const today = useToday(place.timeZone);
  const week = periodAround("week", today, person.week_start);
  const { progress, hasTargets, day } = useTargets(week.from, week.to);
  const { data: timer } = useQuery(timerQuery);
  const running = timer?.running ?? null;
  const elapsed = useElapsed(running?.started_at ?? null);

  if (!progress || !hasTargets) {
    return null;
  }
  const now = day(today);
  // A session counts for the day on which it starts, here as in the lists.
  const startedOn = running === null ? null : dayOf(running.started_at, place.timeZone);
  return (
    <section className={classes.progress} aria-label="Targets">
      {now?.target_seconds != null && now.target_seconds > 0 && (
        <Meter
          label="Today"
          tracked={now.tracked_seconds + (startedOn === today ? elapsed : 0)}
          target={now.target_seconds}
        />
      )}
      <Meter
        label="This week"
        tracked={
          progress.tracked_seconds + (startedOn !== null && startedOn >= week.from ? elapsed : 0)
        }
        target={progress.target_seconds ?? 0}
        title={`Since ${shortDate(week.from, place.locale)}`}
      />
    </section>
  );
}

function Meter({
  label,
  tracked,
  target,
  title,
}: {
  label: string;
  tracked: number;
  target: number;
  title?: string;
}) {
  const left = target - tracked;
  const whole = (seconds: number) => readableDuration(seconds - (seconds % 60));
  return (
    <div className={classes.meter} {...(title ? { title } : {})}>
      <span className={classes.label}>{label}</span>
      <span className={classes.left}>
        {left > 0 ? `${whole(left)} to go` : left > -60 ? "reached" : `${whole(-left)} over`}
      </span>
      <span className={classes.figure}>
        {whole(tracked)} <span className={classes.of}>of {whole(target)}</span>
      </span>
      <span className={classes.track} aria-hidden>
        <span
          className={classes.fill}
          data-reached={left <= 0}
          style={{ width: `${Math.min(100, (tracked / Math.max(1, target)) * 100)}%` }}
        />
      </span>
    </div>
  );
}
