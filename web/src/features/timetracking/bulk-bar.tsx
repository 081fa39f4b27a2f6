import { Button, Menu } from "@mantine/core";
import {
  IconFolder,
  IconReceipt,
  IconReceiptOff,
  IconTag,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import { answer, api } from "@/api/client";
import type { ChangedSessions, Session } from "@/api/types";
import { readableDuration } from "@/lib/duration";
import { Picker } from "@/ui/picker";
import { showFailure } from "@/ui/toasts";
import { type BulkDeed, useChangeMany } from "./bulk-actions";
import classes from "./bulk-bar.module.css";
import { ProjectList } from "./project-list";
import { given, type HoursFilter } from "./queries";
import { mostSelected, tagsOf } from "./selection";
import { TagList } from "./tag-list";

/** What can be done with the sessions that are selected. */
export function BulkBar({
  personId,
  filter,
  total,
  sessions,
  onSelectAll,
  onChanged,
  onClear,
}: {
  personId: string;
  filter: HoursFilter;
  /** How many sessions the filter shows; null while that is not known. */
  total: number | null;
  sessions: ReadonlyMap<string, Session>;
  onSelectAll: (sessions: readonly Session[]) => void;
  onChanged: (changed: ChangedSessions, isDeleted: boolean) => void;
  onClear: () => void;
}) {
  const change = useChangeMany(onChanged);
  const [isSelectingAll, setSelectingAll] = useState(false);
  const ids = [...sessions.keys()];
  const count = countOf(ids.length);
  const seconds = [...sessions.values()].reduce((sum, one) => sum + one.duration_seconds, 0);

  function deed(set: BulkDeed["set"], done: string, failed: string) {
    change.mutate({ ids, set, done, failed });
  }

  async function selectAll() {
    setSelectingAll(true);
    try {
      const { items } = await answer(
        api.GET("/api/v1/sessions", {
          params: { query: { person_id: personId, ...given(filter), limit: mostSelected } },
        }),
      );
      onSelectAll(items);
    } catch (error) {
      showFailure("The other sessions couldn’t be selected", error, () => void selectAll());
    } finally {
      setSelectingAll(false);
    }
  }

  return (
    <section className={classes.bar} aria-label="Selected sessions" data-bulk-bar>
      <p className={classes.count} role="status">
        <strong>{count}</strong> <span className="tabular">{readableDuration(seconds)}</span>
      </p>
      {total !== null && total > ids.length && ids.length < mostSelected && (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={isSelectingAll}
          onClick={() => void selectAll()}
        >
          {total > mostSelected ? `Select the first ${mostSelected}` : `Select all ${total}`}
        </Button>
      )}
      <div className={classes.deeds}>
        <Picker
          label={`Move ${count} to a project`}
          className={classes.deed}
          isDisabled={change.isPending}
          list={(close) => (
            <ProjectList
              chosen={commonProject(sessions)}
              onPick={(project) =>
                deed(
                  { project_id: project?.id ?? null },
                  project ? `Moved ${count} to ${project.name}.` : `Took ${count} out of projects.`,
                  `${count} couldn’t be moved`,
                )
              }
              onClose={close}
            />
          )}
        >
          <IconFolder size={17} stroke={1.7} aria-hidden />
          <span>Project</span>
        </Picker>
        <BulkTags
          sessions={sessions}
          isDisabled={change.isPending}
          onApply={(added, removed) =>
            deed(
              { add_tags: added, remove_tags: removed },
              `${[
                ...added.map((tag) => `Added “${tag}”`),
                ...removed.map((tag) => `Removed “${tag}”`),
              ].join(", ")}: ${count}.`,
              `The tags of ${count} couldn’t be changed`,
            )
          }
        />
        <Menu position="top">
          <Menu.Target>
            <button
              type="button"
              className={classes.deed}
              aria-label={`Make ${count} billable or not`}
              disabled={change.isPending}
            >
              <IconReceipt size={17} stroke={1.7} aria-hidden />
              <span>Billable</span>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconReceipt size={16} aria-hidden />}
              onClick={() =>
                deed(
                  { billable: true },
                  `Made ${count} billable.`,
                  `${count} couldn’t be made billable`,
                )
              }
            >
              Billable
            </Menu.Item>
            <Menu.Item
              leftSection={<IconReceiptOff size={16} aria-hidden />}
              onClick={() =>
                deed(
                  { billable: false },
                  `Made ${count} not billable.`,
                  `${count} couldn’t be changed`,
                )
              }
            >
              Not billable
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <button
          type="button"
          className={classes.deed}
          data-tone="danger"
          aria-label={`Delete ${count}`}
          disabled={change.isPending}
          onClick={() => deed(null, `Deleted ${count}.`, `${count} couldn’t be deleted`)}
        >
          <IconTrash size={17} stroke={1.7} aria-hidden />
          <span>Delete</span>
        </button>
      </div>
      <button
        type="button"
        className={classes.deed}
        aria-label="Clear the selection"
        title="Clear the selection (Esc)"
        onClick={onClear}
      >
        <IconX size={17} aria-hidden />
      </button>
    </section>
  );
}

/** Tags are ticked and unticked, and changed all at once when the list closes. */
function BulkTags({
  sessions,
  isDisabled,
  onApply,
}: {
  sessions: ReadonlyMap<string, Session>;
  isDisabled: boolean;
  onApply: (added: string[], removed: string[]) => void;
}) {
  const { all, some } = tagsOf(sessions.values());
  // What was pressed in the open list: true is to be added, false to be removed.
  const [pressed, setPressed] = useState<ReadonlyMap<string, boolean>>(new Map());

  function toggle(tag: string) {
    const isChosen = pressed.get(tag) ?? all.includes(tag);
    setPressed(new Map(pressed).set(tag, !isChosen));
  }

  function apply() {
    const added = [...pressed].filter(([tag, on]) => on && !all.includes(tag));
    const removed = [...pressed].filter(
      ([tag, on]) => !on && (all.includes(tag) || some.includes(tag)),
    );
    setPressed(new Map());
    if (added.length + removed.length > 0) {
      onApply(
        added.map(([tag]) => tag),
        removed.map(([tag]) => tag),
      );
    }
  }

  return (
    <Picker
      label={`Change the tags of ${countOf(sessions.size)}`}
      className={classes.deed}
      isDisabled={isDisabled}
      list={(close) => (
        <TagList
          chosen={[...new Set([...all, ...pressed.keys()])].filter(
            (tag) => pressed.get(tag) ?? all.includes(tag),
          )}
          mixed={some.filter((tag) => !pressed.has(tag))}
          onToggle={toggle}
          onClose={() => {
            apply();
            close();
          }}
        />
      )}
    >
      <IconTag size={17} stroke={1.7} aria-hidden />
      <span>Tags</span>
    </Picker>
  );
}

function commonProject(sessions: ReadonlyMap<string, Session>): string | null | undefined {
  const [first, ...others] = [...sessions.values()].map(({ project_id }) => project_id);
  return others.every((id) => id === first) ? first : undefined;
}

function countOf(number: number): string {
  return number === 1 ? "1 session" : `${number} sessions`;
}
