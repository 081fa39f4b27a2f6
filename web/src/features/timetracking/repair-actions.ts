import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { Finding, Repair, TimerCheck } from "@/api/types";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { changeText, describeRepair, type Offer } from "./check-wording";

type Work = NonNullable<Parameters<typeof postRepair>[0]>;

/** Carries repairs out; each can be taken back from its toast, and for 30 days from the list. */
export function useRepair() {
  const queryClient = useQueryClient();
  const undo = useUndoRepair();
  const mutation = useMutation({
    mutationFn: postRepair,
    onSuccess: (repair) => {
      const change = changeText(repair.total_change_seconds);
      showUndo(`${describeRepair(repair)}${change && `, ${change}`}.`, () => undo.mutate(repair));
    },
    onError: (error) => showFailure("The repair wasn’t carried out", error),
    // Refused or not: what the page shows may be old.
    onSettled: () => refresh(queryClient, "sessions", "timer"),
  });
  return mutation;
}

export function useUndoRepair() {
  const queryClient = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ id }: Repair) =>
      answer(
        api.POST("/api/v1/sessions/repairs/{repair_id}/undo", {
          params: { path: { repair_id: id } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: () => showDone("Taken back; all is as it was before the repair."),
    onError: (error) => showFailure("The repair wasn’t taken back", error),
    onSettled: () => refresh(queryClient, "sessions", "timer"),
  });
  return mutation;
}

/** The work of a finding's offer; `at` and `name` where the person was asked for them. */
export function workOf(
  finding: Finding,
  offer: Pick<Offer, "action" | "at">,
  more: { at?: string; name?: string } = {},
): Work {
  const at = more.at ?? offer.at ?? undefined;
  return {
    key: newIdempotencyKey(),
    body: {
      kind: finding.kind,
      action: offer.action,
      sessions: finding.sessions.map(({ id, revision }) => ({ id, revision })),
      ...(at === undefined ? {} : { at }),
      ...(more.name === undefined ? {} : { name: more.name }),
    },
  };
}

/** The work of ending what runs at an instant that has passed. */
export function endOfTimer(running: NonNullable<TimerCheck["running"]>, at: string): Work {
  return {
    key: newIdempotencyKey(),
    body: {
      kind: "running",
      action: "end_at",
      sessions: [{ id: running.id, revision: running.revision }],
      at,
    },
  };
}

function postRepair({
  body,
  key,
}: {
  body: {
    kind: Repair["kind"];
    action: Repair["action"];
    sessions: { id: string; revision: number }[];
    at?: string;
    name?: string;
  };
  key: string;
}) {
  return answer(
    api.POST("/api/v1/sessions/repairs", { body, headers: { "Idempotency-Key": key } }),
  );
}
