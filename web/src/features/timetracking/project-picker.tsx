import { IconFolder } from "@tabler/icons-react";
import { lazy, type ReactNode } from "react";
import { Picker } from "@/ui/picker";
import { type KnownProject, useProjects } from "./catalogue-queries";
import { ProjectMark } from "./project-mark";

const ProjectList = lazy(async () => {
  const module = await import("./project-list");
  return { default: module.ProjectList };
});

/** What a session is filed under, on a button; a press lets another be chosen, or made. */
export function ProjectPicker({
  projectId,
  className,
  purpose = "Project",
  none = "None",
  isDisabled = false,
  withClient = true,
  onPick,
}: {
  projectId: string | null;
  className?: string | undefined;
  /** What the choice is for, as the button is called. */
  purpose?: string;
  /** Shown while nothing is chosen. */
  none?: ReactNode;
  isDisabled?: boolean;
  /** Where there is room for it. */
  withClient?: boolean;
  onPick: (project: KnownProject | null) => void;
}) {
  const { byId, isLoading } = useProjects();
  const project = projectId === null ? null : byId.get(projectId);
  const name = projectId === null ? "none" : (project?.name ?? (isLoading ? "…" : "unknown"));
  return (
    <Picker
      label={`${purpose}: ${name}${withClient && project?.clientName ? ` · ${project.clientName}` : ""}`}
      title={
        project?.clientName ? `${project.name} · ${project.clientName}` : (project?.name ?? "")
      }
      className={className}
      isDisabled={isDisabled}
      list={(close) => <ProjectList chosen={projectId} onPick={onPick} onClose={close} />}
    >
      {project ? (
        <ProjectMark project={project} withClient={withClient} />
      ) : projectId === null ? (
        <>
          <IconFolder size={17} stroke={1.7} aria-hidden />
          <span>{none}</span>
        </>
      ) : (
        <span>{isLoading ? "…" : "Unknown project"}</span>
      )}
    </Picker>
  );
}
