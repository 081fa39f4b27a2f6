import { Alert, Button, Group, Input, Select, Switch, TextInput } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import type { Client } from "@/api/types";
import { leastUsed, palette } from "@/lib/colour";
import {
  type Item,
  type ItemFields,
  type ShelfName,
  useAddItem,
  useChangeItem,
} from "./catalogue-actions";
import type { KnownProject } from "./catalogue-queries";
import { ProjectDot } from "./project-mark";
import classes from "./projects-page.module.css";

/** Adds a project, client or tag, or changes one. */
export function CatalogueForm({
  shelf,
  item,
  projects,
  clients,
  onDone,
}: {
  shelf: ShelfName;
  /** The one to change; none to add one. */
  item?: Item;
  projects: readonly KnownProject[];
  clients: readonly Client[];
  onDone: () => void;
}) {
  const add = useAddItem(shelf);
  const change = useChangeItem(shelf);
  const project = item && "colour" in item ? item : null;
  const [name, setName] = useState(item?.name ?? "");
  const [clientId, setClientId] = useState(project?.client_id ?? null);
  const [colour, setColour] = useState(
    project?.colour ?? leastUsed(projects.map((known) => known.colour)),
  );
  const [billable, setBillable] = useState(project?.billable ?? false);
  const [wasSubmitted, setSubmitted] = useState(false);
  const [attempt, setAttempt] = useState<{ body: string; key: string } | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const saving = item ? change : add;
  const problem = saving.error instanceof Problem ? saving.error : null;
  const isUnnamed = name.trim() === "";

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (isUnnamed || saving.isPending) {
      field.current?.focus();
      return;
    }
    const wanted: ItemFields & { name: string } = {
      name: name.trim(),
      ...(shelf === "projects" ? { client_id: clientId, colour, billable } : {}),
    };
    if (!item) {
      // The same key until something is changed: pressing twice must not add two.
      const body = JSON.stringify(wanted);
      const key = attempt?.body === body ? attempt.key : newIdempotencyKey();
      setAttempt({ body, key });
      add.mutate({ fields: wanted, key }, { onSuccess: onDone });
      return;
    }
    const changes = Object.fromEntries(
      Object.entries(wanted).filter(([key, value]) => item[key as keyof Item] !== value),
    ) as ItemFields;
    if (Object.keys(changes).length === 0) {
      onDone();
    } else {
      change.mutate({ item, fields: changes }, { onSuccess: onDone });
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.stopPropagation();
      onDone();
    }
  }

  const noun = { projects: "project", clients: "client", tags: "tag" }[shelf];
  return (
    <form
      className={classes.form}
      aria-label={item ? `Change ${item.name}` : `New ${noun}`}
      onSubmit={submit}
      onKeyDown={onKeyDown}
      noValidate
    >
      <TextInput
        ref={field}
        label="Name"
        className={classes.name ?? ""}
        maxLength={shelf === "tags" ? 50 : 200}
        autoComplete="off"
        value={name}
        error={wasSubmitted && isUnnamed ? "Give it a name." : problem?.field("name")}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {shelf === "projects" && (
        <>
          <Select
            label="Client"
            className={classes.client ?? ""}
            placeholder="None"
            searchable
            clearable
            nothingFoundMessage="No such client"
            data={clients
              .filter(({ archived, id }) => !archived || id === clientId)
              .map(({ id, name: label }) => ({ value: id, label }))}
            value={clientId}
            onChange={setClientId}
          />
          <Input.Wrapper
            label="Colour"
            labelElement="div"
            className={classes.colours ?? ""}
            error={problem?.field("colour")}
          >
            <ColourChoice value={colour} onChoose={setColour} />
          </Input.Wrapper>
        </>
      )}
      {saving.error !== null && !saving.isPending && problem?.field("name") === null && (
        <Alert className={classes.wide ?? ""} color="safranin" variant="light" role="alert">
          {explain(saving.error)}
        </Alert>
      )}
      <div className={classes.actions}>
        <Group gap="xs">
          <Button
            type="submit"
            size="sm"
            loading={saving.isPending && !saving.isPaused}
            disabled={saving.isPaused}
          >
            {item ? "Save" : `Add ${noun}`}
          </Button>
          <Button variant="subtle" color="gray" size="sm" onClick={onDone}>
            Cancel
          </Button>
        </Group>
        {shelf === "projects" && (
          <Switch
            size="sm"
            label="Billable: new sessions are, unless they say otherwise"
            checked={billable}
            onChange={(event) => setBillable(event.currentTarget.checked)}
          />
        )}
      </div>
    </form>
  );
}

const colourNames: Record<(typeof palette)[number], string> = {
  "#1c7ed6": "Blue",
  "#0c8599": "Teal",
  "#2b8a3e": "Green",
  "#5c940d": "Lime",
  "#b8720a": "Amber",
  "#d9480f": "Orange",
  "#e03131": "Red",
  "#d6336c": "Pink",
  "#ae3ec9": "Grape",
  "#7950f2": "Violet",
  "#7c6f64": "Brown",
  "#66788a": "Slate",
};

/** The colours of the house, and any other. */
function ColourChoice({ value, onChoose }: { value: string; onChoose: (colour: string) => void }) {
  const isOther = !palette.some((colour) => colour === value);
  return (
    <div className={classes.swatches} role="radiogroup" aria-label="Colour">
      {palette.map((colour) => (
        <label key={colour} className={classes.swatch} title={colourNames[colour]}>
          <input
            type="radio"
            name="colour"
            aria-label={colourNames[colour]}
            checked={value === colour}
            onChange={() => onChoose(colour)}
          />
          <ProjectDot colour={colour} />
        </label>
      ))}
      <label className={classes.swatch} data-chosen={isOther} title="Another colour">
        <input
          type="color"
          aria-label="Another colour"
          value={value}
          onChange={(event) => onChoose(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
