/** Projects, clients and tags, tied to the router. */

import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { ProjectsPage } from "@/features/timetracking/projects-page";

const projects = getRouteApi("/signed-in/projects");

export function ProjectsRoute() {
  const { tab = "projects", show = "current" } = projects.useSearch();
  const navigate = projects.useNavigate();
  const leave = useNavigate();
  const showRates = useCallback(
    (projectId: string) => void leave({ to: "/settings/rates", search: { project_id: projectId } }),
    [leave],
  );
  return (
    <ProjectsPage
      key={tab}
      choice={{ shelf: tab, show }}
      shelfLink={(shelf, parts) => (
        <Link
          key={shelf}
          to="/projects"
          search={shelf === "projects" ? {} : { tab: shelf }}
          activeOptions={{ exact: true, includeSearch: true }}
          {...parts}
        />
      )}
      sessionsLink={(filter, parts) => <Link to="/hours" search={filter} {...parts} />}
      onRates={showRates}
      onChoose={(next) =>
        void navigate({
          search: {
            ...(next.shelf === "projects" ? {} : { tab: next.shelf }),
            ...(next.show === "current" ? {} : { show: next.show }),
          },
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
