import { Menu, Text } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconArrowMerge,
  IconCoins,
  IconDotsVertical,
  IconPencil,
  IconReceipt,
  IconTrash,
} from "@tabler/icons-react";
import { memo, useEffect, useRef, useState } from "react";
import type { Client, Tag } from "@/api/types";
import { PickList } from "@/ui/pick-list";
import {
  type Item,
  nounOf,
  type ShelfName,
  useChangeItem,
  useMergeTag,
  useRemoveItem,
} from "./catalogue-actions";
import { CatalogueForm } from "./catalogue-form";
import type { KnownProject } from "./catalogue-queries";
import { ProjectDot } from "./project-mark";
import type { SessionsLink } from "./projects-page";
import classes from "./projects-page.module.css";
import type { HoursFilter } from "./queries";

/** A project, client or tag; a press opens it for those who may change it. */
export const CatalogueRow = memo(function CatalogueRow({
  shelf,
  item,
  keeps,
  isEditing,
  projects,
  clients,
  tags,
  sessionsLink,
  onEdit,
  onRates,
}: {
  shelf: ShelfName;
  item: Item;
  keeps: boolean;
  isEditing: boolean;
  projects: readonly KnownProject[];
  clients: readonly Client[];
  tags: readonly Tag[];
  sessionsLink: SessionsLink;
  onEdit: (id: string | null) => void;
  onRates: (projectId: string) => void;
}) {
  const change = useChangeItem(shelf);
  const remove = useRemoveItem(shelf);
  const merge = useMergeTag();
  const editButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  const [isMerging, setMerging] = useState(false);

  // The focus goes back to where it came from.
  useEffect(() => {
    if (wasEditing.current && !isEditing) {
      editButton.current?.focus();
    }
    wasEditing.current = isEditing;
  }, [isEditing]);

  if (isEditing) {
    return (
      <li className={classes.editing}>
        <CatalogueForm
          shelf={shelf}
          item={item}
          projects={projects}
          clients={clients}
          onDone={() => onEdit(null)}
        />
      </li>
    );
  }

  const project = "colour" in item ? item : null;
  const clientName = project && clients.find(({ id }) => id === project.client_id)?.name;
  const isArchived = "archived" in item && item.archived;
  const ofClient = projects.filter(({ client_id }) => client_id === item.id);
  const sessions: HoursFilter = {
    projects: { project_id: item.id },
    clients: { client_id: item.id },
    tags: { tag: item.name },
  }[shelf];

  return (
    <li className={classes.row}>
      {project && <ProjectDot colour={project.colour} />}
      <div className={classes.what}>
        {keeps ? (
          <button
            ref={editButton}
            type="button"
            className={classes.open}
            aria-label={`Change ${item.name}`}
            onClick={() => onEdit(item.id)}
          >
            {item.name}
          </button>
        ) : (
          <span className={classes.plain}>{item.name}</span>
        )}
        {clientName && (
          <Text span size="sm" c="dimmed" truncate>
            {clientName}
          </Text>
        )}
        {shelf === "clients" && (
          <Text span size="sm" c="dimmed">
            {ofClient.length === 0
              ? "no projects"
              : ofClient.length === 1
                ? "1 project"
                : `${ofClient.length} projects`}
          </Text>
        )}
      </div>
      {project?.billable && (
        <span className={classes.billable} role="img" aria-label="Billable" title="Billable">
          <IconReceipt size={16} stroke={1.8} aria-hidden />
        </span>
      )}
      {sessionsLink(sessions, {
        className: classes.sessions ?? "",
        "aria-label": `Sessions of ${item.name}`,
        children: "Sessions",
      })}
      {keeps && (
        <span className={classes.menu}>
          <Menu position="bottom-end">
            <Menu.Target>
              <button type="button" className={classes.icon} aria-label={`More for ${item.name}`}>
                <IconDotsVertical size={17} aria-hidden />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconPencil size={16} aria-hidden />}
                onClick={() => onEdit(item.id)}
              >
                {shelf === "projects" ? "Change" : "Rename"}
              </Menu.Item>
              {shelf === "projects" && (
                <Menu.Item
                  leftSection={<IconCoins size={16} aria-hidden />}
                  onClick={() => onRates(item.id)}
                >
                  Rates
                </Menu.Item>
              )}
              {shelf === "tags" ? (
                <Menu.Item
                  leftSection={<IconArrowMerge size={16} aria-hidden />}
                  disabled={tags.length < 2}
                  onClick={() => setMerging(true)}
                >
                  Merge into …
                </Menu.Item>
              ) : (
                <Menu.Item
                  leftSection={
                    isArchived ? (
                      <IconArchiveOff size={16} aria-hidden />
                    ) : (
                      <IconArchive size={16} aria-hidden />
                    )
                  }
                  onClick={() => change.mutate({ item, fields: { archived: !isArchived } })}
                >
                  {isArchived ? "Use again" : "Archive"}
                </Menu.Item>
              )}
              <Menu.Item
                color="safranin"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={() => remove.mutate(item)}
              >
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          {isMerging && (
            <PickList
              label={`Merge ${item.name} into`}
              placeholder={`Merge “${item.name}” into …`}
              items={tags
                .filter(({ id }) => id !== item.id)
                .map(({ id, name }) => ({ value: id, label: name }))}
              empty={`There is no other ${nounOf[shelf]}`}
              onPick={(id) => {
                const into = tags.find((tag) => tag.id === id);
                if (into) {
                  merge.mutate({ tag: item, into });
                }
              }}
              onClose={() => {
                setMerging(false);
                editButton.current?.focus();
              }}
            />
          )}
        </span>
      )}
    </li>
  );
});
