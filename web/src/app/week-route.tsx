/** The week grid, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { WeekPage } from "@/features/timetracking/week-page";

const week = getRouteApi("/signed-in/hours/week");

export function WeekRoute() {
  const choice = week.useSearch();
  const navigate = week.useNavigate();
  return (
    <WeekPage
      choice={choice}
      onChoose={(next) => void navigate({ search: next, resetScroll: false })}
      links={{
        calendar: (next, parts) => <Link to="/hours/calendar" search={next} {...parts} />,
        sessions: (filter, parts) => <Link to="/hours" search={filter} {...parts} />,
      }}
    />
  );
}
