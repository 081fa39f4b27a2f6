/** Writing to the registry of sequences. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, sendPatiently } from "@/api/client";
import { explain, isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { Collection, NewSequence, Sequence, SequenceChange } from "@/api/types";
import { counted } from "@/lib/counted";
import { showDone, showFailure, showUndo } from "@/ui/toasts";

/** What became of a record that was to be added. */
export type Outcome =
  | { readonly state: "added" | "known"; readonly sequence: Sequence }
  | { readonly state: "refused"; readonly reason: string };

/** Requests at a time; more would keep others waiting without being faster. */
const atOnce = 3;
/** One call deletes so many at most, for their ids stand in its address. */
const mostInAddress = 100;

export interface Adding {
  readonly records: readonly { readonly body: NewSequence; readonly key: string }[];
  readonly onOutcome: (index: number, outcome: Outcome) => void;
}

/** Adds records, tells of each what became of it, and offers to take back what is new. */
export function useAddSequences() {
  const queryClient = useQueryClient();
  const takeBack = useMutation({
    mutationFn: async (ids: readonly string[]) => {
      for (let start = 0; start < ids.length; start += mostInAddress) {
        await answer(
          api.DELETE("/api/v1/sequences", {
            params: { query: { id: ids.slice(start, start + mostInAddress) } },
          }),
        );
      }
    },
    onSuccess: (_nothing, ids) => showDone(`${counted(ids.length, "sequence")} taken back.`),
    onError: (error, ids) =>
      showFailure(`Couldn’t take back ${counted(ids.length, "sequence")}`, error, () =>
        takeBack.mutate(ids),
      ),
    onSettled: () => refreshAll(queryClient),
  });
  return useMutation({
    // What is refused is told of record by record; a server that is away is waited for by each.
    retry: false,
    mutationFn: async ({ records, onOutcome }: Adding) => {
      const added: string[] = [];
      let next = 0;
      const work = async () => {
        while (next < records.length) {
          const index = next;
          next += 1;
          const record = records[index];
          if (record) {
            const outcome = await addOne(record.body, record.key);
            if (outcome.state === "added") {
              added.push(outcome.sequence.id);
            }
            onOutcome(index, outcome);
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, records.length) }, work));
      return added;
    },
    onSuccess: (added) => {
      if (added.length > 0) {
        showUndo(
          `Added ${counted(added.length, "sequence")}.`,
          () => takeBack.mutate(added),
          "Take back",
        );
      }
    },
    onSettled: () => refreshAll(queryClient),
  });
}

async function addOne(body: NewSequence, key: string): Promise<Outcome> {
  try {
    const { data, error, response } = await api.POST("/api/v1/sequences", {
      body,
      headers: { "Idempotency-Key": key },
      fetch: sendPatiently,
    });
    const sequence = await answer(
      Promise.resolve({ ...(data ? { data } : {}), ...(error ? { error } : {}), response }),
    );
    return { state: response.status === 201 ? "added" : "known", sequence };
  } catch (error) {
    return { state: "refused", reason: explain(error) };
  }
}

interface Change {
  readonly sequence: Sequence;
  readonly fields: SequenceChange;
  /** As it was read, so that nobody’s change is lost unseen. */
  readonly version: string | null;
}

/** Changes what is said about a sequence, and offers the former values. */
export function useChangeSequence() {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: change,
    onSuccess: ({ name }) => showDone(`“${titleOf({ name })}” is as it was.`),
    onError: (error, deed) =>
      showFailure(`“${titleOf(deed.sequence)}” couldn’t be changed back`, error, () =>
        undo.mutate(deed),
      ),
    onSettled: () => refreshAll(queryClient),
  });
  return useMutation({
    mutationFn: change,
    onSuccess: async (after, { sequence, fields }) => {
      await refreshAll(queryClient);
      const former = Object.fromEntries(
        Object.keys(fields).map((field) => [field, sequence[field as keyof SequenceChange]]),
      );
      showUndo(`Changed “${titleOf(after)}”.`, () =>
        undo.mutate({ sequence: after, fields: former, version: null }),
      );
    },
    onError: (error) => {
      if (isProblem(error, "stale")) {
        void refreshAll(queryClient);
      }
    },
  });
}

function change({ sequence, fields, version }: Change): Promise<Sequence> {
  return answer(
    api.PATCH("/api/v1/sequences/{sequence_id}", {
      params: { path: { sequence_id: sequence.id } },
      headers: version === null ? {} : { "If-Match": version },
      body: fields,
      fetch: sendPatiently,
    }),
  );
}

/** Deletes a sequence for good: it would come back under another id. */
export function useRemoveSequence() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (sequence: Sequence) =>
      answer(
        api.DELETE("/api/v1/sequences/{sequence_id}", {
          params: { path: { sequence_id: sequence.id } },
        }),
      ),
    onSuccess: async (_nothing, sequence) => {
      showDone(`Deleted “${titleOf(sequence)}”.`);
      queryClient.removeQueries({ queryKey: ["sequences", "one", sequence.id] });
      await refreshAll(queryClient);
    },
  });
}

export interface CollectionFields {
  readonly name: string;
  readonly description: string;
}

export function useAddCollection() {
  const queryClient = useQueryClient();
  const takeBack = useMutation({
    mutationFn: (collection: Collection) => removeCollection(collection, false),
    onError: (error, collection) => showFailure(`Couldn’t take back “${collection.name}”`, error),
    onSettled: () => refreshAll(queryClient),
  });
  return useMutation({
    mutationFn: ({ fields, key }: { fields: CollectionFields; key: string }) =>
      answer(
        api.POST("/api/v1/collections", { body: fields, headers: { "Idempotency-Key": key } }),
      ),
    onSuccess: async (collection) => {
      await refreshAll(queryClient);
      showUndo(
        `Added the collection “${collection.name}”.`,
        () => takeBack.mutate(collection),
        "Take back",
      );
    },
  });
}

export function useChangeCollection() {
  const queryClient = useQueryClient();
  const send = ({ id, fields }: { id: string; fields: CollectionFields }) =>
    answer(
      api.PATCH("/api/v1/collections/{collection_id}", {
        params: { path: { collection_id: id } },
        body: fields,
      }),
    );
  const undo = useMutation({
    mutationFn: send,
    onSuccess: ({ name }) => showDone(`“${name}” is as it was.`),
    onError: (error, deed) =>
      showFailure(`“${deed.fields.name}” couldn’t be changed back`, error, () => undo.mutate(deed)),
    onSettled: () => refreshAll(queryClient),
  });
  return useMutation({
    mutationFn: ({ before, fields }: { before: Collection; fields: CollectionFields }) =>
      send({ id: before.id, fields }),
    onSuccess: async (after, { before }) => {
      await refreshAll(queryClient);
      const { name, description } = before;
      showUndo(
        name === after.name ? `Changed “${name}”.` : `“${name}” is “${after.name}” now.`,
        () => undo.mutate({ id: after.id, fields: { name, description } }),
      );
    },
  });
}

/** Deletes a collection, and where it is wanted what it holds. */
export function useRemoveCollection() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (collection: Collection) =>
      removeCollection(collection, collection.sequence_count > 0),
    onSuccess: (_nothing, { name }) => showDone(`Deleted the collection “${name}”.`),
    onSettled: () => refreshAll(queryClient),
  });
}

function removeCollection({ id }: Collection, withSequences: boolean): Promise<unknown> {
  return answer(
    api.DELETE("/api/v1/collections/{collection_id}", {
      params: {
        path: { collection_id: id },
        query: withSequences ? { with_sequences: true } : {},
      },
      // Millions of sequences are not deleted in a moment.
      fetch: sendPatiently,
    }),
  );
}

/** What a sequence is called where it has no name. */
export function titleOf({ name }: { readonly name: string }): string {
  return name || "Untitled sequence";
}

function refreshAll(queryClient: ReturnType<typeof useQueryClient>) {
  return refresh(queryClient, "sequences", "collections");
}
