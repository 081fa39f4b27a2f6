import { usePlace } from "@/api/me";
import type { HoursReport } from "@/api/types";
import { readableDuration } from "@/lib/duration";
import { amountText } from "@/lib/money";
import classes from "./overview.module.css";
import { hasAmounts, toMinute } from "./overview-figures";

/** What the hours cost and how much of them is billable; nothing where none is. */
export function Charged({ report }: { report: HoursReport }) {
  const { locale } = usePlace();
  const { total_seconds, billable_seconds, unrated_seconds, amount, currency } = report;
  if (billable_seconds === 0) {
    return null;
  }
  const share = Math.round((billable_seconds / total_seconds) * 100);
  const percent = (Math.max(1, share) / 100).toLocaleString(locale, { style: "percent" });
  return (
    <>
      {hasAmounts(report) && amount && currency && (
        <p className={classes.amountTotal}>{amountText(amount, currency, locale)}</p>
      )}
      <p className={classes.charged}>
        {share === 0 ? `Less than ${percent}` : percent} billable
        {unrated_seconds
          ? `, ${readableDuration(toMinute(unrated_seconds))} of it without a rate`
          : ""}
        .
      </p>
    </>
  );
}
