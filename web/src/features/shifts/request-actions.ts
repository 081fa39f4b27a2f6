/** Asking for shifts to be handed over, and saying what becomes of it. */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { NewShiftRequest, ShiftDecision, ShiftRequest } from "@/api/types";
import { announce } from "@/ui/announcer";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import type { Team } from "./request-queries";
import { inWords } from "./request-wording";

const keys = ["shift-requests", "shifts", "open-shifts", "notifications"] as const;

const refreshAll = (queryClient: QueryClient) => refresh(queryClient, ...keys);

interface Wish {
  readonly body: NewShiftRequest;
  /** What is said once it is asked for. */
  readonly said: string;
}

/** Asks, and offers to take it back. What fails is for the place that asked to show. */
export function useAsk(team: Team | null) {
  const queryClient = useQueryClient();
  const { decide } = useDecide(team);
  return useMutation({
    mutationFn: async ({ body }: Wish) => {
      try {
        return await answer(
          api.POST("/api/v1/shift-requests", {
            headers: { "Idempotency-Key": newIdempotencyKey() },
            body,
          }),
        );
      } catch (error) {
        throw inWords(error, team?.own?.id ?? null, team?.name ?? (() => "Somebody"));
      }
    },
    onSuccess: (made, { said }) => {
      if (made.status === "done") {
        announce("The shift is yours.");
        showDone("The shift is yours.");
        return;
      }
      announce(said);
      showUndo(said, () =>
        decide({ request: made, status: "withdrawn", said: "Withdrawn.", isUndo: true }),
      );
    },
    onSettled: () => refreshAll(queryClient),
  });
}

interface Deed {
  readonly request: ShiftRequest;
  readonly status: ShiftDecision["status"];
  readonly note?: string;
  readonly reason?: string;
  /** What is said once it is done; of a request that is carried out, `done` is said instead. */
  readonly said: string;
  readonly isUndo?: boolean;
}

/** Accepts, declines, withdraws, approves or refuses. What is withdrawn or approved can be taken back. */
export function useDecide(team: Team | null) {
  const queryClient = useQueryClient();
  const again = useMutation({
    mutationFn: ({ request }: { request: ShiftRequest }) =>
      answer(
        api.POST("/api/v1/shift-requests", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: {
            kind: request.kind,
            shift_id: request.shift_id,
            ...(request.kind === "offer" && request.other_employee_id
              ? { other_employee_id: request.other_employee_id }
              : {}),
            ...(request.other_shift_id ? { other_shift_id: request.other_shift_id } : {}),
            ...(request.note ? { note: request.note } : {}),
          },
        }),
      ),
    onError: (error) => showFailure("It couldn’t be asked for again", error),
    onSettled: () => refreshAll(queryClient),
  });
  const deed = useMutation({
    mutationFn: ({ request, status, note, reason }: Deed) =>
      answer(
        api.PATCH("/api/v1/shift-requests/{shift_request_id}", {
          params: { path: { shift_request_id: request.id } },
          body: {
            status,
            ...(note ? { decision_note: note } : {}),
            ...(reason ? { override_reason: reason } : {}),
          },
        }),
      ),
    onSuccess: (decided, { request, status, said, isUndo }) => {
      const words =
        status === "accepted" && decided.status === "done"
          ? request.kind === "swap"
            ? "Swapped."
            : "The shift is yours."
          : said;
      announce(words);
      if (status === "withdrawn" && !isUndo) {
        showUndo(words, () => again.mutate({ request }));
      } else if (status === "approved") {
        showUndo(words, () =>
          deed.mutate({
            request: decided,
            status: "reopened",
            said: "It waits to be decided on again.",
            isUndo: true,
          }),
        );
      } else {
        showDone(words);
      }
    },
    onError: (error, { status }) =>
      showFailure(
        failures[status],
        inWords(error, team?.own?.id ?? null, team?.name ?? (() => "Somebody")),
      ),
    onSettled: () => refreshAll(queryClient),
  });
  return { decide: deed.mutate, isDeciding: deed.isPending };
}

const failures: Record<ShiftDecision["status"], string> = {
  accepted: "It wasn’t accepted",
  declined: "It wasn’t declined",
  withdrawn: "It wasn’t withdrawn",
  approved: "It wasn’t approved",
  refused: "It wasn’t refused",
  reopened: "It couldn’t be taken back",
};
