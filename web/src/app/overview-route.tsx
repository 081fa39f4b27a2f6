/** The overview of hours, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { readOverviewChoice, writeOverviewChoice } from "@/features/timetracking/overview-choice";
import { OverviewPage } from "@/features/timetracking/overview-page";

const overview = getRouteApi("/signed-in/hours/overview");

export function OverviewRoute() {
  const choice = readOverviewChoice({ ...overview.useSearch() });
  const navigate = overview.useNavigate();
  return (
    <OverviewPage
      choice={choice}
      onChoose={(next) => void navigate({ search: writeOverviewChoice(next), resetScroll: false })}
      links={{
        sessions: (filter, parts) => <Link to="/hours" search={filter} {...parts} />,
        overview: (next, parts) => (
          <Link to="/hours/overview" search={writeOverviewChoice(next)} {...parts} />
        ),
      }}
    />
  );
}
