/** The overview of hours, tied to the router. */
import { IconArrowLeft } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { readOverviewChoice, writeOverviewChoice } from "@/features/timetracking/overview-choice";
import { OverviewPage } from "@/features/timetracking/overview-page";
import classes from "./shell.module.css";

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
      backLink={
        <Link to="/hours" className={classes.back ?? ""}>
          <IconArrowLeft size={15} aria-hidden /> Hours
        </Link>
      }
    />
  );
}
