/**
 * Every change of the roster takes one way: a batch, all or nothing, shown before it is answered,
 * and taken back by the batch that is its reverse.
 */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { LabourRuleViolation, Shift, ShiftBatch, ShiftBatchOutcome } from "@/api/types";
import { announce } from "@/ui/announcer";
import { showFailure, showUndo, showWarning } from "@/ui/toasts";
import type { Blocked } from "./override-dialog";
import { shiftListsKey } from "./queries";
import { type Refused, refusedOf } from "./refusals";
import { reverseOf } from "./roster-model";

export interface Write {
  readonly batch: ShiftBatch;
  /** What is said once it is done; without it nothing is. */
  readonly done: string;
  /** What is said when it fails. */
  readonly failed: string;
  /** Told of a refusal instead of a toast, where there is a place to show it. */
  readonly onRefused?: (refused: Refused) => void;
}

/** Told of a change that labour rules block, and of how it is made for a reason. */
export type OnBlocked = (blocked: Blocked) => void;

export function useShiftWrites(onBlocked: OnBlocked) {
  const queryClient = useQueryClient();
  const latest = useRef<((write: Write) => void) | null>(null);
  const change = useMutation({
    mutationFn: ({ write, key }: { write: Write; key: string; before: Map<string, Shift> }) =>
      answer(
        api.POST("/api/v1/shifts/batch", {
          headers: { "Idempotency-Key": key },
          body: write.batch,
        }),
      ),
    onMutate: async ({ write }) => {
      await queryClient.cancelQueries({ queryKey: shiftListsKey });
      show(queryClient, write.batch);
    },
    onSuccess: (outcome, { write, before }) => {
      settle(queryClient, outcome);
      if (write.done) {
        offerUndo(write.done, reverseOf(write.batch, outcome, before));
      }
      showWarnings(outcome.warnings);
    },
    onError: (error, { write, before, key }) => {
      putBack(queryClient, write.batch, before);
      const refused = refusedOf(error);
      if (refused?.kind === "labour") {
        onBlocked({
          violations: refused.violations,
          override: (reason) =>
            latest.current?.({ ...write, batch: { ...write.batch, override_reason: reason } }),
        });
      } else if (refused && write.onRefused) {
        write.onRefused(refused);
      } else {
        showFailure(
          write.failed,
          error,
          refused ? undefined : () => change.mutate({ write, before, key }),
        );
      }
    },
    onSettled: () => refresh(queryClient, "shifts"),
  });
  const { mutate } = change;
  const write = useCallback(
    (wanted: Write) =>
      mutate({ write: wanted, key: newIdempotencyKey(), before: known(queryClient) }),
    [mutate, queryClient],
  );
  latest.current = write;

  function offerUndo(done: string, reverse: ShiftBatch) {
    announce(done);
    showUndo(done, () =>
      latest.current?.({ batch: reverse, done: "", failed: "It couldn’t be taken back" }),
    );
  }

  return {
    write,
    /** Shows what a form has saved by itself, and offers to take it back. */
    showSaved: (batch: ShiftBatch, outcome: ShiftBatchOutcome, done: string) => {
      const before = known(queryClient);
      settle(queryClient, outcome);
      offerUndo(done, reverseOf(batch, outcome, before));
      showWarnings(outcome.warnings);
      void refresh(queryClient, "shifts");
    },
  };
}

/** The employees of shifts exchanged in a circle; taken back by passing them on the other way. */
export function useSwapShifts(onRefused: (refused: Refused) => void, onBlocked: OnBlocked) {
  const queryClient = useQueryClient();
  const swap = useMutation({
    mutationFn: ({
      ids,
      key,
      reason,
    }: {
      ids: string[];
      key: string;
      isUndo?: boolean;
      reason?: string;
    }) =>
      answer(
        api.POST("/api/v1/shifts/swap", {
          headers: { "Idempotency-Key": key },
          body: { shift_ids: ids, ...(reason === undefined ? {} : { override_reason: reason }) },
        }),
      ),
    onSuccess: ({ shifts, warnings }, { ids, isUndo }) => {
      showWarnings(warnings);
      settle(queryClient, { created: [], updated: shifts, deleted: [] });
      if (!isUndo) {
        announce("The shifts are swapped.");
        showUndo("The shifts are swapped.", () =>
          swap.mutate({ ids: [...ids].reverse(), key: newIdempotencyKey(), isUndo: true }),
        );
      }
    },
    onError: (error, variables) => {
      const refused = refusedOf(error);
      if (refused?.kind === "labour") {
        onBlocked({
          violations: refused.violations,
          override: (reason) => swap.mutate({ ...variables, key: newIdempotencyKey(), reason }),
        });
      } else if (refused) {
        onRefused(refused);
      } else {
        showFailure("The shifts weren’t swapped", error, () => swap.mutate(variables));
      }
    },
    onSettled: () => refresh(queryClient, "shifts"),
  });
  return (ids: string[]) => swap.mutate({ ids, key: newIdempotencyKey() });
}

/** Says what a change is against, where rules only warn. */
function showWarnings(warnings: readonly LabourRuleViolation[] = []) {
  const [first] = warnings;
  if (first) {
    const more = warnings.length - 1;
    showWarning(
      "Against a labour rule that warns",
      `${first.rule}: ${first.detail}${more > 0 ? ` And ${more} more.` : ""}`,
    );
  }
}

/** Every shift that any list holds. */
function known(queryClient: QueryClient): Map<string, Shift> {
  return new Map(
    queryClient
      .getQueriesData<Shift[]>({ queryKey: shiftListsKey })
      .flatMap(([, shifts]) => shifts ?? [])
      .map((shift) => [shift.id, shift]),
  );
}

function show(queryClient: QueryClient, { update = [], delete: deleted = [] }: ShiftBatch) {
  const changes = new Map(update.map((change) => [change.id, change]));
  const gone = new Set(deleted);
  queryClient.setQueriesData<Shift[]>({ queryKey: shiftListsKey }, (shifts) =>
    shifts
      ?.filter(({ id }) => !gone.has(id))
      .map((shift) => {
        const change = changes.get(shift.id);
        return change ? ({ ...shift, ...change } as Shift) : shift;
      }),
  );
}

function putBack(
  queryClient: QueryClient,
  { update = [], delete: deleted = [] }: ShiftBatch,
  before: ReadonlyMap<string, Shift>,
) {
  const touched = new Set([...update.map(({ id }) => id), ...deleted]);
  const were = [...touched].flatMap((id) => before.get(id) ?? []);
  queryClient.setQueriesData<Shift[]>({ queryKey: shiftListsKey }, (shifts) =>
    shifts ? [...shifts.filter(({ id }) => !touched.has(id)), ...were] : shifts,
  );
}

function settle(
  queryClient: QueryClient,
  { created, updated, deleted, restored = [] }: ShiftBatchOutcome,
) {
  const stored = new Map([...created, ...restored, ...updated].map((shift) => [shift.id, shift]));
  const gone = new Set([...stored.keys(), ...deleted]);
  queryClient.setQueriesData<Shift[]>({ queryKey: shiftListsKey }, (shifts) =>
    shifts ? [...shifts.filter(({ id }) => !gone.has(id)), ...stored.values()] : shifts,
  );
}
