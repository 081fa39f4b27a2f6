import {
  type InfiniteData,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { connection } from "@/api/connection";
import { useMe, usePlace } from "@/api/me";
import { outbox } from "@/api/outbox";
import { refresh } from "@/api/tabs";
import type { Session, SessionPage, SessionTotals } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { announce } from "@/ui/announcer";
import { showFailure, showUndo } from "@/ui/toasts";
import { type Expecting, withDuration } from "./expected";
import type { SessionChanged } from "./letters";
import { describe } from "./timer-actions";

export interface SessionDraft {
  readonly name: string;
  readonly note: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly project_id: string | null;
  readonly tags: string[];
  readonly billable: boolean;
}

/** The outbox sends again, and keeps what cannot be sent; nothing here has to wait or retry. */
const byOutbox = { networkMode: "always", retry: false } as const;

type Pages = InfiniteData<SessionPage, string | null>;

export function useCreateSession() {
  const queryClient = useQueryClient();
  const remove = useDeleteSession();
  const { person } = useMe();
  return useMutation({
    ...byOutbox,
    mutationFn: ({ draft, key }: { draft: SessionDraft; key: string }) => {
      const expected = savedFrom(draft, `pending:${key}`, person.id);
      return outbox.write<Session>(
        "create",
        { draft, expects: { saved: [expected] } } satisfies { draft: SessionDraft } & Expecting,
        { label: `Add ${describe(draft)}`, key, provisional: () => expected },
      );
    },
    onSuccess: async (session) => {
      await refresh(queryClient, "sessions");
      showUndo(
        `Added ${describe(session)}.`,
        () => remove.mutate({ session, quietly: true }),
        "Take back",
      );
    },
  });
}

export function useChangeSession() {
  const queryClient = useQueryClient();
  const change = ({ id, change, version }: SessionChange) => {
    const shown = shownSession(queryClient, id);
    // An own change that waits will have made another version by then.
    const isFirst = !outbox.letters().some(({ content }) => JSON.stringify(content).includes(id));
    return outbox.write<Session>(
      "change",
      {
        id,
        change,
        version: isFirst ? version : null,
        // Without the server no version could be read; what is shown is what was changed.
        base: isFirst && !connection.isReachable() ? (shown?.updated_at ?? null) : null,
        expects: { changed: { id, change } },
      } satisfies SessionChanged & Expecting,
      {
        label: `Change ${shown ? describe(shown) : "a session"}`,
        provisional: () => withDuration({ ...(shown as Session), ...change }),
      },
    );
  };
  const showSaved = async (session: Session) => {
    // What was saved shows at once; totals and order follow.
    updatePages(queryClient, (items) =>
      items.map((item) => (item.id === session.id ? session : item)),
    );
    await refresh(queryClient, "sessions");
  };
  const undo = useMutation({
    ...byOutbox,
    mutationFn: change,
    onSuccess: async (session) => {
      announce(`${describe(session)} is as it was.`);
      await showSaved(session);
    },
    onError: (error, deed) =>
      showFailure("The session couldn’t be changed back", error, () => undo.mutate(deed)),
  });
  return useMutation({
    ...byOutbox,
    mutationFn: change,
    onSuccess: async (session, { id, former }) => {
      if (former) {
        showUndo(`Saved ${describe(session)}.`, () =>
          undo.mutate({ id, change: former, version: null }),
        );
      } else {
        announce(`Saved ${describe(session)}.`);
      }
      await showSaved(session);
    },
  });
}

export interface SessionChange {
  readonly id: string;
  readonly change: Partial<SessionDraft>;
  /** The values before, of the same fields; without them whoever asked offers the undo. */
  readonly former?: Partial<SessionDraft>;
  readonly version: string | null;
}

export function useDeleteSession() {
  const queryClient = useQueryClient();
  const { timeZone } = usePlace();
  const restore = useRestoreSession();

  const mutation = useMutation({
    ...byOutbox,
    mutationFn: ({ session }: { session: Session; quietly?: boolean }) =>
      outbox.write(
        "delete",
        { id: session.id, expects: { deleted: session.id } } satisfies { id: string } & Expecting,
        { label: `Delete ${describe(session)}`, provisional: () => null },
      ),
    onMutate: async ({ session }) => {
      await queryClient.cancelQueries({ queryKey: ["sessions"] });
      const before = queryClient.getQueriesData({ queryKey: ["sessions"] });
      updatePages(queryClient, (items) => items.filter((item) => item.id !== session.id));
      const date = dayOf(session.started_at, timeZone);
      queryClient.setQueriesData(
        { queryKey: ["sessions", "totals"] },
        (totals: SessionTotals | undefined) => totals && without(totals, date, session),
      );
      return { before };
    },
    onSuccess: (_nothing, { session, quietly = false }) => {
      if (!quietly) {
        showUndo(`Deleted ${describe(session)}.`, () => restore.mutate(session));
      }
    },
    onError: (error, deed, context) => {
      for (const [key, data] of context?.before ?? []) {
        queryClient.setQueryData(key, data);
      }
      showFailure(`Couldn’t delete ${describe(deed.session)}`, error, () => mutation.mutate(deed));
    },
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

export function useRestoreSession() {
  const queryClient = useQueryClient();
  const binAgain = useMutation({
    ...byOutbox,
    mutationFn: (session: Session) =>
      outbox.write(
        "delete",
        { id: session.id, expects: { deleted: session.id } } satisfies { id: string } & Expecting,
        { label: `Delete ${describe(session)}`, provisional: () => null },
      ),
    onError: (error, session) => showFailure(`Couldn’t delete ${describe(session)}`, error),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  const mutation = useMutation({
    ...byOutbox,
    mutationFn: (session: Session) =>
      outbox.write<Session>(
        "restore",
        {
          id: session.id,
          expects: { saved: [{ ...session, deleted_at: null }] },
        } satisfies { id: string } & Expecting,
        { label: `Restore ${describe(session)}`, provisional: () => session },
      ),
    onSuccess: (session) =>
      showUndo(`Restored ${describe(session)}.`, () => binAgain.mutate(session)),
    onError: (error, session) =>
      showFailure(`Couldn’t restore ${describe(session)}`, error, () => mutation.mutate(session)),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

function shownSession(queryClient: QueryClient, id: string): Session | undefined {
  for (const [, data] of queryClient.getQueriesData<Pages>({ queryKey: ["sessions", "list"] })) {
    const found = data?.pages.flatMap((page) => page.items).find((item) => item.id === id);
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** The session that a draft will have made. */
function savedFrom(draft: SessionDraft, id: string, personId: string): Session {
  const now = new Date().toISOString();
  return withDuration({
    ...draft,
    id,
    person_id: personId,
    duration_seconds: 0,
    created_at: now,
    updated_at: now,
    deleted_at: null,
  });
}

function updatePages(queryClient: QueryClient, update: (items: Session[]) => Session[]) {
  queryClient.setQueriesData(
    { queryKey: ["sessions", "list"] },
    (data: Pages | undefined) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: update(page.items) })),
      },
  );
}

function without(totals: SessionTotals, date: string, session: Session): SessionTotals {
  if (!totals.days.some((day) => day.date === date)) {
    return totals;
  }
  return {
    ...totals,
    count: totals.count - 1,
    duration_seconds: totals.duration_seconds - session.duration_seconds,
    days: totals.days.map((day) =>
      day.date === date
        ? { ...day, duration_seconds: day.duration_seconds - session.duration_seconds }
        : day,
    ),
  };
}
