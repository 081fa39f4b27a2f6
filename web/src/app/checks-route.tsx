import { getRouteApi, Link } from "@tanstack/react-router";
import { ChecksPage } from "@/features/timetracking/checks-page";

const route = getRouteApi("/signed-in/hours/checks");

export function ChecksRoute() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <ChecksPage
      filter={filter}
      onFilter={(search) => void navigate({ search, resetScroll: false })}
      settingsLink={(children) => <Link to="/settings/hours">{children}</Link>}
    />
  );
}
