/** The pages of shifts, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { RosterPage } from "@/features/shifts/roster-page";

const roster = getRouteApi("/signed-in/shifts");

export function RosterRoute() {
  const choice = roster.useSearch();
  const navigate = roster.useNavigate();
  return (
    <RosterPage
      choice={choice}
      onChoose={(next) => void navigate({ search: next, resetScroll: false })}
      links={{
        roster: (next, parts) => <Link to="/shifts" search={next} {...parts} />,
        employees: (parts) => <Link to="/shifts/employees" {...parts} />,
      }}
    />
  );
}
