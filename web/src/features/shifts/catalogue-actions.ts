/** What managers do with skills, positions and locations, each with a way back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { ShiftClosing } from "@/api/types";
import { shortDate } from "@/lib/calendar";
import { announce } from "@/ui/announcer";
import { showDone, showFailure, showUndo } from "@/ui/toasts";

export type ShelfName = "skills" | "positions" | "locations";

/** What one can say of an item; each shelf takes its own part of it. */
export interface ItemValues {
  readonly name?: string;
  readonly archived?: boolean;
  readonly time_zone?: string;
  readonly skill_ids?: string[];
}

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly archived?: boolean;
  readonly time_zone?: string;
  readonly skill_ids?: string[];
}

interface Shelf {
  readonly add: (values: ItemValues, key: string) => Promise<Item>;
  readonly change: (id: string, values: ItemValues) => Promise<Item>;
  readonly remove: (id: string) => Promise<unknown>;
  readonly notFound: string;
}

const keyed = (key: string) => ({ headers: { "Idempotency-Key": key } });

const shelves: Record<ShelfName, Shelf> = {
  skills: {
    notFound: "skill_not_found",
    add: ({ name = "" }, key) =>
      answer(api.POST("/api/v1/skills", { ...keyed(key), body: { name } })),
    change: (id, { name, archived }) =>
      answer(
        api.PATCH("/api/v1/skills/{skill_id}", {
          params: { path: { skill_id: id } },
          body: given({ name, archived }),
        }),
      ),
    remove: (id) =>
      answer(api.DELETE("/api/v1/skills/{skill_id}", { params: { path: { skill_id: id } } })),
  },
  positions: {
    notFound: "position_not_found",
    add: ({ name = "", skill_ids = [] }, key) =>
      answer(api.POST("/api/v1/positions", { ...keyed(key), body: { name, skill_ids } })),
    change: (id, { name, skill_ids }) =>
      answer(
        api.PATCH("/api/v1/positions/{position_id}", {
          params: { path: { position_id: id } },
          body: given({ name, skill_ids }),
        }),
      ),
    remove: (id) =>
      answer(
        api.DELETE("/api/v1/positions/{position_id}", { params: { path: { position_id: id } } }),
      ),
  },
  locations: {
    notFound: "location_not_found",
    add: ({ name = "", time_zone = "" }, key) =>
      answer(api.POST("/api/v1/locations", { ...keyed(key), body: { name, time_zone } })),
    change: (id, { name, time_zone, archived }) =>
      answer(
        api.PATCH("/api/v1/locations/{location_id}", {
          params: { path: { location_id: id } },
          body: given({ name, time_zone, archived }),
        }),
      ),
    remove: (id) =>
      answer(
        api.DELETE("/api/v1/locations/{location_id}", { params: { path: { location_id: id } } }),
      ),
  },
};

type Given<Values> = { [Field in keyof Values]?: Exclude<Values[Field], undefined> };

/** Without what is not said: absent fields stay as they are. */
function given<Values extends Record<string, unknown>>(values: Values): Given<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Given<Values>;
}

export function useShelf(name: ShelfName) {
  const queryClient = useQueryClient();
  const shelf = shelves[name];
  const onSettled = () => refresh(queryClient, name);
  const back = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled,
  });

  function offer(done: string, work: () => Promise<unknown>) {
    announce(done);
    showUndo(done, () => back.mutate(work));
  }

  /** Deletes it; one that is in use is archived by the server instead. */
  async function takeAway(id: string) {
    try {
      await shelf.remove(id);
    } catch (error) {
      if (!isProblem(error, shelf.notFound)) {
        throw error;
      }
    }
  }

  /** Brings back what was archived, or adds anew what is gone. */
  async function bringBack(item: Item) {
    try {
      // A position is never archived.
      if (name === "positions") {
        await shelf.add(item, newIdempotencyKey());
      } else {
        await shelf.change(item.id, { archived: false });
      }
    } catch (error) {
      if (!isProblem(error, shelf.notFound)) {
        throw error;
      }
      await shelf.add(item, newIdempotencyKey());
    }
  }

  const add = useMutation({
    mutationFn: ({ values, key }: { values: ItemValues; key: string }) => shelf.add(values, key),
    onSuccess: (item) => offer(`${item.name} is added.`, () => takeAway(item.id)),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ item, values }: { item: Item; values: ItemValues }) =>
      shelf.change(item.id, values),
    onSuccess: (changed, { item }) =>
      offer(
        changed.name === item.name
          ? `${item.name} is changed.`
          : `${item.name} is called ${changed.name}${name === "positions" ? ", wherever it is planned" : ""}.`,
        () => shelf.change(item.id, item),
      ),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (item: Item) => takeAway(item.id),
    onSuccess: (_gone, item) =>
      offer(
        name === "positions"
          ? `${item.name} is deleted. Shifts keep its name.`
          : `${item.name} is deleted.`,
        () => bringBack(item),
      ),
    onError: (error, item) =>
      showFailure(`${item.name} wasn’t deleted`, error, () => remove.mutate(item)),
    onSettled,
  });
  const useAgain = useMutation({
    mutationFn: (item: Item) => shelf.change(item.id, { archived: false }),
    onSuccess: (_changed, item) => offer(`${item.name} is in use again.`, () => takeAway(item.id)),
    onError: (error, item) =>
      showFailure(`${item.name} wasn’t brought back`, error, () => useAgain.mutate(item)),
    onSettled,
  });
  return { add, change, remove, useAgain };
}

/** Closes shifts up to a day, or opens some; who may open them is offered to take it back. */
export function useCloseShifts(mayOpen: boolean) {
  const queryClient = useQueryClient();
  const { locale } = useMe().person;
  const set = (until: string | null, timeZone: string, version: string | null) =>
    answer(
      api.PATCH("/api/v1/shift-closing", {
        body: { closed_until: until, time_zone: timeZone },
        ...(version === null ? {} : { headers: { "If-Match": version } }),
      }),
    );
  const onSettled = () => refresh(queryClient, "shifts");
  const back = useMutation({
    mutationFn: ({ closed_until, time_zone }: ShiftClosing) =>
      set(closed_until ?? null, time_zone, null),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled,
  });
  return useMutation({
    mutationFn: ({
      closing,
      version,
      until,
    }: {
      closing: ShiftClosing;
      version: string | null;
      until: string | null;
    }) => set(until, closing.time_zone, version),
    onSuccess: ({ closed_until: until }, { closing }) => {
      const done = until
        ? `Shifts are closed until ${shortDate(until, locale)}.`
        : "No day is closed any more.";
      announce(done);
      if (mayOpen) {
        showUndo(done, () => back.mutate(closing));
      } else {
        showDone(done);
      }
    },
    onSettled,
  });
}

/** Sets whether approved leave blocks shifts. */
export function useLeaveSettings() {
  const queryClient = useQueryClient();
  const set = (blocks: boolean, version: string | null) =>
    answer(
      api.PATCH("/api/v1/leave-settings", {
        body: { blocks_shifts: blocks },
        ...(version === null ? {} : { headers: { "If-Match": version } }),
      }),
    );
  const onSettled = () => refresh(queryClient, "leave");
  const back = useMutation({
    mutationFn: (blocks: boolean) => set(blocks, null),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled,
  });
  return useMutation({
    mutationFn: ({ blocks, version }: { blocks: boolean; version: string | null }) =>
      set(blocks, version),
    onSuccess: ({ blocks_shifts: blocks }) =>
      showUndo(
        blocks ? "Approved leave blocks shifts." : "Shifts during leave are only pointed out.",
        () => back.mutate(!blocks),
      ),
    onError: (error) => showFailure("It wasn’t changed", error),
    onSettled,
  });
}
