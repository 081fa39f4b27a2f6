/** Requests, and what stands against them, in plain words. */
import { Problem } from "@/api/problem";
import type { Obstacle, ShiftRequest } from "@/api/types";

type Named = (employeeId: string | null | undefined) => string;
type Wish = Pick<ShiftRequest, "kind" | "status" | "employee_id" | "other_employee_id">;

const ofYou: Record<Obstacle, string> = {
  overlap: "you have another shift then",
  leave: "you have approved leave then",
  skill: "it takes a skill that you do not have",
  labour_rule: "it would be against a labour rule",
};
const ofOthers: Record<Obstacle, string> = {
  overlap: "has another shift then",
  leave: "has approved leave then",
  skill: "lacks a skill that it takes",
  labour_rule: "would be against a labour rule",
};

/** `You cannot have it: you have another shift then.` */
export function whyNotYou(obstacles: readonly Obstacle[]): string {
  return obstacles.length === 0
    ? "You cannot have it."
    : `You cannot have it: ${joined(obstacles.map((one) => ofYou[one]))}.`;
}

/** `has another shift then`; members are not told the reasons of others. */
export function whyNotThey(obstacles: readonly Obstacle[] | null | undefined): string {
  return obstacles && obstacles.length > 0
    ? joined(obstacles.map((one) => ofOthers[one]))
    : "cannot have it";
}

/** Who asks whom for what, as the one reads it who is employee `own`. */
export function describe(request: Wish, own: string | null, name: Named): string {
  const { kind, employee_id: asker, other_employee_id: other } = request;
  const isMine = own !== null && asker === own;
  const isForMe = own !== null && other === own;
  const who = isMine ? "You" : name(asker);
  if (kind === "claim") {
    return `${who} ${isMine ? "claim" : "claims"} an open shift`;
  }
  const whom = isForMe ? "you" : name(other);
  if (kind === "swap") {
    return `${who} ${isMine ? "ask" : "asks"} ${whom} for a swap`;
  }
  return other
    ? `${who} ${isMine ? "offer" : "offers"} ${whom} a shift`
    : `${who} ${isMine ? "offer" : "offers"} a shift to everybody`;
}

/** Where a request stands. */
export function stateOf(request: Wish, own: string | null, name: Named): string {
  const { kind, status, other_employee_id: other } = request;
  switch (status) {
    case "open":
      if (own !== null && other === own) {
        return "Waits for you";
      }
      return other ? `Waits for ${name(other)}` : "Waits for somebody";
    case "accepted":
      return "Waits for a manager";
    case "done":
      return { offer: "Handed over", swap: "Swapped", claim: "Taken" }[kind];
    case "declined":
      return own !== null && other === own ? "You declined" : `${name(other)} declined`;
    case "withdrawn":
      return "Withdrawn";
    case "refused":
      return "Refused by a manager";
    case "expired":
      return "Expired";
    case "overtaken":
      return "Overtaken";
  }
}

/** More of it, where the word alone does not say it. */
export function stateDetail({ status }: Pick<ShiftRequest, "status">): string | null {
  return status === "overtaken"
    ? "A shift of it was changed, taken or deleted since, so nothing was handed over."
    : status === "expired"
      ? "Nobody answered in time."
      : null;
}

/** The same error, said for people: whom it concerns and why, instead of what a program would send. */
export function inWords(error: unknown, own: string | null, name: Named): unknown {
  if (!(error instanceof Problem)) {
    return error;
  }
  const said = wordsOf(error, own, name);
  return said === null ? error : new Problem(error.status, { ...error.body, detail: said }, null);
}

function wordsOf(problem: Problem, own: string | null, name: Named): string | null {
  const { body } = problem;
  switch (problem.code) {
    case "not_eligible": {
      const employees = (body.employees ?? []) as readonly {
        readonly employee_id: string;
        readonly obstacles: readonly Obstacle[] | null;
      }[];
      return employees
        .map((one) =>
          one.employee_id === own
            ? whyNotYou(one.obstacles ?? [])
            : one.obstacles
              ? `${name(one.employee_id)} ${whyNotThey(one.obstacles)}.`
              : `${name(one.employee_id)} cannot have it.`,
        )
        .join(" ");
    }
    case "shift_overlap":
      return "Somebody would have two shifts at once. Nothing was changed.";
    case "labour_rule_broken": {
      const violations = (body.violations ?? []) as readonly {
        readonly rule: string;
        readonly employee_id: string;
        readonly detail: string;
      }[];
      return violations.length === 0
        ? "It would be against a labour rule. A manager can let it be."
        : violations.map((one) => `${name(one.employee_id)}: ${one.rule}. ${one.detail}`).join(" ");
    }
    case "open_shift_not_found":
      return "Somebody else has this shift by now, or it is no longer needed.";
    default:
      return problem.fields[0]?.detail ?? null;
  }
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
