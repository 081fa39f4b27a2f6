/** The pages with which a roster is planned, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { LabourRulesPage } from "@/features/shifts/labour-rules-page";
import { PlannedHoursPage } from "@/features/shifts/planned-hours-page";

const planned = getRouteApi("/signed-in/shifts/planned");
const labourRules = getRouteApi("/signed-in/settings/labour-rules");

export function PlannedHoursRoute() {
  const navigate = planned.useNavigate();
  return (
    <PlannedHoursPage
      choice={planned.useSearch()}
      onChoose={(search) => void navigate({ search, resetScroll: false })}
      links={{
        roster: (date, parts) => <Link to="/shifts" search={{ view: "week", date }} {...parts} />,
      }}
    />
  );
}

export function LabourRulesRoute() {
  const navigate = labourRules.useNavigate();
  return (
    <LabourRulesPage
      choice={labourRules.useSearch()}
      onChoose={(search) => void navigate({ search, resetScroll: false })}
      links={{
        roster: (date, parts) => <Link to="/shifts" search={{ view: "week", date }} {...parts} />,
      }}
    />
  );
}
