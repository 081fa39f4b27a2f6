/** Projects, clients and tags, tied to the router. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { ProjectsPage } from "@/features/timetracking/projects-page";

const projects = getRouteApi("/signed-in/projects");

export function ProjectsRoute() {
  const { tab = "projects", show = "current" } = projects.useSearch();
  const navigate = projects.useNavigate();
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
