import { UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { usePlace } from "@/api/me";
import type { HoursReport } from "@/api/types";
import { clockDuration, isoDuration } from "@/lib/duration";
import { amountText } from "@/lib/money";
import classes from "./overview.module.css";
import { Swatch } from "./overview-chart";
import type { Grouping } from "./overview-choice";
import {
  hasAmounts,
  isCountedTwice,
  mostColoured,
  type Series,
  sharesOf,
} from "./overview-figures";
import type { Destination } from "./overview-page";

const headings: Record<Grouping, string> = {
  project: "Project",
  client: "Client",
  tag: "Tag",
  person: "Person",
};

/** The same figures as the chart, to read: the largest first, the many small ones on demand. */
export function OverviewTable({
  report,
  series,
  grouping,
  isStale,
  onMark,
  destinationOf,
}: {
  report: HoursReport;
  series: readonly Series[];
  grouping: Grouping;
  isStale: boolean;
  /** A row was pointed at: its series is shown alone; null for none. */
  onMark: (id: string | null) => void;
  destinationOf: (series: Series) => Destination;
}) {
  const { locale } = usePlace();
  const [isUnfolded, setUnfolded] = useState(false);
  const shares = sharesOf(report);
  const { currency } = report;
  const withAmounts = currency != null && hasAmounts(report);
  const priceOf = (amount: string | null | undefined) =>
    withAmounts && amount != null ? amountText(amount, currency, locale) : null;
  const rest = series.slice(mostColoured);
  const shown = isUnfolded ? series : series.slice(0, mostColoured);
  const largest = Math.max(1, ...series.map(({ bucket }) => bucket.duration_seconds));

  return (
    <table className={classes.table} data-stale={isStale} data-amounts={withAmounts}>
      <caption className={classes.hidden}>Hours by {grouping}</caption>
      <thead>
        <tr>
          <th scope="col">{headings[grouping]}</th>
          <th scope="col" className={classes.share}>
            Share
          </th>
          {withAmounts && (
            <th scope="col" className={classes.amount}>
              Amount
            </th>
          )}
          <th scope="col" className={classes.duration}>
            Duration
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((one, index) => (
          <Row
            key={one.id}
            series={one}
            isRest={index >= mostColoured}
            share={shareText(shares[index] ?? 0, locale)}
            length={one.bucket.duration_seconds / largest}
            amount={one.bucket.billable_seconds > 0 ? priceOf(one.bucket.amount) : null}
            withAmounts={withAmounts}
            destination={destinationOf(one)}
            hint={hintFor(one, grouping)}
            onMark={onMark}
          />
        ))}
        {rest.length > 0 && (
          <tr className={classes.unfold}>
            <th scope="row">
              <UnstyledButton
                className={classes.more ?? ""}
                aria-expanded={isUnfolded}
                onClick={() => setUnfolded((before) => !before)}
              >
                <IconChevronDown size={16} aria-hidden />
                {isUnfolded ? `Only the first ${mostColoured}` : `and ${rest.length} more`}
              </UnstyledButton>
            </th>
            <td className={classes.share}>
              {isUnfolded
                ? null
                : shareText(
                    shares.slice(mostColoured).reduce((sum, share) => sum + share, 0),
                    locale,
                  )}
            </td>
            {withAmounts && <td className={classes.amount} />}
            <td className={classes.duration}>
              {isUnfolded ? null : (
                <Duration
                  seconds={rest.reduce((sum, { bucket }) => sum + bucket.duration_seconds, 0)}
                />
              )}
            </td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Total</th>
          <td className={classes.share}>
            {isCountedTwice(report) ? null : shareText(100, locale)}
          </td>
          {withAmounts && <td className={classes.amount}>{priceOf(report.amount)}</td>}
          <td className={classes.duration}>
            <Duration seconds={report.total_seconds} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function Row({
  series: { id, bucket, colour },
  isRest,
  share,
  length,
  amount,
  withAmounts,
  destination,
  hint,
  onMark,
}: {
  series: Series;
  isRest: boolean;
  share: string;
  /** Of its bar, against the longest. */
  length: number;
  /** What it costs; null where nothing of it is billable. */
  amount: string | null;
  withAmounts: boolean;
  destination: Destination;
  hint: string;
  onMark: (id: string | null) => void;
}) {
  const mark = isRest ? null : id;
  const name = { className: classes.name, title: bucket.label };
  return (
    <tr
      className={classes.row}
      data-leads={destination !== null}
      onPointerEnter={() => onMark(mark)}
      onPointerLeave={() => onMark(null)}
      onFocus={() => onMark(mark)}
      onBlur={() => onMark(null)}
    >
      <th scope="row">
        <span className={classes.cell}>
          <span className={classes.label}>
            <Swatch colour={colour} isRest={isRest} />
            {destination ? (
              destination({ ...name, title: hint, children: bucket.label })
            ) : (
              <span {...name}>{bucket.label}</span>
            )}
          </span>
          <span className={classes.rail} aria-hidden>
            <span style={{ width: `${length * 100}%`, backgroundColor: colour }} />
          </span>
        </span>
      </th>
      <td className={classes.share}>{share}</td>
      {withAmounts && <td className={classes.amount}>{amount}</td>}
      <td className={classes.duration}>
        <Duration seconds={bucket.duration_seconds} />
      </td>
    </tr>
  );
}

function Duration({ seconds }: { seconds: number }) {
  return <time dateTime={isoDuration(seconds)}>{clockDuration(seconds)}</time>;
}

/** What a press shows. */
function hintFor({ bucket }: Series, grouping: Grouping): string {
  return bucket.key == null ? `Sessions with no ${grouping}` : `What is behind ${bucket.label}`;
}

function shareText(percent: number, locale: string): string {
  const written = (value: number) => (value / 100).toLocaleString(locale, { style: "percent" });
  return percent === 0 ? `< ${written(1)}` : written(percent);
}
