/** The list of sessions, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import type { DayLink } from "@/features/timetracking/day-section";
import { HoursPage } from "@/features/timetracking/hours-page";
import { withoutBlanks } from "./hours-search";

const hours = getRouteApi("/signed-in/hours");

const calendarOfDay: DayLink = (date, parts) => (
  <Link to="/hours/calendar" search={{ date, view: "day" }} {...parts} />
);

export function HoursRoute() {
  const filter = hours.useSearch();
  const navigate = hours.useNavigate();
  return (
    <HoursPage
      filter={filter}
      onFilter={(next, replace = false) =>
        void navigate({ search: withoutBlanks(next), replace, resetScroll: false })
      }
      dayLink={calendarOfDay}
    />
  );
}
