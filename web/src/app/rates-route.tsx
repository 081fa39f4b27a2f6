/** Rates, tied to the router. */
import { getRouteApi } from "@tanstack/react-router";
import { RatesPage } from "@/features/timetracking/rates-page";

const rates = getRouteApi("/signed-in/settings/rates");

export function RatesRoute() {
  const navigate = rates.useNavigate();
  return (
    <RatesPage
      choice={rates.useSearch()}
      onChoose={(search) => void navigate({ search, resetScroll: false })}
    />
  );
}
