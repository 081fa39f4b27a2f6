import { Alert, Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import type { Collection } from "@/api/types";
import { counted } from "@/lib/counted";
import { Dialog } from "@/ui/dialog";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { useAddCollection, useChangeCollection, useRemoveCollection } from "./sequence-actions";
import { useSequenceLinks } from "./sequence-links";
import { collectionsQuery } from "./sequence-queries";
import classes from "./sequences.module.css";

/** What sequences are kept in: in each, the same bases are once. */
export function CollectionsPage() {
  usePageTitle("Collections");
  const collections = useQuery(collectionsQuery);
  const [isAdding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<Collection | null>(null);
  const addButton = useRef<HTMLButtonElement>(null);
  const { toList } = useSequenceLinks();
  const items = collections.data ?? [];
  const list = useRef<HTMLUListElement>(null);
  const wasEditing = useRef<string | null>(null);

  // The focus goes back to where it came from.
  useEffect(() => {
    if (editing === null && wasEditing.current !== null) {
      list.current
        ?.querySelector<HTMLElement>(`[data-change="${wasEditing.current}"]`)
        ?.focus({ preventScroll: true });
    }
    wasEditing.current = editing;
  }, [editing]);

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={1}>Collections</Title>
          <Text size="sm" c="dimmed" mt={4}>
            A collection holds the same bases once. What is added without naming one goes into the
            default.
          </Text>
        </div>
        <Button
          ref={addButton}
          variant="default"
          size="sm"
          flex="none"
          leftSection={<IconPlus size={16} aria-hidden />}
          aria-expanded={isAdding}
          onClick={() => setAdding((before) => !before)}
        >
          Add collection
        </Button>
      </Group>
      {isAdding && (
        <div className={classes.card}>
          <CollectionForm
            onDone={() => {
              setAdding(false);
              addButton.current?.focus();
            }}
          />
        </div>
      )}
      {collections.isPending ? (
        <Stack gap="xs" role="status" aria-label="Loading collections">
          {[0, 1, 2].map((row) => (
            <Skeleton key={row} height={64} radius="md" />
          ))}
        </Stack>
      ) : collections.isError && items.length === 0 ? (
        <LoadFailure
          what="Collections"
          error={collections.error}
          retry={() => void collections.refetch()}
          retrying={collections.isFetching}
        />
      ) : (
        <ul ref={list} className={classes.list} aria-label="Collections">
          {items.map((collection) =>
            editing === collection.id ? (
              <li key={collection.id} className={classes.editing}>
                <CollectionForm
                  collection={collection}
                  onDone={() => {
                    setEditing(null);
                  }}
                />
              </li>
            ) : (
              <li key={collection.id} className={classes.collection}>
                <div className={classes.collectionName}>
                  <Group gap="xs">
                    {toList(
                      { collection_id: collection.id },
                      {
                        className: classes.plainLink ?? "",
                        "aria-label": `Sequences of ${collection.name}`,
                        children: collection.name,
                      },
                    )}
                    {collection.is_default && <span className={classes.tag}>default</span>}
                  </Group>
                  <span className={classes.figures}>
                    {counted(collection.sequence_count, "sequence")},{" "}
                    {counted(collection.letter_count, "letter")}
                  </span>
                  {collection.description !== "" && (
                    <Text size="sm" className={classes.description ?? ""}>
                      {collection.description}
                    </Text>
                  )}
                </div>
                <Group gap={4} wrap="nowrap">
                  <Button
                    variant="subtle"
                    color="gray"
                    size="compact-sm"
                    data-change={collection.id}
                    aria-label={`Change ${collection.name}`}
                    onClick={() => setEditing(collection.id)}
                  >
                    Change
                  </Button>
                  {!collection.is_default && (
                    <Button
                      variant="subtle"
                      color="safranin"
                      size="compact-sm"
                      aria-label={`Delete ${collection.name}`}
                      leftSection={<IconTrash size={15} aria-hidden />}
                      onClick={() => setLeaving(collection)}
                    >
                      Delete
                    </Button>
                  )}
                </Group>
              </li>
            ),
          )}
        </ul>
      )}
      <DeleteCollection collection={leaving} close={() => setLeaving(null)} />
    </Stack>
  );
}

function CollectionForm({ collection, onDone }: { collection?: Collection; onDone: () => void }) {
  const add = useAddCollection();
  const change = useChangeCollection();
  const saving = collection ? change : add;
  const problem = saving.error instanceof Problem ? saving.error : null;
  const [name, setName] = useState(collection?.name ?? "");
  const [description, setDescription] = useState(collection?.description ?? "");
  const [wasSubmitted, setSubmitted] = useState(false);
  const [attempt, setAttempt] = useState<{ body: string; key: string } | null>(null);
  const field = useRef<HTMLInputElement>(null);
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
    const fields = { name: name.trim(), description: description.trim() };
    if (collection) {
      if (fields.name === collection.name && fields.description === collection.description) {
        onDone();
      } else {
        change.mutate({ before: collection, fields }, { onSuccess: onDone });
      }
      return;
    }
    // The same key until something is changed: pressing twice must not add two.
    const body = JSON.stringify(fields);
    const key = attempt?.body === body ? attempt.key : newIdempotencyKey();
    setAttempt({ body, key });
    add.mutate({ fields, key }, { onSuccess: onDone });
  }

  return (
    <form
      aria-label={collection ? `Change ${collection.name}` : "New collection"}
      className={classes.fields}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.stopPropagation();
          onDone();
        }
      }}
      noValidate
    >
      <TextInput
        ref={field}
        label="Name"
        maxLength={200}
        autoComplete="off"
        value={name}
        error={
          wasSubmitted && isUnnamed
            ? "Give it a name."
            : (problem?.field("name") ??
              (problem?.code === "collection_name_taken" ? problem.message : null))
        }
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Description"
        maxLength={5000}
        autoComplete="off"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      {saving.error !== null &&
        !saving.isPending &&
        problem?.code !== "collection_name_taken" &&
        !problem?.field("name") && (
          <Alert className={classes.wide ?? ""} color="safranin" variant="light" role="alert">
            {explain(saving.error)}
          </Alert>
        )}
      <Group gap="xs" className={classes.wide ?? ""}>
        <Button
          type="submit"
          size="sm"
          loading={saving.isPending && !saving.isPaused}
          disabled={saving.isPaused}
        >
          {collection ? "Save" : "Add collection"}
        </Button>
        <Button variant="subtle" color="gray" size="sm" onClick={onDone}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}

function DeleteCollection({
  collection,
  close,
}: {
  collection: Collection | null;
  close: () => void;
}) {
  const remove = useRemoveCollection();
  const count = collection?.sequence_count ?? 0;
  return (
    <Dialog
      isOpen={collection !== null}
      onClose={() => {
        remove.reset();
        close();
      }}
      title="Delete this collection?"
    >
      <Stack>
        <Text size="sm">
          {count === 0 ? (
            <>
              <strong>{collection?.name}</strong> holds nothing.
            </>
          ) : (
            <>
              <strong>{collection?.name}</strong> goes with all that it holds:{" "}
              <strong>
                {counted(count, "sequence")}, {counted(collection?.letter_count ?? 0, "letter")}
              </strong>
              . This can’t be undone.
            </>
          )}
        </Text>
        {remove.isError && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(remove.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button
            color="safranin"
            loading={remove.isPending && !remove.isPaused}
            onClick={() => collection && remove.mutate(collection, { onSuccess: close })}
          >
            {count === 0 ? "Delete" : `Delete ${counted(count, "sequence")}`}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
