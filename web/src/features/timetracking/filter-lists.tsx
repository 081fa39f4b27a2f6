/** What the sessions can be narrowed down to; each list gives the next filter. */
import {
  IconFolderOff,
  IconReceipt,
  IconReceiptOff,
  IconTagOff,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { explain } from "@/api/problem";
import { type PickItem, PickList } from "@/ui/pick-list";
import { clientsQuery, tagsQuery, useProjects } from "./catalogue-queries";
import { ProjectDot } from "./project-mark";
import type { HoursFilter, Without } from "./queries";

interface FilterListProps {
  readonly filter: HoursFilter;
  readonly onFilter: (filter: HoursFilter) => void;
  readonly onClose: () => void;
}

/** A project, everything of a client, or what has no project. */
export function ProjectFilterList({ filter, onFilter, onClose }: FilterListProps) {
  const { byId, isLoading, error } = useProjects();
  const clients = useQuery(clientsQuery);
  const nobodys = [...byId.values()].filter(({ client_id }) => client_id === null);
  const items: PickItem[] = [
    {
      value: "without",
      label: "No project",
      mark: <IconFolderOff size={16} aria-hidden />,
      state: filter.without?.includes("project") ? "chosen" : undefined,
    },
    ...nobodys.map((project) => projectItem(project, filter)),
    ...(clients.data ?? []).flatMap((client): PickItem[] => [
      {
        value: `client:${client.id}`,
        label: `All of ${client.name}`,
        group: client.name,
        mark: <IconUsersGroup size={16} aria-hidden />,
        state: filter.client_id === client.id ? "chosen" : undefined,
      },
      ...[...byId.values()]
        .filter(({ client_id }) => client_id === client.id)
        .map((project) => ({ ...projectItem(project, filter), group: client.name })),
    ]),
  ];

  function narrow(value: string) {
    const rest = {
      ...filter,
      project_id: undefined,
      client_id: undefined,
      without: withoutThing(filter, "project", value === "without"),
    };
    if (value === "without") {
      onFilter(rest);
    } else if (value.startsWith("client:")) {
      onFilter({ ...rest, client_id: value.slice("client:".length) });
    } else {
      onFilter({ ...rest, project_id: value });
    }
  }

  return (
    <PickList
      label="Project"
      placeholder="Find a project or client"
      isLoading={isLoading}
      failure={error ? explain(error) : null}
      empty="No projects yet"
      items={items}
      onPick={narrow}
      onClose={onClose}
    />
  );
}

/** A tag, or what has none. */
export function TagFilterList({ filter, onFilter, onClose }: FilterListProps) {
  const tags = useQuery(tagsQuery);
  return (
    <PickList
      label="Tags"
      placeholder="Find a tag"
      isLoading={tags.isPending}
      failure={tags.error ? explain(tags.error) : null}
      empty="No tags yet"
      maxLength={50}
      items={[
        {
          value: "without",
          label: "No tag",
          mark: <IconTagOff size={16} aria-hidden />,
          state: filter.without?.includes("tag") ? "chosen" : undefined,
        },
        ...(tags.data ?? []).map(
          ({ name }): PickItem => ({
            value: `tag:${name}`,
            label: name,
            state: filter.tag === name ? "chosen" : undefined,
          }),
        ),
      ]}
      onPick={(value) =>
        onFilter({
          ...filter,
          tag: value === "without" ? undefined : value.slice("tag:".length),
          without: withoutThing(filter, "tag", value === "without"),
        })
      }
      onClose={onClose}
    />
  );
}

/** What is billable, or what is not. */
export function BillableFilterList({ filter, onFilter, onClose }: FilterListProps) {
  return (
    <PickList
      label="Billable"
      placeholder="Billable or not"
      empty=""
      items={[
        {
          value: "yes",
          label: "Billable",
          mark: <IconReceipt size={16} aria-hidden />,
          state: filter.billable === true ? "chosen" : undefined,
        },
        {
          value: "no",
          label: "Not billable",
          mark: <IconReceiptOff size={16} aria-hidden />,
          state: filter.billable === false ? "chosen" : undefined,
        },
      ]}
      onPick={(value) => onFilter({ ...filter, billable: value === "yes" })}
      onClose={onClose}
    />
  );
}

function projectItem(
  project: { id: string; name: string; colour: string; archived: boolean },
  filter: HoursFilter,
): PickItem {
  return {
    value: project.id,
    label: project.archived ? `${project.name} (archived)` : project.name,
    mark: <ProjectDot colour={project.colour} />,
    state: filter.project_id === project.id ? "chosen" : undefined,
  };
}

function withoutThing(filter: HoursFilter, thing: Without, isWanted: boolean) {
  const others = (filter.without ?? []).filter((other) => other !== thing);
  const wanted = isWanted ? [...others, thing] : others;
  return wanted.length === 0 ? undefined : wanted;
}
