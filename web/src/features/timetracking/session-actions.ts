import {
  type InfiniteData,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { refresh } from "@/api/tabs";
import type { Session, SessionPage, SessionTotals } from "@/api/types";
import { dayOf } from "@/lib/calendar";
import { announce } from "@/ui/announcer";
import { showFailure, showUndo } from "@/ui/toasts";
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

type Pages = InfiniteData<SessionPage, string | null>;

export function useCreateSession() {
  const queryClient = useQueryClient();
  const remove = useDeleteSession();
  return useMutation({
    mutationFn: ({ draft, key }: { draft: SessionDraft; key: string }) =>
      answer(api.POST("/api/v1/sessions", { body: draft, headers: { "Idempotency-Key": key } })),
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
  const change = ({ id, change, version }: SessionChange) =>
    answer(
      api.PATCH("/api/v1/sessions/{session_id}", {
        params: {
          path: { session_id: id },
          ...(version === null ? {} : { header: { "If-Match": version } }),
        },
        body: change,
      }),
    );
  const showSaved = async (session: Session) => {
    // What was saved shows at once; totals and order follow.
    updatePages(queryClient, (items) =>
      items.map((item) => (item.id === session.id ? session : item)),
    );
    await refresh(queryClient, "sessions");
  };
  const undo = useMutation({
    mutationFn: change,
    onSuccess: async (session) => {
      announce(`${describe(session)} is as it was.`);
      await showSaved(session);
    },
    onError: (error, deed) =>
      showFailure("The session couldn’t be changed back", error, () => undo.mutate(deed)),
  });
  return useMutation({
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
    mutationFn: ({ session }: { session: Session; quietly?: boolean }) =>
      answer(
        api.DELETE("/api/v1/sessions/{session_id}", {
          params: { path: { session_id: session.id } },
        }),
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
    mutationFn: ({ id }: Session) =>
      answer(api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onError: (error, session) => showFailure(`Couldn’t delete ${describe(session)}`, error),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  const mutation = useMutation({
    mutationFn: (session: Session) =>
      answer(
        api.POST("/api/v1/sessions/{session_id}/restore", {
          params: { path: { session_id: session.id } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: (session) =>
      showUndo(`Restored ${describe(session)}.`, () => binAgain.mutate(session)),
    onError: (error, session) =>
      showFailure(`Couldn’t restore ${describe(session)}`, error, () => mutation.mutate(session)),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
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
