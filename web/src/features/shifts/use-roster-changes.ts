import { useState } from "react";
import type { ShiftBatch } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { nameOf } from "./queries";
import type { Plan, Refusal } from "./roster-grid";
import { instantOf, overlapping, type Span, secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";
import type { RosterData } from "./use-roster-data";
import { useSaveShifts } from "./use-save-shifts";
import { type Conflict, useShiftWrites, useSwapShifts } from "./use-shift-writes";

export type RosterChanges = ReturnType<typeof useRosterChanges>;

/** All that can become of shifts, what was refused, and where that is shown. */
export function useRosterChanges(
  { byId, shiftsOf, employeeOf }: Pick<RosterData, "byId" | "shiftsOf" | "employeeOf">,
  place: Place,
) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const { write, showSaved } = useShiftWrites();
  const save = useSaveShifts();
  const swapShifts = useSwapShifts((conflicts) => refuseWhereMet(conflicts));

  function wordConflicts(conflicts: readonly Conflict[]): string {
    const said = conflicts.slice(0, 3).map((one) => {
      const employee = employeeOf.get(one.employee_id);
      const span = { from: secondsOf(one.starts_at), to: secondsOf(one.ends_at) };
      return `${employee ? nameOf(employee) : "Somebody"}, ${spokenSpan(span, place)}`;
    });
    const more = conflicts.length - said.length;
    return `Nothing was changed: it overlaps ${said.join("; ")}${more > 0 ? ` and ${counted(more, "more shift")}` : ""}.`;
  }

  function refuse(employeeId: string, span: Span, conflicts: readonly Conflict[]) {
    const text = wordConflicts(conflicts);
    announce(text);
    setRefusal({
      employeeId,
      span,
      text,
      metIds: conflicts.flatMap((one) => one.shift_id ?? []),
    });
  }

  /** Shown at the first shift that stood in the way; without one, where it was wanted. */
  function refuseWhereMet(
    conflicts: readonly Conflict[],
    wanted?: { employee_id: string; starts_at: string; ends_at: string },
  ) {
    const at = conflicts[0] ?? wanted;
    if (at) {
      refuse(
        at.employee_id,
        { from: secondsOf(at.starts_at), to: secondsOf(at.ends_at) },
        conflicts,
      );
    } else {
      announce(wordConflicts(conflicts));
    }
  }

  return {
    refusal,
    forgetRefusal: () => setRefusal(null),
    wordConflicts,

    /** Why these plans cannot be; null where nothing is known against them. */
    troubleOf(plans: readonly Plan[]): string | null {
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
      const employee = employeeOf.get(one.employeeId);
      const isHandedOver = one.employeeId !== one.one.shift.employee_id;
      const who = employee ? nameOf(employee) : "The shift";
      write({
        batch: {
          update: plans.map(({ one: { id }, span, employeeId }) => ({
            id,
            employee_id: employeeId,
            starts_at: instantOf(span.from),
            ends_at: instantOf(span.to),
          })),
        },
        done:
          plans.length > 1
            ? `${plans.length} shifts are changed.`
            : isHandedOver
              ? `${who} has the shift, ${spokenSpan(one.span, place)}.`
              : `${who}: ${spokenSpan(one.span, place)}.`,
        failed: "The shift wasn’t changed",
        onConflict: (conflicts) => refuse(one.employeeId, one.span, conflicts),
      });
    },

    /** Adds copies; one that would overlap leaves out all of them. */
    add(create: NonNullable<ShiftBatch["create"]>) {
      setRefusal(null);
      write({
        batch: { create },
        done: `${counted(create.length, "draft")} pasted.`,
        failed: "Nothing was pasted",
        onConflict: (conflicts) => refuseWhereMet(conflicts, create[0]),
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

    publish(ids: readonly string[], published: boolean) {
      const there = ids.filter((id) => byId.get(id)?.shift.published === !published);
      if (there.length > 0) {
        write({
          batch: { update: there.map((id) => ({ id, published })) },
          done: `${counted(there.length, "shift")} ${there.length === 1 ? "is" : "are"} ${published ? "published" : "drafts again"}.`,
          failed: published ? "Nothing was published" : "Nothing was changed",
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
