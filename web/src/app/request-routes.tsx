/** The pages of open shifts, offers and swaps, tied to the router. */
import { Link, useLocation } from "@tanstack/react-router";
import { useMemo } from "react";
import { MyShiftsPage } from "@/features/shifts/my-shifts-page";
import { OpenShiftsPage } from "@/features/shifts/open-shifts-page";
import type { Target } from "@/features/shifts/request-card";
import { RequestsPage } from "@/features/shifts/requests-page";

/** Which request a notification leads to: `#request-…`. */
function useTarget(): Target | null {
  const hash = useLocation({ select: (location) => location.hash });
  return useMemo(
    () =>
      hash.startsWith("request-") ? { id: hash.slice("request-".length), wasShown: false } : null,
    [hash],
  );
}

export function MyShiftsRoute() {
  return (
    <MyShiftsPage
      target={useTarget()}
      links={{
        openShifts: (words) => <Link to="/shifts/open">{words}</Link>,
        feeds: (words) => <Link to="/settings/calendar-feeds">{words}</Link>,
      }}
    />
  );
}

export function OpenShiftsRoute() {
  return (
    <OpenShiftsPage links={{ requests: (words) => <Link to="/shifts/requests">{words}</Link> }} />
  );
}

export function RequestsRoute() {
  return <RequestsPage target={useTarget()} />;
}
