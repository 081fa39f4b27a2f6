import { Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useMe, usePlace } from "@/api/me";
import type { SessionTotals } from "@/api/types";
import {
  addDays,
  daysBetween,
  daysInMonth,
  monthName,
  shiftMonth,
  shortDate,
  yearMonthOf,
} from "@/lib/calendar";
import { clockDuration, isoDuration, readableDuration } from "@/lib/duration";
import { amountText } from "@/lib/money";
import { hasAmounts } from "./overview-figures";
import { type HoursFilter, totalsQuery } from "./queries";
import { billingSettingsQuery } from "./rate-queries";
import { roundingText } from "./rounding";
import classes from "./summary.module.css";

interface Bar {
  readonly key: string;
  readonly label: string;
  readonly tick: string;
  readonly seconds: number;
  readonly isNow: boolean;
  readonly isQuiet: boolean;
  readonly choose?: () => void;
}

/** What the chosen time adds up to, drawn on graph paper. */
export function Summary({
  title,
  filter,
  totals,
  today,
  onFilter,
}: {
  title: string;
  filter: HoursFilter;
  totals: UseQueryResult<SessionTotals>;
  today: string;
  onFilter: (filter: HoursFilter) => void;
}) {
  const { locale } = usePlace();
  const { data } = totals;
  const amount = useAmount(filter, data);
  const bars = barsOf(filter, data, today, locale, onFilter);
  const highest = Math.max(1, ...bars.map((bar) => bar.seconds));
  const worked = bars.filter((bar) => bar.seconds > 0);

  return (
    <section
      className={classes.card}
      aria-label={`Summary of ${title}`}
      data-stale={totals.isPlaceholderData}
    >
      <div className={classes.figures}>
        <h2 className={classes.title}>{title}</h2>
        {data ? (
          <p className={classes.total}>
            <VisuallyHidden>Total </VisuallyHidden>
            <time dateTime={isoDuration(data.duration_seconds)}>
              {clockDuration(data.duration_seconds)}
            </time>
          </p>
        ) : (
          <Skeleton width={150} height={32} my={4} visible={!totals.isError} />
        )}
        <Text size="sm" c="dimmed" component="p">
          {data
            ? `${data.count.toLocaleString(locale)} session${data.count === 1 ? "" : "s"}${
                amount ? `, ${amount}` : ""
              }`
            : "\u00a0"}
        </Text>
      </div>
      <figure className={classes.chart}>
        <figcaption className={classes.caption}>
          {worked.length > 0
            ? `Most: ${readableDuration(highest - (highest % 60))}`
            : data
              ? "Nothing tracked"
              : ""}
        </figcaption>
        <div
          className={classes.bars}
          style={{ gridTemplateColumns: `repeat(${bars.length}, minmax(0, 1fr))` }}
          {...(bars.some((bar) => bar.choose)
            ? {}
            : {
                role: "img",
                "aria-label": worked.map((bar) => bar.label).join("; ") || "Nothing tracked",
              })}
        >
          {bars.map((bar) => (
            <Column key={bar.key} bar={bar} share={bar.seconds / highest} />
          ))}
        </div>
      </figure>
    </section>
  );
}

/** What the hours cost, rounded as the organisation does; the durations beside it are not. */
function useAmount(filter: HoursFilter, totals: SessionTotals | undefined): string | null {
  const { locale } = usePlace();
  const { person } = useMe();
  const { data: billing } = useQuery(billingSettingsQuery);
  const rounding = billing?.rounding ?? undefined;
  const rounded = useQuery({
    ...totalsQuery(filter.person_id ?? person.id, filter, rounding),
    enabled: rounding !== undefined && totals !== undefined && hasAmounts(totals),
  });
  const priced = rounding ? rounded.data : totals;
  if (!priced?.amount || !priced.currency || !hasAmounts(priced)) {
    return null;
  }
  const amount = amountText(priced.amount, priced.currency, locale);
  return rounding ? `${amount} if each is rounded ${roundingText(rounding)}` : amount;
}

function Column({ bar, share }: { bar: Bar; share: number }) {
  const content = (
    <>
      <span className={classes.track}>
        {bar.seconds > 0 && (
          <span className={classes.fill} style={{ height: `${Math.max(3, share * 100)}%` }} />
        )}
      </span>
      <span className={classes.tick} aria-hidden>
        {bar.tick || "\u00a0"}
      </span>
    </>
  );
  const data = { "data-now": bar.isNow, "data-quiet": bar.isQuiet, title: bar.label };
  return bar.choose ? (
    <button
      type="button"
      className={classes.column}
      aria-label={bar.label}
      onClick={bar.choose}
      {...data}
    >
      {content}
    </button>
  ) : (
    <span className={classes.column} {...data}>
      {content}
    </span>
  );
}

/** As many as have room. */
const mostDayBars = 62;

/** A bar a day for a month or some days; a bar a month for a year, or for the last twelve months of all. */
function barsOf(
  filter: HoursFilter,
  totals: SessionTotals | undefined,
  today: string,
  locale: string,
  onFilter: (filter: HoursFilter) => void,
): Bar[] {
  const secondsOf = new Map<string, number>();
  const span = daysOf(filter);
  const keyLength = span ? 10 : 7;
  for (const day of totals?.days ?? []) {
    const key = day.date.slice(0, keyLength);
    secondsOf.set(key, (secondsOf.get(key) ?? 0) + day.duration_seconds);
  }

  if (span) {
    return Array.from({ length: span.count }, (_, index) => {
      const date = addDays(span.first, index);
      const seconds = secondsOf.get(date) ?? 0;
      const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
      return {
        key: date,
        label: `${shortDate(date, locale)}: ${readableDuration(seconds)}`,
        tick: weekday === 1 || index === 0 || span.count <= 14 ? String(Number(date.slice(8))) : "",
        seconds,
        isNow: date === today,
        isQuiet: weekday === 0 || weekday === 6,
      };
    });
  }

  const { year } = filter;
  const first = year === undefined ? shiftMonth(yearMonthOf(today), -11) : { year, month: 1 };
  return Array.from({ length: 12 }, (_, index) => {
    const bar = shiftMonth(first, index);
    const key = `${bar.year}-${pad(bar.month)}`;
    const seconds = secondsOf.get(key) ?? 0;
    const tick = monthName(bar.month, locale, "short");
    return {
      key,
      label: `${tick} ${bar.year}: ${readableDuration(seconds - (seconds % 60))}`,
      tick,
      seconds,
      isNow: today.startsWith(key),
      isQuiet: false,
      choose: () => onFilter({ ...filter, from: undefined, to: undefined, ...bar }),
    };
  });
}

/** The days that have a bar each; null when there are too many. */
function daysOf({ year, month, from, to }: HoursFilter): { first: string; count: number } | null {
  if (from !== undefined && to !== undefined) {
    const count = daysBetween(from, to);
    return count <= mostDayBars ? { first: from, count } : null;
  }
  return year === undefined || month === undefined
    ? null
    : { first: `${year}-${pad(month)}-01`, count: daysInMonth({ year, month }) };
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
