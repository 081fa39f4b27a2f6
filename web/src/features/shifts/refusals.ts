/** Why the server refused a change of shifts, as far as a person can do something about it. */
import { isProblem, type Problem } from "@/api/problem";
import type { LabourRuleViolation } from "@/api/types";

/** A shift that stood in the way of a change, as the server names it. */
export interface Conflict {
  readonly employee_id: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly shift_id?: string;
}

export type Refused =
  | { readonly kind: "overlap"; readonly conflicts: readonly Conflict[] }
  /** Which items of the batch were refused, by their index; none where the server does not say. */
  | { readonly kind: "leave" | "closed"; readonly items: readonly number[] }
  /** The change is made if somebody says why. */
  | { readonly kind: "labour"; readonly violations: readonly LabourRuleViolation[] };

export function refusedOf(error: unknown): Refused | null {
  if (isProblem(error, "shift_overlap")) {
    return { kind: "overlap", conflicts: listOf<Conflict>(error, "conflicts") };
  }
  if (isProblem(error, "shift_during_leave")) {
    return { kind: "leave", items: error.fields.flatMap(({ pointer }) => itemOf(pointer)) };
  }
  if (isProblem(error, "shift_period_closed") || isProblem(error, "shift_month_closed")) {
    return { kind: "closed", items: error.fields.flatMap(({ pointer }) => itemOf(pointer)) };
  }
  if (isProblem(error, "labour_rule_broken")) {
    return { kind: "labour", violations: listOf<LabourRuleViolation>(error, "violations") };
  }
  return null;
}

function listOf<Item>(error: Problem, name: string): readonly Item[] {
  const list = error.body[name];
  return Array.isArray(list) ? (list as Item[]) : [];
}

/** `/create/3/starts_at` is about the item 3. */
function itemOf(pointer: string): number[] {
  const index = /^\/(?:create|update|restore)\/(\d+)/.exec(pointer)?.[1];
  return index === undefined ? [] : [Number(index)];
}
