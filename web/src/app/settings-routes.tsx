import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useMe } from "@/api/me";
import {
  SettingsGroup,
  SettingsLayout,
  settingsTabClass,
} from "@/features/accounts/settings-layout";
import { FailingWebhooks } from "@/features/webhooks/failing-webhooks";

export function SettingsRoute() {
  const { role, modules } = useMe();
  const hasHours = modules.includes("hours");
  const hasShifts = modules.includes("shifts");
  const isManager = role !== "member";
  return (
    <SettingsLayout
      path={useLocation({ select: ({ pathname }) => pathname })}
      tabs={
        <>
          <SettingsGroup label="You">
            <Link to="/settings/profile" className={settingsTabClass}>
              Profile
            </Link>
            <Link to="/settings/calendar-feeds" className={settingsTabClass}>
              Calendar feeds
            </Link>
            <Link to="/settings/tokens" className={settingsTabClass}>
              API tokens
            </Link>
          </SettingsGroup>
          {hasHours && (
            <SettingsGroup label="Book of hours">
              <Link to="/settings/hours" className={settingsTabClass}>
                Hours
              </Link>
              {isManager && (
                <Link to="/settings/rates" className={settingsTabClass}>
                  Rates
                </Link>
              )}
              <Link to="/settings/import" className={settingsTabClass}>
                Import
              </Link>
            </SettingsGroup>
          )}
          {hasShifts && isManager && (
            <SettingsGroup label="Book of shifts">
              <Link to="/settings/shifts" className={settingsTabClass}>
                Shifts
              </Link>
              <Link to="/settings/labour-rules" className={settingsTabClass}>
                Labour rules
              </Link>
            </SettingsGroup>
          )}
          <SettingsGroup label="Everybody">
            {(role === "owner" || role === "admin") && (
              <Link to="/settings/people" className={settingsTabClass}>
                People
              </Link>
            )}
            <Link to="/settings/webhooks" className={settingsTabClass}>
              Webhooks
              <FailingWebhooks />
            </Link>
          </SettingsGroup>
        </>
      }
    >
      <Outlet />
    </SettingsLayout>
  );
}
