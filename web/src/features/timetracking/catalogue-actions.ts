/** Writing to the catalogue: projects, clients and tags. Each deed can be undone. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { Client, Project, Tag } from "@/api/types";
import { showDone, showFailure, showUndo } from "@/ui/toasts";

export type ShelfName = "projects" | "clients" | "tags";
export type Item = Project | Client | Tag;
/** What can be set of a project; clients and tags have their name alone. */
export interface ItemFields {
  readonly name?: string;
  readonly client_id?: string | null;
  readonly colour?: string;
  readonly billable?: boolean;
  readonly archived?: boolean;
}

export const nounOf: Record<ShelfName, string> = {
  projects: "project",
  clients: "client",
  tags: "tag",
};

/** Adds an item; `quietly` where it is a part of something else, such as choosing it. */
export function useAddItem(shelf: ShelfName) {
  const queryClient = useQueryClient();
  const takeBack = useMutation({
    mutationFn: (item: Item) => remove(shelf, item.id),
    onError: (error, item) => showFailure(`Couldn’t take back “${item.name}”`, error),
    onSettled: () => refreshAll(queryClient),
  });
  const mutation = useMutation({
    mutationFn: ({ fields, key }: { fields: ItemFields & { name: string }; key: string }) =>
      add(shelf, fields, key),
    onSuccess: async (item) => {
      await refreshAll(queryClient);
      showUndo(
        `Added the ${nounOf[shelf]} “${item.name}”.`,
        () => takeBack.mutate(item),
        "Take back",
      );
    },
  });
  return mutation;
}

/** Changes an item, and offers the former values; tags are renamed in their sessions, too. */
export function useChangeItem(shelf: ShelfName) {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: ({ item, fields }: { item: Item; fields: ItemFields }) =>
      change(shelf, item.id, fields),
    onSuccess: (item) => showDone(`“${item.name}” is as it was.`),
    onError: (error, deed) =>
      showFailure(`“${deed.item.name}” couldn’t be changed back`, error, () => undo.mutate(deed)),
    onSettled: () => refreshAll(queryClient),
  });
  return useMutation({
    mutationFn: ({ item, fields }: { item: Item; fields: ItemFields }) =>
      change(shelf, item.id, fields),
    onSuccess: async (after, { item, fields }) => {
      await refreshAll(queryClient);
      const former = Object.fromEntries(
        Object.keys(fields).map((field) => [field, item[field as keyof Item]]),
      ) as ItemFields;
      showUndo(deedOf(item, after, fields), () => undo.mutate({ item: after, fields: former }));
    },
  });
}

/** Deletes an item. What is in use is archived by the server instead, and this says so. */
export function useRemoveItem(shelf: ShelfName) {
  const queryClient = useQueryClient();
  const bringBack = useMutation({
    mutationFn: ({ item, became }: { item: Item; became: "archived" | "deleted" }) =>
      comeBack(shelf, item, became),
    onSuccess: (item) => showDone(`“${item.name}” is back.`),
    onError: (error, deed) =>
      showFailure(`“${deed.item.name}” couldn’t be brought back`, error, () =>
        bringBack.mutate(deed),
      ),
    onSettled: () => refreshAll(queryClient),
  });
  const mutation = useMutation({
    mutationFn: async (item: Item) => {
      await remove(shelf, item.id);
      return shelf === "tags" || !(await isStillThere(shelf, item.id)) ? "deleted" : "archived";
    },
    onSuccess: (became, item) =>
      showUndo(
        became === "archived"
          ? `“${item.name}” is in use, so it was archived.`
          : `Deleted “${item.name}”.`,
        () => bringBack.mutate({ item, became }),
      ),
    onError: (error, item) =>
      showFailure(`Couldn’t delete “${item.name}”`, error, () => mutation.mutate(item)),
    onSettled: () => refreshAll(queryClient),
  });
  return mutation;
}

/** Puts a tag in the place of another, which goes. */
export function useMergeTag() {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: (tag: Tag) => restoreTag(tag.id),
    onSuccess: (tag) => showDone(`“${tag.name}” is back in its sessions.`),
    onError: (error, tag) =>
      showFailure(`“${tag.name}” couldn’t be brought back`, error, () => undo.mutate(tag)),
    onSettled: () => refreshAll(queryClient),
  });
  const mutation = useMutation({
    mutationFn: ({ tag, into }: { tag: Tag; into: Tag }) =>
      answer(
        api.POST("/api/v1/tags/{tag_id}/merge", {
          params: { path: { tag_id: tag.id } },
          body: { into: into.id },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: (_left, { tag, into }) =>
      showUndo(`“${tag.name}” is “${into.name}” now.`, () => undo.mutate(tag)),
    onError: (error, deed) =>
      showFailure(`Couldn’t merge “${deed.tag.name}”`, error, () => mutation.mutate(deed)),
    onSettled: () => refreshAll(queryClient),
  });
  return mutation;
}

function deedOf(before: Item, after: Item, fields: ItemFields): string {
  if (fields.archived !== undefined) {
    return fields.archived ? `Archived “${after.name}”.` : `“${after.name}” is in use again.`;
  }
  return before.name === after.name
    ? `Changed “${after.name}”.`
    : `“${before.name}” is “${after.name}” now.`;
}

async function add(
  shelf: ShelfName,
  fields: ItemFields & { name: string },
  key: string,
): Promise<Item> {
  const headers = { "Idempotency-Key": key };
  const { name } = fields;
  switch (shelf) {
    case "projects": {
      const { client_id = null, colour, billable = false } = fields;
      const body = { name, client_id, billable, ...(colour === undefined ? {} : { colour }) };
      return answer(api.POST("/api/v1/projects", { body, headers }));
    }
    case "clients":
      return answer(api.POST("/api/v1/clients", { body: { name }, headers }));
    case "tags":
      return answer(api.POST("/api/v1/tags", { body: { name }, headers }));
  }
}

async function change(shelf: ShelfName, id: string, fields: ItemFields): Promise<Item> {
  switch (shelf) {
    case "projects":
      return answer(
        api.PATCH("/api/v1/projects/{project_id}", {
          params: { path: { project_id: id } },
          body: fields,
        }),
      );
    case "clients":
      return answer(
        api.PATCH("/api/v1/clients/{client_id}", {
          params: { path: { client_id: id } },
          body: fields,
        }),
      );
    case "tags":
      return answer(
        api.PATCH("/api/v1/tags/{tag_id}", { params: { path: { tag_id: id } }, body: fields }),
      );
  }
}

async function remove(shelf: ShelfName, id: string): Promise<void> {
  switch (shelf) {
    case "projects":
      await answer(
        api.DELETE("/api/v1/projects/{project_id}", { params: { path: { project_id: id } } }),
      );
      break;
    case "clients":
      await answer(
        api.DELETE("/api/v1/clients/{client_id}", { params: { path: { client_id: id } } }),
      );
      break;
    case "tags":
      await answer(api.DELETE("/api/v1/tags/{tag_id}", { params: { path: { tag_id: id } } }));
  }
}

async function isStillThere(shelf: "projects" | "clients", id: string): Promise<boolean> {
  try {
    await (shelf === "projects"
      ? answer(api.GET("/api/v1/projects/{project_id}", { params: { path: { project_id: id } } }))
      : answer(api.GET("/api/v1/clients/{client_id}", { params: { path: { client_id: id } } })));
    return true;
  } catch (error) {
    if (isProblem(error, "project_not_found") || isProblem(error, "client_not_found")) {
      return false;
    }
    throw error;
  }
}

/** Nothing referred to what was really deleted, so a new one with its values is as good. */
async function comeBack(
  shelf: ShelfName,
  item: Item,
  became: "archived" | "deleted",
): Promise<Item> {
  if (shelf === "tags") {
    return restoreTag(item.id);
  }
  const wasArchived = "archived" in item && item.archived;
  const back =
    became === "archived" ? item : await add(shelf, { ...(item as Project) }, newIdempotencyKey());
  return change(shelf, back.id, { archived: wasArchived });
}

function restoreTag(id: string): Promise<Tag> {
  return answer(
    api.POST("/api/v1/tags/{tag_id}/restore", {
      params: { path: { tag_id: id } },
      headers: { "Idempotency-Key": newIdempotencyKey() },
    }),
  );
}

/** Sessions and the timer show names of projects and tags. */
function refreshAll(queryClient: ReturnType<typeof useQueryClient>) {
  return refresh(queryClient, "projects", "clients", "tags", "sessions", "timer");
}
