import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useMe } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import { addDays, dateRange, dayOf, dayTitle, monthTitle, yearMonthOf } from "@/lib/calendar";
import { zonedDay } from "@/lib/zoned-day";
import { staffingQuery } from "./queries";
import { daysOf, type RosterChoice, stepDate } from "./roster-choice";

/** How far a single day is drawn into the next one, so that its nights end where one can see it. */
export const nextMorning = 8 * 3600;

export type RosterPeriod = ReturnType<typeof useRosterPeriod>;

/** Which days the roster shows for an address, in the time zone of the roster, and what they are called. */
export function useRosterPeriod(choice: RosterChoice) {
  const { person } = useMe();
  const isNarrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const staffing = useQuery(staffingQuery);
  const timeZone = staffing.data?.data.time_zone ?? person.time_zone;
  const place = useMemo(() => ({ locale: person.locale, timeZone }), [person.locale, timeZone]);
  const today = dayOf(serverClock.now(), timeZone);
  const view = choice.view ?? (isNarrow ? "day" : "week");
  const date = choice.date ?? today;

  const days = useMemo(
    () => daysOf(view, date, person.week_start).map((one) => zonedDay(one, timeZone)),
    [view, date, person.week_start, timeZone],
  );
  const first = days[0]?.date ?? date;
  const last = days.at(-1)?.date ?? date;
  const hours = useMemo(() => {
    const [day] = days;
    if (view !== "day" || !day) {
      return null;
    }
    return {
      window: { from: day.from, to: day.to + nextMorning },
      days: [day, zonedDay(addDays(day.date, 1), timeZone)],
    };
  }, [view, days, timeZone]);
  const title =
    view === "month"
      ? monthTitle(yearMonthOf(first), place.locale)
      : first === last
        ? dayTitle(first, today, place.locale)
        : dateRange(first, last, place.locale);

  return {
    view,
    days,
    /** For a single day, the time along which it is drawn. */
    hours,
    /** The first and the last of the days. */
    first,
    last,
    today,
    isToday: choice.date === undefined || choice.date === today,
    /** The day that "today" is, or the first one where today is not shown. */
    nearestDay: days.some((day) => day.date === today) ? today : first,
    title,
    place,
    isNarrow,
    /** The choice that shows the period before or after; null where the kept years end. */
    stepped(direction: -1 | 1): RosterChoice | null {
      const next = stepDate(view, date, direction);
      return next === null ? null : { ...choice, view, date: next === today ? undefined : next };
    },
  };
}
