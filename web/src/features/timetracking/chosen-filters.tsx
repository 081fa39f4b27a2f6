import {
  IconCalendar,
  IconFolder,
  IconFolderOff,
  IconReceipt,
  IconReceiptOff,
  IconTag,
  IconTagOff,
  IconUser,
  IconUserOff,
  IconUsersGroup,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { usePlace } from "@/api/me";
import { addDays, dateRange } from "@/lib/calendar";
import { clientsQuery, useProjects } from "./catalogue-queries";
import classes from "./filter-bar.module.css";
import { personQuery } from "./overview-queries";
import { ProjectDot } from "./project-mark";
import type { HoursFilter } from "./queries";

/** What the overview narrowed the sessions down to; a press takes it away again. */
export function ChosenFilters({
  filter,
  withTag = false,
  onFilter,
}: {
  filter: HoursFilter;
  /** Where nothing else shows the tag. */
  withTag?: boolean;
  onFilter: (filter: HoursFilter) => void;
}) {
  const { locale } = usePlace();
  const { from, to, project_id: projectId, person_id: personId } = filter;
  return (
    <>
      {from !== undefined && to !== undefined && (
        <Chosen
          icon={<IconCalendar size={14} aria-hidden />}
          what={dateRange(from, addDays(to, -1), locale)}
          label="Show all days again"
          remove={() => onFilter({ ...filter, from: undefined, to: undefined })}
        />
      )}
      {projectId !== undefined && (
        <ChosenProject
          id={projectId}
          remove={() => onFilter({ ...filter, project_id: undefined })}
        />
      )}
      {filter.client_id !== undefined && (
        <ChosenClient
          id={filter.client_id}
          remove={() => onFilter({ ...filter, client_id: undefined })}
        />
      )}
      {withTag && filter.tag !== undefined && (
        <Chosen
          icon={<IconTag size={14} aria-hidden />}
          what={filter.tag}
          label="Show all tags again"
          remove={() => onFilter({ ...filter, tag: undefined })}
        />
      )}
      {filter.without?.map((thing) => (
        <Chosen
          key={thing}
          icon={
            {
              project: <IconFolderOff size={14} aria-hidden />,
              client: <IconUserOff size={14} aria-hidden />,
              tag: <IconTagOff size={14} aria-hidden />,
            }[thing]
          }
          what={`No ${thing}`}
          label="Show the others again"
          remove={() => {
            const others = filter.without?.filter((other) => other !== thing) ?? [];
            onFilter({ ...filter, without: others.length === 0 ? undefined : others });
          }}
        />
      ))}
      {filter.billable !== undefined && (
        <Chosen
          icon={
            filter.billable ? (
              <IconReceipt size={14} aria-hidden />
            ) : (
              <IconReceiptOff size={14} aria-hidden />
            )
          }
          what={filter.billable ? "Billable" : "Not billable"}
          label="Show the others again"
          remove={() => onFilter({ ...filter, billable: undefined })}
        />
      )}
      {personId !== undefined && (
        <ChosenPerson id={personId} remove={() => onFilter({ ...filter, person_id: undefined })} />
      )}
    </>
  );
}

function ChosenProject({ id, remove }: { id: string; remove: () => void }) {
  const { byId, isLoading } = useProjects();
  const project = byId.get(id);
  return (
    <Chosen
      icon={project ? <ProjectDot colour={project.colour} /> : <IconFolder size={14} aria-hidden />}
      what={project?.name ?? (isLoading ? "One project" : "Unknown project")}
      label="Show all projects again"
      remove={remove}
    />
  );
}

function ChosenClient({ id, remove }: { id: string; remove: () => void }) {
  const clients = useQuery(clientsQuery);
  return (
    <Chosen
      icon={<IconUsersGroup size={14} aria-hidden />}
      what={
        clients.data?.find((client) => client.id === id)?.name ??
        (clients.isPending ? "One client" : "Unknown client")
      }
      label="Show all clients again"
      remove={remove}
    />
  );
}

function ChosenPerson({ id, remove }: { id: string; remove: () => void }) {
  const person = useQuery(personQuery(id));
  return (
    <Chosen
      icon={<IconUser size={14} aria-hidden />}
      what={person.data?.name ?? (person.isError ? "Unknown person" : "One person")}
      label="Show your own sessions again"
      remove={remove}
    />
  );
}

function Chosen({
  icon,
  what,
  label,
  remove,
}: {
  icon: ReactNode;
  what: string;
  label: string;
  remove: () => void;
}) {
  return (
    <button
      type="button"
      className={classes.chosen}
      aria-label={`${what}. ${label}`}
      title={label}
      onClick={remove}
    >
      {icon}
      <span>{what}</span>
      <IconX size={14} aria-hidden />
    </button>
  );
}
