import { expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { describe, inWords, stateOf, whyNotThey, whyNotYou } from "./request-wording";

const name = (id: string | null | undefined) => ({ a: "Anna", b: "Ben" })[id ?? ""] ?? "Somebody";
const offer = { kind: "offer", status: "open", employee_id: "a", other_employee_id: null } as const;

test("a request is told from the side of whoever reads it", () => {
  const swap = { ...offer, kind: "swap", other_employee_id: "b" } as const;
  expect(describe(offer, "a", name)).toBe("You offer a shift to everybody");
  expect(describe(offer, "b", name)).toBe("Anna offers a shift to everybody");
  expect(describe({ ...offer, other_employee_id: "b" }, "b", name)).toBe("Anna offers you a shift");
  expect(describe(swap, "a", name)).toBe("You ask Ben for a swap");
  expect(describe(swap, null, name)).toBe("Anna asks Ben for a swap");
  expect(describe({ ...offer, kind: "claim" }, null, name)).toBe("Anna claims an open shift");
});

test("it is said for whom a request waits", () => {
  expect(stateOf(offer, "b", name)).toBe("Waits for somebody");
  expect(stateOf({ ...offer, other_employee_id: "b" }, "b", name)).toBe("Waits for you");
  expect(stateOf({ ...offer, other_employee_id: "b" }, "a", name)).toBe("Waits for Ben");
  expect(stateOf({ ...offer, status: "accepted" }, "a", name)).toBe("Waits for a manager");
});

test("what stands against somebody is one sentence", () => {
  expect(whyNotYou(["overlap", "skill"])).toBe(
    "You cannot have it: you have another shift then and it takes a skill that you do not have.",
  );
  expect(whyNotThey(null)).toBe("cannot have it");
  expect(whyNotThey(["leave"])).toBe("has approved leave then");
});

test("a refusal names whom it concerns, and never what a program would send", () => {
  const refused = (code: string, more: object) =>
    (inWords(new Problem(409, { code, detail: "raw", ...more }, null), "a", name) as Error).message;
  const employees = [
    { employee_id: "a", obstacles: ["leave"] },
    { employee_id: "b", obstacles: null },
  ];
  expect(refused("not_eligible", { employees })).toBe(
    "You cannot have it: you have approved leave then. Ben cannot have it.",
  );
  expect(refused("labour_rule_broken", { violations: [] })).not.toContain("override_reason");
  expect(refused("shift_request_overtaken", {})).toBe("raw");
});
