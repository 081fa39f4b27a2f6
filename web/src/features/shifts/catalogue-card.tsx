import {
  Alert,
  Button,
  Group,
  MultiSelect,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconArchiveOff, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import type { Skill } from "@/api/types";
import { type Item, type ItemValues, type ShelfName, useShelf } from "./catalogue-actions";
import classes from "./shift-settings.module.css";

/** A list that managers keep: add, rename, delete, and use again what was archived. */
export function CatalogueCard({
  shelf,
  one,
  title,
  about,
  empty,
  items,
  describe,
  skills,
  timeZone,
}: {
  shelf: ShelfName;
  /** What one of them is called: `skill`. */
  one: string;
  title: string;
  about: string;
  empty: string;
  /** Undefined while they are loaded. */
  items: readonly Item[] | undefined;
  /** What is said beside the name. */
  describe?: (item: Item) => string;
  /** The skills to choose from, where an item takes some. */
  skills?: readonly Skill[] | undefined;
  /** The zone of a new item, where items have one. */
  timeZone?: string;
}) {
  const { add, change, remove, useAgain } = useShelf(shelf);
  const [open, setOpen] = useState<string | "new" | null>(null);
  const [isUnfolded, setUnfolded] = useState(false);
  const card = useRef<HTMLElement>(null);
  const inUse = items?.filter(({ archived }) => !archived) ?? [];
  const archived = items?.filter((item) => item.archived) ?? [];
  const shown = isUnfolded ? [...inUse, ...archived] : inUse;

  /** Closes the form; the focus goes back to where it was opened. */
  function close(to: string) {
    setOpen(null);
    add.reset();
    change.reset();
    setTimeout(() => {
      const places = [...(card.current?.querySelectorAll<HTMLElement>("[data-opens]") ?? [])];
      (places.find(({ dataset }) => dataset.opens === to) ?? places[0])?.focus();
    });
  }

  return (
    <section ref={card} className={classes.card} aria-label={title}>
      <Group justify="space-between" align="center" wrap="nowrap">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Button
          variant="default"
          size="compact-md"
          data-opens="new"
          leftSection={<IconPlus size={15} aria-hidden />}
          aria-expanded={open === "new"}
          onClick={() => setOpen("new")}
        >
          Add {one}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mt={4}>
        {about}
      </Text>
      {open === "new" && (
        <ItemForm
          label={`New ${one}`}
          first={{ name: "", ...(timeZone ? { time_zone: timeZone } : {}) }}
          skills={skills}
          save="Add"
          error={add.error}
          isSaving={add.isPending && !add.isPaused}
          onSave={(values, key) => add.mutate({ values, key }, { onSuccess: () => close("new") })}
          onCancel={() => close("new")}
        />
      )}
      {items === undefined ? (
        <Skeleton height={88} mt="sm" role="status" aria-label={`Loading ${title.toLowerCase()}`} />
      ) : items.length === 0 ? (
        open !== "new" && <p className={classes.empty}>{empty}</p>
      ) : (
        <ul className={classes.list} aria-label={title}>
          {shown.map((item) =>
            open === item.id ? (
              <li key={item.id}>
                <ItemForm
                  label={`Change ${item.name}`}
                  first={item}
                  {...(shelf === "positions"
                    ? {
                        aboutName:
                          "Shifts, templates, rules and staffing needs get a new name at once; nobody is told.",
                      }
                    : {})}
                  skills={skills}
                  save="Save"
                  error={change.error}
                  isSaving={change.isPending && !change.isPaused}
                  onSave={(values) =>
                    change.mutate({ item, values }, { onSuccess: () => close(item.id) })
                  }
                  onCancel={() => close(item.id)}
                />
              </li>
            ) : (
              <li key={item.id} className={classes.row} data-archived={item.archived === true}>
                <span className={classes.what}>
                  <span className={classes.name}>{item.name}</span>
                  <span className={classes.about}>
                    {[describe?.(item), item.archived && "archived"].filter(Boolean).join(" · ")}
                  </span>
                </span>
                {item.archived ? (
                  <button
                    type="button"
                    className={classes.icon}
                    aria-label={`Use ${item.name} again`}
                    title="Use again"
                    onClick={() => useAgain.mutate(item)}
                  >
                    <IconArchiveOff size={17} stroke={1.8} aria-hidden />
                  </button>
                ) : (
                  <>
                    <button
                      type="button"
                      className={classes.icon}
                      data-opens={item.id}
                      aria-label={`Change ${item.name}`}
                      title="Change"
                      onClick={() => setOpen(item.id)}
                    >
                      <IconPencil size={17} stroke={1.8} aria-hidden />
                    </button>
                    <button
                      type="button"
                      className={classes.icon}
                      data-tone="danger"
                      aria-label={`Delete ${item.name}`}
                      title="Delete"
                      disabled={remove.isPending && remove.variables.id === item.id}
                      onClick={() => remove.mutate(item, { onSuccess: () => close("new") })}
                    >
                      <IconTrash size={17} stroke={1.8} aria-hidden />
                    </button>
                  </>
                )}
              </li>
            ),
          )}
        </ul>
      )}
      {archived.length > 0 && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="xs"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded((before) => !before)}
        >
          {isUnfolded ? "Hide archived" : `Show ${archived.length} archived`}
        </Button>
      )}
    </section>
  );
}

function ItemForm({
  label,
  first,
  aboutName,
  skills,
  save,
  error,
  isSaving,
  onSave,
  onCancel,
}: {
  label: string;
  first: ItemValues;
  /** What another name means. */
  aboutName?: string;
  skills: readonly Skill[] | undefined;
  save: string;
  error: unknown;
  isSaving: boolean;
  onSave: (values: ItemValues, key: string) => void;
  onCancel: () => void;
}) {
  const [key] = useState(newIdempotencyKey);
  const [name, setName] = useState(first.name ?? "");
  const [zone, setZone] = useState(first.time_zone);
  const [skillIds, setSkillIds] = useState(first.skill_ids ?? []);
  const problem = error instanceof Problem ? error : null;
  const nameTrouble =
    problem?.code === "roster_name_taken" ? explain(problem) : (problem?.field("name") ?? null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() !== "") {
      onSave(
        {
          name: name.trim(),
          ...(zone === undefined ? {} : { time_zone: zone }),
          ...(skills === undefined ? {} : { skill_ids: skillIds }),
        },
        key,
      );
    }
  }

  return (
    <form
      onSubmit={submit}
      aria-label={label}
      className={classes.editing}
      onKeyDown={(event) => {
        // A list that is open is closed first.
        const isInList = event.target instanceof Element && event.target.ariaExpanded === "true";
        if (event.key === "Escape" && !isInList) {
          onCancel();
        }
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          withAsterisk={false}
          maxLength={100}
          autoComplete="off"
          autoFocus
          description={aboutName}
          value={name}
          error={nameTrouble}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {zone !== undefined && (
          <Select
            label="Time zone"
            searchable
            allowDeselect={false}
            limit={60}
            data={Intl.supportedValuesOf("timeZone")}
            value={zone}
            error={problem?.field("time_zone")}
            onChange={(value) => value && setZone(value)}
          />
        )}
        {skills !== undefined && (
          <MultiSelect
            label="Skills that it takes"
            size="sm"
            searchable
            placeholder={skillIds.length === 0 ? "Anybody can do it" : ""}
            nothingFoundMessage="There is no such skill: add it first."
            data={skills
              .filter(({ id, archived }) => !archived || skillIds.includes(id))
              .map(({ id, name: called }) => ({ value: id, label: called }))}
            value={skillIds}
            onChange={setSkillIds}
          />
        )}
        {error != null && nameTrouble === null && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(error)}
          </Alert>
        )}
        <Group gap="xs">
          <Button type="submit" size="sm" loading={isSaving} disabled={name.trim() === ""}>
            {save}
          </Button>
          <Button variant="subtle" color="gray" size="sm" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
