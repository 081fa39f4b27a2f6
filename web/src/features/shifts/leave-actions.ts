/** What people and managers do with leave and availability, each with a way back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { Availability, LeaveRequest, NewAvailability, NewLeaveRequest } from "@/api/types";
import { announce } from "@/ui/announcer";
import { showFailure, showUndo } from "@/ui/toasts";
import { statusLabels } from "./leave-wording";

type Decision = LeaveRequest["status"];

const decide = (id: string, status: Decision, note?: string | null) =>
  answer(
    api.PATCH("/api/v1/leave-requests/{leave_request_id}", {
      params: { path: { leave_request_id: id } },
      body: { status, ...(note === undefined ? {} : { decision_note: note }) },
    }),
  );

function useTakingBack(...keys: string[]) {
  const queryClient = useQueryClient();
  const back = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled: () => refresh(queryClient, ...keys),
  });
  return (done: string, work: () => Promise<unknown>, label?: string) => {
    announce(done);
    showUndo(done, () => back.mutate(work), label);
  };
}

/** Asks for leave, or enters it; the failure is the form's to show. */
export function useAskForLeave() {
  const queryClient = useQueryClient();
  const offer = useTakingBack("leave");
  return useMutation({
    mutationFn: ({ leave, key }: { leave: NewLeaveRequest; key: string; done: string }) =>
      answer(
        api.POST("/api/v1/leave-requests", { headers: { "Idempotency-Key": key }, body: leave }),
      ),
    onSuccess: (leave, { done }) => offer(done, () => decide(leave.id, "cancelled"), "Take back"),
    onSettled: () => refresh(queryClient, "leave"),
  });
}

/** Approves, declines or withdraws leave. */
export function useDecideLeave() {
  const queryClient = useQueryClient();
  const { role } = useMe();
  const offer = useTakingBack("leave");
  const change = useMutation({
    mutationFn: ({
      leave,
      status,
      note,
    }: {
      leave: LeaveRequest;
      status: Decision;
      note?: string | null;
      who: string;
    }) => decide(leave.id, status, note),
    onSuccess: (_after, { leave, status, who }) => {
      const done = `${who}: ${statusLabels[status].toLowerCase()}.`;
      // What a manager approved before is not the member's to approve again.
      const isAskedAgain = role === "member" && leave.status === "approved";
      offer(
        done,
        () => backTo(leave, status, role !== "member"),
        isAskedAgain ? "Ask again" : undefined,
      );
    },
    onError: (error, variables) =>
      showFailure(
        variables.status === "approved"
          ? "The leave wasn’t approved"
          : variables.status === "declined"
            ? "The leave wasn’t declined"
            : "The leave wasn’t withdrawn",
        error,
        isProblem(error, "leave_meets_shifts") || isProblem(error, "leave_decided")
          ? undefined
          : () => change.mutate(variables),
      ),
    onSettled: () => refresh(queryClient, "leave"),
  });
  return change;
}

/** Has leave be as it was before a decision. */
async function backTo(before: LeaveRequest, now: Decision, decides: boolean) {
  const { id, decision_note: note } = before;
  if (before.status === "requested" || !decides) {
    return decide(id, "requested");
  }
  if (before.status === "approved" && now === "cancelled") {
    await decide(id, "requested");
  }
  return decide(id, before.status, note);
}

const addEntry = (entry: NewAvailability) =>
  answer(
    api.POST("/api/v1/availability", {
      headers: { "Idempotency-Key": newIdempotencyKey() },
      body: entry,
    }),
  );
const putEntry = (id: string, entry: NewAvailability) =>
  answer(
    api.PUT("/api/v1/availability/{availability_id}", {
      params: { path: { availability_id: id } },
      body: entry,
    }),
  );
async function removeEntry(id: string) {
  try {
    await answer(
      api.DELETE("/api/v1/availability/{availability_id}", {
        params: { path: { availability_id: id } },
      }),
    );
  } catch (error) {
    if (!isProblem(error, "availability_not_found")) {
      throw error;
    }
  }
}

function contentOf(entry: Availability): NewAvailability {
  const { id: _id, created_at: _created, updated_at: _updated, ...content } = entry;
  return content;
}

/** Adds entries, changes one, or deletes one. The failures of the first two are the form's. */
export function useAvailability() {
  const queryClient = useQueryClient();
  const offer = useTakingBack("availability");
  const onSettled = () => refresh(queryClient, "availability");
  const add = useMutation({
    mutationFn: async (entries: readonly NewAvailability[]) => {
      const added: Availability[] = [];
      try {
        for (const entry of entries) {
          added.push(await addEntry(entry));
        }
      } catch (error) {
        // All of them or none.
        await Promise.all(added.map(({ id }) => removeEntry(id)));
        throw error;
      }
      return added;
    },
    onSuccess: (added) =>
      offer(
        added.length === 1 ? "The time is added." : `${added.length} times are added.`,
        () => Promise.all(added.map(({ id }) => removeEntry(id))),
        "Take back",
      ),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ before, entry }: { before: Availability; entry: NewAvailability }) =>
      putEntry(before.id, entry),
    onSuccess: (_after, { before }) =>
      offer("The time is changed.", () => putEntry(before.id, contentOf(before))),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (entry: Availability) => removeEntry(entry.id),
    onSuccess: (_gone, entry) => offer("The time is deleted.", () => addEntry(contentOf(entry))),
    onError: (error, entry) =>
      showFailure("The time wasn’t deleted", error, () => remove.mutate(entry)),
    onSettled,
  });
  return { add, change, remove };
}
