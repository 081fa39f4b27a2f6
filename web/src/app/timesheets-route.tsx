/** Timesheets and locked periods, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { TimesheetsPage } from "@/features/timetracking/timesheets-page";

const timesheets = getRouteApi("/signed-in/hours/timesheets");

export function TimesheetsRoute() {
  const choice = timesheets.useSearch();
  const navigate = timesheets.useNavigate();
  return (
    <TimesheetsPage
      choice={choice}
      onChoose={(next) => void navigate({ search: next, resetScroll: false })}
      linkToSessions={(filter, parts) => <Link to="/hours" search={filter} {...parts} />}
    />
  );
}
