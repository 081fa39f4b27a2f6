import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { usePlace } from "@/api/me";
import { dayLabel, monthName, monthTitle, weekdayName, yearMonthOf } from "@/lib/calendar";
import { clockDuration, readableDuration } from "@/lib/duration";
import classes from "./overview.module.css";
import type { Period } from "./overview-choice";
import {
  axisFor,
  type Column,
  restId,
  type Segment,
  type Series,
  toMinute,
} from "./overview-figures";
import type { Destination, LinkParts } from "./overview-page";

const mostNamed = 6;

/**
 * Stacked columns on graph paper. One stop of the Tab key; arrow keys go from column to column,
 * each of which is a link to what is behind it.
 */
export function OverviewChart({
  period,
  columns,
  series,
  today,
  marked,
  destinationOf,
}: {
  period: Period;
  columns: readonly Column[];
  series: readonly Series[];
  today: string;
  /** The series to show alone; the others are paler. */
  marked: string | null;
  destinationOf: (column: Column) => Destination;
}) {
  const { locale } = usePlace();
  const [shown, setShown] = useState<number | null>(null);
  const worked = columns.flatMap((column, index) => (column.seconds > 0 ? [index] : []));
  const [stop, setStop] = useState<number | null>(null);
  const tabStop = stop !== null && worked.includes(stop) ? stop : (worked[0] ?? null);
  const plot = useRef<HTMLDivElement>(null);
  const axis = axisFor(Math.max(0, ...columns.map((column) => column.seconds)));
  const look = new Map(
    series.map(({ id, bucket, colour }) => [id, { name: bucket.label, colour }]),
  );
  const unfoldedCount = series.filter(({ colour }) => colour === "var(--overview-rest)").length;
  look.set(restId, { name: `${unfoldedCount} more`, colour: "var(--overview-rest)" });
  const named = (segment: Segment) => look.get(segment.id) ?? { name: "", colour: "" };

  function move(event: KeyboardEvent<HTMLElement>) {
    if (event.key === "Escape") {
      setShown(null);
      return;
    }
    const place = worked.indexOf(tabStop ?? -1);
    const next = {
      ArrowLeft: worked[place - 1],
      ArrowRight: worked[place + 1],
      Home: worked[0],
      End: worked.at(-1),
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      plot.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
    }
  }

  const shownColumn = shown === null ? undefined : columns[shown];
  return (
    <figure className={classes.paper} data-period={period}>
      <figcaption className={classes.hidden}>
        {worked.length === 0
          ? "Nothing tracked."
          : period === "day"
            ? "The hours of the day."
            : `Hours by ${period === "year" ? "month" : "day"}. The arrow keys go from one to the next.`}
      </figcaption>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the columns in it take the focus */}
      <div
        ref={plot}
        className={classes.plot}
        onKeyDown={move}
        onPointerLeave={() => setShown(null)}
        onBlur={() => setShown(null)}
      >
        {axis.ticks.map((seconds) => (
          <span
            key={seconds}
            className={classes.line}
            style={{ "--at": seconds / axis.max } as React.CSSProperties}
            aria-hidden
          >
            {readableDuration(seconds)}
          </span>
        ))}
        <div
          className={classes.columns}
          style={{ "--count": columns.length } as React.CSSProperties}
        >
          {columns.map((column, index) => (
            <ChartColumn
              key={column.from}
              index={index}
              height={column.seconds / axis.max}
              label={labelOf(column, period, locale, (segment) => named(segment).name)}
              tick={tickOf(column, period, locale)}
              isNow={column.from <= today && today < column.to}
              isQuiet={period !== "year" && isWeekend(column.from)}
              isMinor={period === "month" && index % 7 !== 0}
              isShown={shown === index}
              isTabStop={tabStop === index}
              destination={destinationOf(column)}
              onShow={() => setShown(column.seconds > 0 ? index : null)}
              onFocus={() => {
                setStop(index);
                setShown(index);
              }}
            >
              {column.segments.map((segment) => (
                <span
                  key={segment.id}
                  className={classes.segment}
                  data-pale={marked !== null && marked !== segment.id}
                  data-rest={segment.id === restId}
                  style={{ flexGrow: segment.seconds, backgroundColor: named(segment).colour }}
                />
              ))}
            </ChartColumn>
          ))}
        </div>
        {period !== "day" && shown !== null && shownColumn && (
          <div
            className={classes.details}
            data-side={shown < columns.length / 2 ? "right" : "left"}
            style={
              {
                "--before": shown / columns.length,
                "--after": (shown + 1) / columns.length,
              } as React.CSSProperties
            }
            aria-hidden
          >
            <p className={classes.when}>
              <span>{nameOf(shownColumn, period, locale)}</span>
              <span>{clockDuration(shownColumn.seconds)}</span>
            </p>
            {shownColumn.segments.slice(0, mostNamed).map((segment) => (
              <p key={segment.id}>
                <Swatch colour={named(segment).colour} isRest={segment.id === restId} />
                <span className={classes.what}>{named(segment).name}</span>
                <span>{clockDuration(segment.seconds)}</span>
              </p>
            ))}
            {shownColumn.segments.length > mostNamed && (
              <p className={classes.others}>and {shownColumn.segments.length - mostNamed} more</p>
            )}
          </div>
        )}
      </div>
    </figure>
  );
}

/** The spot of colour beside a name. */
export function Swatch({ colour, isRest = false }: { colour: string; isRest?: boolean }) {
  return (
    <span
      className={classes.swatch}
      data-rest={isRest}
      style={{ backgroundColor: colour }}
      aria-hidden
    />
  );
}

function ChartColumn({
  index,
  height,
  label,
  tick,
  isNow,
  isQuiet,
  isMinor,
  isShown,
  isTabStop,
  destination,
  onShow,
  onFocus,
  children,
}: {
  index: number;
  /** The part of the axis that it reaches. */
  height: number;
  label: string;
  tick: string;
  isNow: boolean;
  isQuiet: boolean;
  /** Goes without its tick where there is little room. */
  isMinor: boolean;
  isShown: boolean;
  isTabStop: boolean;
  destination: Destination;
  onShow: () => void;
  onFocus: () => void;
  children: ReactNode;
}) {
  const content = (
    <>
      <span className={classes.track}>
        {height > 0 && (
          <span
            className={classes.stack}
            style={{ "--height": height } as React.CSSProperties}
            aria-hidden
          >
            {children}
          </span>
        )}
      </span>
      <span className={classes.tick} aria-hidden>
        {tick}
      </span>
    </>
  );
  const parts = {
    className: classes.column,
    "data-index": index,
    "data-now": isNow,
    "data-quiet": isQuiet,
    "data-minor": isMinor,
    "data-shown": isShown,
    onPointerEnter: onShow,
  } as const;
  if (height === 0) {
    return <div {...parts}>{content}</div>;
  }
  const reachable = { ...parts, tabIndex: isTabStop ? 0 : -1, onFocus };
  return destination ? (
    destination({
      ...reachable,
      children: (
        <>
          <span className={classes.hidden}>{label}</span>
          {content}
        </>
      ),
    } as LinkParts)
  ) : (
    <div role="img" aria-label={label} {...reachable}>
      {content}
    </div>
  );
}

/** `Mon 16 Nov: 6 h 20 min. Reef survey 4 h, Lab upkeep 2 h 20 min`. */
function labelOf(
  column: Column,
  period: Period,
  locale: string,
  named: (segment: Segment) => string,
): string {
  const parts = column.segments.map(
    (segment) => `${named(segment)} ${readableDuration(toMinute(segment.seconds))}`,
  );
  const total = readableDuration(toMinute(column.seconds));
  return `${nameOf(column, period, locale)}: ${total}. ${parts.join(", ")}`;
}

function nameOf({ from }: Column, period: Period, locale: string): string {
  return period === "year" ? monthTitle(yearMonthOf(from), locale) : dayLabel(from, locale);
}

function tickOf({ from }: Column, period: Period, locale: string): string {
  const { month } = yearMonthOf(from);
  switch (period) {
    case "year":
      return monthName(month, locale, "short");
    case "week":
      return `${weekdayName(from, locale)} ${Number(from.slice(8))}`;
    case "month":
      return String(Number(from.slice(8)));
    case "day":
      return "";
  }
}

function isWeekend(date: string): boolean {
  const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}
