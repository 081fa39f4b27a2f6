import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useMe } from "@/api/me";
import { SettingsLayout, settingsTabClass } from "@/features/accounts/settings-layout";
import { FailingWebhooks } from "@/features/webhooks/failing-webhooks";

export function SettingsRoute() {
  const { role, modules } = useMe();
  const hasHours = modules.includes("hours");
  const hasShifts = modules.includes("shifts");
  return (
    <SettingsLayout
      path={useLocation({ select: ({ pathname }) => pathname })}
      tabs={
        <>
          <Link to="/settings/profile" className={settingsTabClass}>
            Profile
          </Link>
          {hasHours && (
            <Link to="/settings/hours" className={settingsTabClass}>
              Hours
            </Link>
          )}
          {hasHours && role !== "member" && (
            <Link to="/settings/rates" className={settingsTabClass}>
              Rates
            </Link>
          )}
          {hasShifts && role !== "member" && (
            <Link to="/settings/shifts" className={settingsTabClass}>
              Shifts
            </Link>
          )}
          {hasShifts && role !== "member" && (
            <Link to="/settings/labour-rules" className={settingsTabClass}>
              Labour rules
            </Link>
          )}
          <Link to="/settings/tokens" className={settingsTabClass}>
            API tokens
          </Link>
          <Link to="/settings/calendar-feeds" className={settingsTabClass}>
            Calendar feeds
          </Link>
          {hasHours && (
            <Link to="/settings/import" className={settingsTabClass}>
              Import
            </Link>
          )}
          <Link to="/settings/webhooks" className={settingsTabClass}>
            Webhooks
            <FailingWebhooks />
          </Link>
          {(role === "owner" || role === "admin") && (
            <Link to="/settings/people" className={settingsTabClass}>
              People
            </Link>
          )}
        </>
      }
    >
      <Outlet />
    </SettingsLayout>
  );
}
