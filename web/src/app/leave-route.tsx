/** The page of leave and availability, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { LeavePage } from "@/features/shifts/leave-page";

const leave = getRouteApi("/signed-in/shifts/leave");

export function LeaveRoute() {
  const choice = leave.useSearch();
  const navigate = leave.useNavigate();
  return (
    <LeavePage
      choice={choice}
      onChoose={(next) => void navigate({ search: next, resetScroll: false })}
      links={{
        roster: (date, parts) => <Link to="/shifts" search={{ date }} {...parts} />,
        employees: (parts) => <Link to="/shifts/employees" {...parts} />,
      }}
    />
  );
}
