/** The calendar and the week grid, tied to the router. */
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
        sessions: (filter, parts) => <Link to="/hours" search={filter} {...parts} />,
      }}
    />
  );
}
