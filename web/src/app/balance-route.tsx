/** The balance of hours, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { BalancePage } from "@/features/timetracking/balance-page";

const balance = getRouteApi("/signed-in/hours/balance");

export function BalanceRoute() {
  const navigate = balance.useNavigate();
  return (
    <BalancePage
      choice={balance.useSearch()}
      onChoose={(search) => void navigate({ search, resetScroll: false })}
      links={{
        sessions: (filter, children) => (
          <Link to="/hours" search={filter}>
            {children}
          </Link>
        ),
        balance: (search, children) => (
          <Link to="/hours/balance" search={search}>
            {children}
          </Link>
        ),
        targets: (children) => <Link to="/settings/hours">{children}</Link>,
      }}
    />
  );
}
