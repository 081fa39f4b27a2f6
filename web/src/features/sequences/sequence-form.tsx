import { Alert, Button, Group, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { explain, isProblem, Problem } from "@/api/problem";
import type { Sequence, SequenceChange } from "@/api/types";
import { CollectionSelect } from "./collection-select";
import { useChangeSequence } from "./sequence-actions";
import classes from "./sequences.module.css";

/** What is said about a sequence; its bases never change. */
export function SequenceForm({
  sequence,
  version,
  onDone,
}: {
  sequence: Sequence;
  version: string | null;
  onDone: () => void;
}) {
  // What it was when the form was opened: what others change meanwhile is not overwritten.
  const [before] = useState({ sequence, version });
  const [name, setName] = useState(sequence.name);
  const [description, setDescription] = useState(sequence.description);
  const [tags, setTags] = useState(sequence.tags);
  const [aliases, setAliases] = useState(sequence.aliases);
  const [circular, setCircular] = useState(sequence.circular);
  const [collection, setCollection] = useState(sequence.collection_id);
  const field = useRef<HTMLInputElement>(null);
  const change = useChangeSequence();
  const problem = change.error instanceof Problem ? change.error : null;
  const isStale = isProblem(change.error, "stale");

  useEffect(() => field.current?.focus(), []);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (change.isPending) {
      return;
    }
    const wanted: SequenceChange = {
      name: name.trim(),
      description: description.trim(),
      tags,
      aliases,
      circular,
      collection_id: collection,
    };
    const fields = Object.fromEntries(
      Object.entries(wanted).filter(
        ([key, value]) =>
          JSON.stringify(value) !== JSON.stringify(before.sequence[key as keyof SequenceChange]),
      ),
    );
    if (Object.keys(fields).length === 0) {
      onDone();
      return;
    }
    change.mutate(
      // Once somebody was told of the other change, saving again means it.
      { sequence: before.sequence, fields, version: isStale ? null : before.version },
      { onSuccess: onDone },
    );
  }

  const placed = ["name", "tags", "aliases", "collection_id"];
  const isElsewhere = problem === null || !placed.some((each) => problem.field(each) !== null);
  return (
    <form
      className={classes.card}
      aria-label={`Change ${sequence.name || "the sequence"}`}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.stopPropagation();
          onDone();
        }
      }}
      noValidate
    >
      <div className={classes.fields}>
        <TextInput
          ref={field}
          label="Name"
          maxLength={500}
          autoComplete="off"
          value={name}
          error={problem?.field("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <CollectionSelect
          label="Collection"
          value={collection}
          onChange={(id) => setCollection(id ?? collection)}
        />
        <TagsInput
          label="Tags"
          maxTags={50}
          value={tags}
          error={problem?.field("tags")}
          onChange={(next) => setTags(next.map((tag) => tag.trim().slice(0, 50)).filter(Boolean))}
        />
        <TagsInput
          label="Also called"
          maxTags={100}
          splitChars={[]}
          value={aliases}
          error={problem?.field("aliases") ?? problem?.field("collection_id")}
          onChange={setAliases}
        />
        <Textarea
          label="Description"
          className={classes.wide ?? ""}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={5000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {change.isError && !change.isPending && isElsewhere && (
          <Alert className={classes.wide ?? ""} color="safranin" variant="light" role="alert">
            {isStale
              ? "Somebody else changed it while you were writing. Save again to keep what you changed here."
              : explain(change.error)}
          </Alert>
        )}
        <Group justify="space-between" className={classes.wide ?? ""}>
          <Group gap="xs">
            <Button
              type="submit"
              size="sm"
              loading={change.isPending && !change.isPaused}
              disabled={change.isPaused}
            >
              Save
            </Button>
            <Button variant="subtle" color="gray" size="sm" onClick={onDone}>
              Cancel
            </Button>
          </Group>
          <Switch
            size="sm"
            label="Circular"
            checked={circular}
            onChange={(event) => setCircular(event.currentTarget.checked)}
          />
        </Group>
      </div>
    </form>
  );
}
