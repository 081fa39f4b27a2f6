/**
 * Instants as days and times of a person: always in the person's time zone and locale, never in
 * the browser's. Dates are `YYYY-MM-DD`, instants RFC 3339.
 */

export interface Place {
  readonly locale: string;
  readonly timeZone: string;
}

export interface YearMonth {
  readonly year: number;
  readonly month: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs far more than using it, so each is made once. */
function formatter(
  locale: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  let made = formatters.get(key);
  if (!made) {
    made = makeFormatter(locale, timeZone, options);
    formatters.set(key, made);
  }
  return made;
}

function makeFormatter(
  locale: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  // The server may know a zone or a locale that this browser does not.
  for (const [knownLocale, knownZone] of [
    [locale, timeZone],
    [undefined, timeZone],
    [locale, "UTC"],
  ]) {
    try {
      return new Intl.DateTimeFormat(knownLocale, { ...options, timeZone: knownZone ?? "UTC" });
    } catch {
      // Try the next best.
    }
  }
  return new Intl.DateTimeFormat(undefined, options);
}

/** The day, in the zone, in which an instant lies. */
export function dayOf(instant: string | number, timeZone: string): string {
  const parts = formatter("en-GB-u-ca-gregory-nu-latn", timeZone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(new Date(instant));
  const value = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? "";
  return `${value("year").padStart(4, "0")}-${value("month")}-${value("day")}`;
}

/** `09:05`, or `9:05 am` where that is the custom. */
export function timeOfDay(instant: string | number, place: Place, withSeconds = false): string {
  return formatter(place.locale, place.timeZone, {
    timeStyle: withSeconds ? "medium" : "short",
  }).format(new Date(instant));
}

/** `21 November 2026, 09:05`. */
export function dateAndTime(instant: string | number, place: Place): string {
  return formatter(place.locale, place.timeZone, {
    dateStyle: "long",
    timeStyle: "short",
  }).format(new Date(instant));
}

/** `Saturday, 21 November`; the year is added when it is not this one. */
export function dayTitle(date: string, today: string, locale: string): string {
  return formatter(locale, "UTC", {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(date.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" }),
  }).format(new Date(`${date}T12:00:00Z`));
}

/** `21 Nov 2026`. */
export function shortDate(date: string, locale: string): string {
  return formatter(locale, "UTC", { dateStyle: "medium" }).format(new Date(`${date}T12:00:00Z`));
}

/** `16 – 22 November 2026`, from the first to the last day. */
export function dateRange(
  first: string,
  last: string,
  locale: string,
  month: "long" | "short" = "long",
): string {
  return formatter(locale, "UTC", { day: "numeric", month, year: "numeric" }).formatRange(
    new Date(`${first}T12:00:00Z`),
    new Date(`${last}T12:00:00Z`),
  );
}

/** `Mon 16 Nov`, where there is little room. */
export function dayLabel(date: string, locale: string): string {
  return formatter(locale, "UTC", { weekday: "short", day: "numeric", month: "short" }).format(
    new Date(`${date}T12:00:00Z`),
  );
}

/** `Mon`. */
export function weekdayName(date: string, locale: string): string {
  return formatter(locale, "UTC", { weekday: "short" }).format(new Date(`${date}T12:00:00Z`));
}

/** `November 2026`. */
export function monthTitle({ year, month }: YearMonth, locale: string): string {
  return formatter(locale, "UTC", { month: "long", year: "numeric" }).format(
    new Date(Date.UTC(year, month - 1, 15)),
  );
}

/** The name of a month, 1 to 12. */
export function monthName(month: number, locale: string, style: "long" | "short" = "long"): string {
  return formatter(locale, "UTC", { month: style }).format(new Date(Date.UTC(2026, month - 1, 15)));
}

export function yearMonthOf(date: string): YearMonth {
  return { year: Number(date.slice(0, 4)), month: Number(date.slice(5, 7)) };
}

export function shiftMonth({ year, month }: YearMonth, by: number): YearMonth {
  const months = year * 12 + (month - 1) + by;
  return { year: Math.floor(months / 12), month: (((months % 12) + 12) % 12) + 1 };
}

/** Whole days from one date to another; DST does not matter to dates. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function daysInMonth({ year, month }: YearMonth): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export interface Day<Item> {
  readonly date: string;
  readonly items: readonly Item[];
}

/** Groups what is sorted by its start into days of the zone, keeping the order. */
export function groupByDay<Item extends { readonly started_at: string }>(
  items: readonly Item[],
  timeZone: string,
): Day<Item>[] {
  const days: { date: string; items: Item[] }[] = [];
  for (const item of items) {
    const date = dayOf(item.started_at, timeZone);
    const last = days.at(-1);
    if (last?.date === date) {
      last.items.push(item);
    } else {
      days.push({ date, items: [item] });
    }
  }
  return days;
}
