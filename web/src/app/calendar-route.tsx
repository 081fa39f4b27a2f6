/** The calendar, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { CalendarPage } from "@/features/timetracking/calendar-page";

const calendar = getRouteApi("/signed-in/hours/calendar");

export function CalendarRoute() {
  const choice = calendar.useSearch();
  const navigate = calendar.useNavigate();
  return (
    <CalendarPage
      choice={choice}
      onChoose={(next) => void navigate({ search: next, resetScroll: false })}
      links={{
        calendar: (next, parts) => <Link to="/hours/calendar" search={next} {...parts} />,
        week: (date, parts) => <Link to="/hours/week" search={{ date }} {...parts} />,
        sessions: (filter, parts) => <Link to="/hours" search={filter} {...parts} />,
      }}
    />
  );
}
