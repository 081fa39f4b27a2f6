import { useState } from "react";
import type { ShiftBatch } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { closedUntil } from "./closed-days";
import type { Blocked } from "./override-dialog";
import { nameOf } from "./queries";
import type { Refused } from "./refusals";
import type { Plan, Refusal } from "./roster-grid";
import { instantOf, overlapping, type Span, secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";
import type { RosterData } from "./use-roster-data";
import { useSaveShifts } from "./use-save-shifts";
import { useShiftWrites, useSwapShifts } from "./use-shift-writes";

/** A shift that was wanted. */
interface Wanted {
  readonly employee_id: string;
  readonly starts_at: string;
  readonly ends_at: string;
}

export type RosterChanges = ReturnType<typeof useRosterChanges>;

/** All that can become of shifts, what was refused, and where that is shown. */
export function useRosterChanges(
  {
    byId,
    shiftsOf,
    employeeOf,
    border,
  }: Pick<RosterData, "byId" | "shiftsOf" | "employeeOf" | "border">,
  place: Place,
) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [blocked, setBlocked] = useState<Blocked | null>(null);
  const { write, showSaved } = useShiftWrites(setBlocked);
  const save = useSaveShifts();
  const swapShifts = useSwapShifts((refused) => refuse(refused), setBlocked);

  function who(employeeId: string): string {
    const employee = employeeOf.get(employeeId);
    return employee ? nameOf(employee) : "Somebody";
  }

  /** As a sentence; `wanted` are the items of the request, in their order. */
  function wordRefused(refused: Refused, wanted: readonly Wanted[]): string {
    if (refused.kind === "labour") {
      return "It is against a labour rule.";
    }
    const met: readonly Wanted[] =
      refused.kind === "overlap"
        ? refused.conflicts
        : refused.items.flatMap((index) => wanted[index] ?? []);
    const said = met.slice(0, 3).map((one) => {
      const span = { from: secondsOf(one.starts_at), to: secondsOf(one.ends_at) };
      return `${who(one.employee_id)}, ${spokenSpan(span, place)}`;
    });
    const more = met.length - said.length;
    const list = `${said.join("; ")}${more > 0 ? ` and ${counted(more, "more shift")}` : ""}`;
    switch (refused.kind) {
      case "overlap":
        return `Nothing was changed: it overlaps ${list || "another shift"}.`;
      case "leave":
        return `Nothing was changed: there is approved leave${list ? ` at the time of ${list}` : ""}.`;
      case "closed":
        return `Nothing was changed. ${closedUntil(border, place)}.`;
    }
  }

  /** Shown at `at` or, without it, at the first shift that stood in the way. */
  function refuse(refused: Refused, wanted: readonly Wanted[] = [], at?: Wanted) {
    const text = wordRefused(refused, wanted);
    announce(text);
    const conflicts = refused.kind === "overlap" ? refused.conflicts : [];
    const items = refused.kind === "overlap" || refused.kind === "labour" ? [] : refused.items;
    const spot = at ?? conflicts[0] ?? wanted[items[0] ?? 0];
    if (spot) {
      setRefusal({
        employeeId: spot.employee_id,
        span: { from: secondsOf(spot.starts_at), to: secondsOf(spot.ends_at) },
        text,
        metIds: conflicts.flatMap((one) => one.shift_id ?? []),
      });
    }
  }

  return {
    refusal,
    forgetRefusal: () => setRefusal(null),
    wordRefused,
    /** A change that was put back because of labour rules, until somebody says what is to be. */
    blocked,
    forgetBlocked: () => setBlocked(null),
    who,

    /** Says that a day is closed, at its place. */
    sayClosed(employeeId: string, span: Span) {
      const text = closedUntil(border, place);
      announce(text);
      setRefusal({ employeeId, span, text, metIds: [] });
    },

    /** Why these plans cannot be; null where nothing is known against them. */
    troubleOf(plans: readonly Plan[]): string | null {
      if (plans.some(({ one, span }) => Math.min(one.from, span.from) < border)) {
        return closedUntil(border, place);
      }
      const moved = new Set(plans.map(({ one }) => one.id));
      for (const { span, employeeId } of plans) {
        const [met] = overlapping(span, shiftsOf.get(employeeId) ?? [], moved);
        if (met) {
          return `Overlaps ${spokenSpan(met, place)}${met.shift.position ? `, ${met.shift.position}` : ""}`;
        }
      }
      return null;
    },

    carryOut(plans: readonly Plan[]) {
      setRefusal(null);
      const [one] = plans;
      if (!one) {
        return;
      }
      const isHandedOver = one.employeeId !== one.one.shift.employee_id;
      const update = plans.map(({ one: { id }, span, employeeId }) => ({
        id,
        employee_id: employeeId,
        starts_at: instantOf(span.from),
        ends_at: instantOf(span.to),
      }));
      write({
        batch: { update },
        done:
          plans.length > 1
            ? `${plans.length} shifts are changed.`
            : isHandedOver
              ? `${who(one.employeeId)} has the shift, ${spokenSpan(one.span, place)}.`
              : `${who(one.employeeId)}: ${spokenSpan(one.span, place)}.`,
        failed: "The shift wasn’t changed",
        onRefused: (refused) => refuse(refused, update, update[0]),
      });
    },

    /** Adds copies; one that would overlap leaves out all of them. */
    add(create: NonNullable<ShiftBatch["create"]>) {
      setRefusal(null);
      write({
        batch: { create },
        done: `${counted(create.length, "draft")} pasted.`,
        failed: "Nothing was pasted",
        onRefused: (refused) => refuse(refused, create),
      });
    },

    remove(ids: readonly string[]) {
      const there = ids.filter((id) => byId.has(id));
      if (there.length > 0) {
        write({
          batch: { delete: there },
          done:
            there.length === 1 ? "The shift is deleted." : `${there.length} shifts are deleted.`,
          failed: "Nothing was deleted",
        });
      }
    },

    makeDrafts(ids: readonly string[]) {
      const there = ids.filter((id) => byId.get(id)?.shift.published);
      if (there.length > 0) {
        write({
          batch: { update: there.map((id) => ({ id, published: false })) },
          done: `${counted(there.length, "shift")} ${there.length === 1 ? "is a draft" : "are drafts"} again.`,
          failed: "Nothing was changed",
        });
      }
    },

    swap(ids: readonly string[]) {
      setRefusal(null);
      swapShifts([...ids]);
    },

    /** Saves what a form holds, and leaves it to the form to say what was refused. */
    async saveForm(batch: ShiftBatch) {
      const outcome = await save(batch);
      const isNew = (batch.create ?? []).length > 0;
      showSaved(
        batch,
        outcome,
        isNew ? `${counted(outcome.created.length, "shift")} added.` : "The shift is changed.",
      );
      return outcome;
    },
  };
}
