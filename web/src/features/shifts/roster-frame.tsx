import { IconLock } from "@tabler/icons-react";
import { type Place, timeOfDay, weekdayName } from "@/lib/calendar";
import type { ZonedDay } from "@/lib/zoned-day";
import { closedUntil, isClosed } from "./closed-days";
import { GridPart } from "./grid-part";
import classes from "./roster.module.css";
import type { RosterGridProps } from "./roster-grid";
import { briefHours, hoursText, instantOf, type Span } from "./roster-model";
import { RowHead } from "./roster-row";
import type { Slot } from "./shortages";
import { ShortagesOfDay } from "./shortages-of-day";

/** The days above the rows and, for a single day, its hours. */
export function RosterHead({
  days,
  hours,
  place,
  today,
  border,
  dayLink,
  window,
}: Pick<RosterGridProps, "days" | "hours" | "place" | "today" | "border" | "dayLink"> & {
  window: Span;
}) {
  return (
    <GridPart role="row" className={classes.head} aria-rowindex={1}>
      <GridPart role="columnheader" className={classes.corner} aria-colindex={1}>
        {place.timeZone.replaceAll("_", " ")}
      </GridPart>
      <div className={classes.trackHead}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="columnheader"
            className={classes.dayHead}
            data-today={day.date === today}
            data-closed={isClosed(day, border)}
            aria-colindex={column + 2}
          >
            {dayLink(day.date, {
              className: classes.dayName ?? "",
              children: (
                <>
                  <span>{weekdayName(day.date, place.locale)}</span>{" "}
                  <strong>{Number(day.date.slice(8))}</strong>
                  {isClosed(day, border) && (
                    <span className={classes.lock} title={closedUntil(border, place)}>
                      <IconLock size={12} stroke={2} aria-label="closed" role="img" />
                    </span>
                  )}
                  {day.to - day.from !== 86_400 && (
                    <em className={classes.oddDay}>{(day.to - day.from) / 3600} h</em>
                  )}
                </>
              ),
            })}
          </GridPart>
        ))}
        {hours && <Ticks window={window} days={hours.days} place={place} />}
      </div>
      <GridPart role="columnheader" className={classes.sumHead} aria-colindex={days.length + 2}>
        Hours
      </GridPart>
    </GridPart>
  );
}

/** The hours above a single day, as the clock shows them: one that comes twice is there twice. */
function Ticks({ window, days, place }: { window: Span; days: readonly ZonedDay[]; place: Place }) {
  const length = window.to - window.from;
  const ticks: number[] = [];
  for (let at = window.from; at < window.to; at += 3600) {
    ticks.push(at);
  }
  const midnight = days[0]?.to ?? window.to;
  return (
    <div className={classes.ticks} aria-hidden>
      {ticks.map((at) => (
        <span
          key={at}
          className={classes.tick}
          data-next-day={at >= midnight}
          style={{ left: `${((at - window.from) / length) * 100}%` }}
        >
          {timeOfDay(instantOf(at), place).replace(/:00\b/, "")}
        </span>
      ))}
    </div>
  );
}

/** What is missing on each day. */
export function RosterNeeds({
  days,
  slots,
  place,
}: {
  days: readonly ZonedDay[];
  slots: readonly Slot[];
  place: Place;
}) {
  if (slots.length === 0) {
    return null;
  }
  return (
    <GridPart role="row" className={classes.needs} aria-rowindex={2}>
      <RowHead>Needed</RowHead>
      <div className={classes.track}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="gridcell"
            className={classes.needCell}
            aria-colindex={column + 2}
          >
            <ShortagesOfDay
              date={day.date}
              slots={slots.filter(({ date }) => date === day.date)}
              place={place}
            />
          </GridPart>
        ))}
      </div>
      <GridPart role="gridcell" className={classes.rowSum} aria-colindex={days.length + 2} />
    </GridPart>
  );
}

/** The hours of each day and of all of them, below the rows. */
export function RosterSums({
  days,
  sums,
  people,
}: {
  days: readonly ZonedDay[];
  sums: readonly number[];
  people: number;
}) {
  const total = sums.reduce((sum, seconds) => sum + seconds, 0);
  return (
    <GridPart role="row" className={classes.sums} aria-rowindex={people + 3}>
      <RowHead>Hours</RowHead>
      <div className={classes.track}>
        {days.map((day, column) => (
          <GridPart
            key={day.date}
            role="gridcell"
            className={classes.daySum}
            aria-colindex={column + 2}
          >
            {sums[column] ? (days.length > 7 ? briefHours : hoursText)(sums[column]) : "–"}
          </GridPart>
        ))}
      </div>
      <GridPart
        role="gridcell"
        className={classes.rowSum}
        aria-colindex={days.length + 2}
        data-testid="total"
      >
        {hoursText(total)}
      </GridPart>
    </GridPart>
  );
}
