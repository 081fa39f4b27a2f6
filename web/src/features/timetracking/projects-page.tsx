import { Button, Group, SegmentedControl, Skeleton, Stack, TextInput, Title } from "@mantine/core";
import {
  IconFolderPlus,
  IconFolders,
  IconPlus,
  IconSearch,
  IconTags,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { matches } from "@/lib/search";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import type { Item, ShelfName } from "./catalogue-actions";
import { CatalogueForm } from "./catalogue-form";
import {
  clientsQuery,
  knownProjects,
  projectsQuery,
  tagsQuery,
  useKeepsCatalogue,
} from "./catalogue-queries";
import { CatalogueRow } from "./catalogue-row";
import classes from "./projects-page.module.css";
import type { HoursFilter } from "./queries";

/** What the address of the page says. */
export interface CatalogueChoice {
  readonly shelf: ShelfName;
  readonly show: "current" | "archived";
}

export type SessionsLink = (
  filter: HoursFilter,
  parts: { className?: string; "aria-label"?: string; children: ReactNode },
) => ReactNode;

const shelves: { name: ShelfName; title: string; one: string }[] = [
  { name: "projects", title: "Projects", one: "project" },
  { name: "clients", title: "Clients", one: "client" },
  { name: "tags", title: "Tags", one: "tag" },
];

const about: Record<ShelfName, { icon: ReactNode; title: string; text: string }> = {
  projects: {
    icon: <IconFolders size={26} stroke={1.6} aria-hidden />,
    title: "No projects yet",
    text: "A project has a name and a colour, and says whether its hours are billable. Sessions are filed under it, and the overview adds them up.",
  },
  clients: {
    icon: <IconUsersGroup size={26} stroke={1.6} aria-hidden />,
    title: "No clients yet",
    text: "A client is whom projects are for: another institute, a funder, a customer.",
  },
  tags: {
    icon: <IconTags size={26} stroke={1.6} aria-hidden />,
    title: "No tags yet",
    text: "A tag marks sessions across projects: bench, desk, meeting. Those that you type into a session are added here by themselves.",
  },
};

/** Projects, clients and tags: what sessions are filed under. */
export function ProjectsPage({
  choice,
  shelfLink,
  sessionsLink,
  onChoose,
  onRates,
}: {
  choice: CatalogueChoice;
  shelfLink: (
    shelf: ShelfName,
    parts: { className: string; "aria-current"?: "page"; children: ReactNode },
  ) => ReactNode;
  sessionsLink: SessionsLink;
  onChoose: (choice: CatalogueChoice) => void;
  /** Leads to what an hour of a project costs. */
  onRates: (projectId: string) => void;
}) {
  const { shelf, show } = choice;
  const { title, one } = shelves.find(({ name }) => name === shelf) ?? { title: "", one: "" };
  usePageTitle(title);
  const keeps = useKeepsCatalogue();
  const projects = useQuery(projectsQuery);
  const clients = useQuery(clientsQuery);
  const tags = useQuery({ ...tagsQuery, enabled: shelf === "tags" });
  const shown = { projects, clients, tags }[shelf];

  const [text, setText] = useState("");
  const [isAdding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const addButton = useRef<HTMLButtonElement>(null);

  const known = useMemo(
    () => knownProjects(projects.data ?? [], clients.data ?? []),
    [projects.data, clients.data],
  );
  const all: readonly Item[] = shelf === "projects" ? [...known.values()] : (shown.data ?? []);
  const inView = all.filter((item) =>
    "archived" in item ? item.archived === (show === "archived") : true,
  );
  const found = inView.filter((item) => matches(searchTextOf(item), text));
  const archivedCount = all.filter((item) => "archived" in item && item.archived).length;

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center" wrap="nowrap">
        <Title order={1}>{title}</Title>
        {keeps && (
          <Button
            ref={addButton}
            variant="default"
            size="sm"
            leftSection={<IconPlus size={16} aria-hidden />}
            aria-expanded={isAdding}
            onClick={() => setAdding((before) => !before)}
          >
            Add {one}
          </Button>
        )}
      </Group>

      <nav aria-label="Projects, clients and tags" className={classes.tabs}>
        {shelves.map(({ name, title: label }) =>
          shelfLink(name, {
            className: classes.tab ?? "",
            ...(name === shelf ? { "aria-current": "page" as const } : {}),
            children: label,
          }),
        )}
      </nav>

      {isAdding && (
        <div className={classes.adding}>
          <CatalogueForm
            key={shelf}
            shelf={shelf}
            projects={[...known.values()]}
            clients={clients.data ?? []}
            onDone={() => {
              setAdding(false);
              addButton.current?.focus();
            }}
          />
        </div>
      )}

      {(all.length > 0 || shown.isPending) && (
        <search className={classes.filters} aria-label={`Find ${title.toLowerCase()}`}>
          <TextInput
            type="search"
            className={classes.search ?? ""}
            aria-label={`Search ${title.toLowerCase()}`}
            placeholder="Search names"
            leftSection={<IconSearch size={16} aria-hidden />}
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {shelf !== "tags" && (
            <SegmentedControl
              size="sm"
              aria-label="Show"
              value={show}
              onChange={(value) => onChoose({ shelf, show: value as CatalogueChoice["show"] })}
              data={[
                { value: "current", label: "In use" },
                { value: "archived", label: `Archived (${archivedCount})` },
              ]}
            />
          )}
        </search>
      )}

      {shown.isPending ? (
        <Stack gap="xs" role="status" aria-label={`Loading ${title.toLowerCase()}`}>
          {[0, 1, 2, 3].map((row) => (
            <Skeleton key={row} height={48} radius="md" />
          ))}
        </Stack>
      ) : shown.isError && all.length === 0 ? (
        <LoadFailure
          what={title}
          error={shown.error}
          retry={() => void shown.refetch()}
          retrying={shown.isFetching}
        />
      ) : all.length === 0 ? (
        <EmptyState
          icon={about[shelf].icon}
          title={about[shelf].title}
          action={
            keeps && (
              <Button
                variant="light"
                mt="xs"
                leftSection={<IconFolderPlus size={16} aria-hidden />}
                onClick={() => setAdding(true)}
              >
                Add the first one
              </Button>
            )
          }
        >
          {about[shelf].text}
          {!keeps && " Managers keep this list."}
        </EmptyState>
      ) : found.length === 0 ? (
        <EmptyState
          icon={about[shelf].icon}
          title={
            text === ""
              ? `No ${show === "archived" ? "archived " : ""}${title.toLowerCase()}`
              : "Nothing found"
          }
          action={
            text !== "" && (
              <Button variant="default" mt="xs" onClick={() => setText("")}>
                Show all
              </Button>
            )
          }
        >
          {text === ""
            ? show === "archived"
              ? `What is archived keeps its sessions and is not offered any more.`
              : `All ${title.toLowerCase()} are archived.`
            : `No ${one} here is called “${text}”.`}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label={title}>
          {found.map((item) => (
            <CatalogueRow
              key={item.id}
              shelf={shelf}
              item={item}
              keeps={keeps}
              isEditing={editing === item.id}
              projects={[...known.values()]}
              clients={clients.data ?? []}
              tags={tags.data ?? []}
              sessionsLink={sessionsLink}
              onEdit={setEditing}
              onRates={onRates}
            />
          ))}
        </ul>
      )}
    </Stack>
  );
}

function searchTextOf(item: Item): string {
  return "clientName" in item && typeof item.clientName === "string"
    ? `${item.name} ${item.clientName}`
    : item.name;
}
