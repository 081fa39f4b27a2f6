/** Changes of many sessions at once, of one into two, and of one into another like it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { BulkChange, ChangedSessions, Session } from "@/api/types";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { type BulkSet, reverse } from "./bulk-reverse";
import { describe } from "./timer-actions";

export interface BulkDeed {
  readonly ids: readonly string[];
  /** What to set on all of them; null deletes them. */
  readonly set: BulkSet | null;
  /** What was done, as the notice says it: "Moved 3 sessions to Reef survey." */
  readonly done: string;
  /** And what if it was not: "The sessions weren’t moved". */
  readonly failed: string;
}

/**
 * Changes or deletes many sessions, all or none of them. The undo gives each of them exactly the
 * values that the server says it had.
 */
export function useChangeMany(onChanged: (changed: ChangedSessions, isDeleted: boolean) => void) {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: changeMany,
    onSuccess: (changed) => {
      onChanged(changed, false);
      const { length } = changed.sessions;
      showDone(length === 1 ? "The session is as it was." : `${length} sessions are as they were.`);
    },
    onError: (error, deed) =>
      showFailure("The sessions couldn’t be changed back", error, () => undo.mutate(deed)),
    onSettled: () => refresh(queryClient, "sessions", "tags"),
  });
  const mutation = useMutation({
    mutationFn: ({ ids, set }: BulkDeed) =>
      changeMany(set === null ? { ids: [...ids], delete: true } : { ids: [...ids], set }),
    onSuccess: (changed, { set, done }) => {
      onChanged(changed, set === null);
      showUndo(done, () => undo.mutate(reverse(changed.former, set)));
    },
    onError: (error, deed) => showFailure(deed.failed, error, () => mutation.mutate(deed)),
    onSettled: () => refresh(queryClient, "sessions", "tags"),
  });
  return mutation;
}

/** Makes two sessions of one; the undo makes them one again. */
export function useSplitSession() {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: ([first, second]: readonly [Session, Session]) =>
      changeMany({
        changes: [
          { id: first.id, set: second.ended_at === null ? {} : { ended_at: second.ended_at } },
          { id: second.id, delete: true },
        ],
      }),
    onSuccess: (_changed, [first]) => showDone(`${describe(first)} is one session again.`),
    onError: (error, parts) =>
      showFailure("The two couldn’t be made one again", error, () => undo.mutate(parts)),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return useMutation({
    mutationFn: ({ session, at, key }: { session: Session; at: string; key: string }) =>
      answer(
        api.POST("/api/v1/sessions/{session_id}/split", {
          params: { path: { session_id: session.id } },
          body: { at },
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: async ({ sessions: [first, second] }, { session }) => {
      if (first && second) {
        showUndo(`Split ${describe(session)} in two.`, () => undo.mutate([first, second]));
      }
      await refresh(queryClient, "sessions");
    },
  });
}

/** Saves the same session once more; taking it back puts the copy in the bin. */
export function useDuplicateSession() {
  const queryClient = useQueryClient();
  const takeBack = useMutation({
    mutationFn: ({ id }: Session) =>
      answer(api.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onError: (error, copy) =>
      showFailure("The copy couldn’t be taken back", error, () => takeBack.mutate(copy)),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  const mutation = useMutation({
    mutationFn: ({ session, key }: { session: Session; key: string }) =>
      answer(
        api.POST("/api/v1/sessions/{session_id}/duplicate", {
          params: { path: { session_id: session.id } },
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: (copy) =>
      showUndo(`Duplicated ${describe(copy)}.`, () => takeBack.mutate(copy), "Take back"),
    onError: (error, { session }) =>
      showFailure(`Couldn’t duplicate ${describe(session)}`, error, () =>
        mutation.mutate({ session, key: newIdempotencyKey() }),
      ),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

function changeMany(body: BulkChange): Promise<ChangedSessions> {
  return answer(
    api.POST("/api/v1/sessions/bulk", {
      body,
      headers: { "Idempotency-Key": newIdempotencyKey() },
    }),
  );
}
