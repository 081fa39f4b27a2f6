import { IconFolderOff } from "@tabler/icons-react";
import { newIdempotencyKey } from "@/api/client";
import { explain } from "@/api/problem";
import { leastUsed } from "@/lib/colour";
import { PickList } from "@/ui/pick-list";
import { showFailure } from "@/ui/toasts";
import { useAddItem } from "./catalogue-actions";
import { type KnownProject, useKeepsCatalogue, useProjects } from "./catalogue-queries";
import { ProjectDot } from "./project-mark";

const none = "none";

/** The projects to choose from, by client; managers make a new one by typing its name. */
export function ProjectList({
  chosen,
  onPick,
  onClose,
}: {
  /** Undefined where several are. */
  chosen: string | null | undefined;
  onPick: (project: KnownProject | null) => void;
  onClose: () => void;
}) {
  const { byId, isLoading, error } = useProjects();
  const mayCreate = useKeepsCatalogue();
  const add = useAddItem("projects");
  const all = [...byId.values()];
  // One that was archived stays where it is chosen already.
  const offered = all.filter(({ archived, id }) => !archived || id === chosen);

  function create(name: string) {
    const fields = { name, colour: leastUsed(all.map(({ colour }) => colour)) };
    // The list is closed by the time the answer comes.
    add.mutateAsync({ fields, key: newIdempotencyKey() }).then(
      (item) => "colour" in item && onPick({ ...item, clientName: null }),
      (failure: unknown) => showFailure(`Couldn’t add the project “${name}”`, failure),
    );
  }

  return (
    <PickList
      label="Project"
      placeholder={mayCreate ? "Find or add a project" : "Find a project"}
      isLoading={isLoading}
      failure={error ? explain(error) : null}
      empty={mayCreate ? "No projects yet: type a name to add one" : "No projects yet"}
      createLabel={(name) => `Add the project “${name}”`}
      items={[
        {
          value: none,
          label: "No project",
          mark: <IconFolderOff size={16} aria-hidden />,
          state: chosen === null ? ("chosen" as const) : undefined,
        },
        ...offered.map((project) => ({
          value: project.id,
          label: project.archived ? `${project.name} (archived)` : project.name,
          group: project.clientName ?? undefined,
          mark: <ProjectDot colour={project.colour} />,
          state: project.id === chosen ? ("chosen" as const) : undefined,
        })),
      ]}
      onPick={(value) => onPick(value === none ? null : (byId.get(value) ?? null))}
      onCreate={mayCreate ? create : undefined}
      onClose={onClose}
    />
  );
}
