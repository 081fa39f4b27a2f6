import { describe, expect, it } from "vitest";
import type { Shift } from "@/api/types";
import {
  changesByPerson,
  goingTogether,
  otherDifferences,
  reverseOfPublishing,
} from "./publish-changes";

function shift(id: string, employee_id: string, hour: number, more: Partial<Shift> = {}): Shift {
  const at = (of: number) => `2026-05-11T${String(of).padStart(2, "0")}:00:00Z`;
  return {
    id,
    employee_id,
    starts_at: at(hour),
    ends_at: at(hour + 4),
    break_minutes: 0,
    position: null,
    location_id: null,
    note: null,
    published: true,
    created_at: at(0),
    updated_at: at(0),
    ...more,
  };
}

const employees = [
  { id: "anna", person_id: "p-anna" },
  { id: "ben", person_id: null },
  { id: "ada", person_id: "p-ada" },
];
const before = { me: "p-ada", now: Date.parse("2026-05-01T00:00:00Z") };
// Handed over from Ben to Anna, moved for Ada, and a new one for Ben.
const outcome = {
  added: [shift("1", "anna", 8), shift("3", "ben", 14)],
  cancelled: [shift("1", "ben", 8)],
  changed: [{ before: shift("2", "ada", 8), after: shift("2", "ada", 9) }],
};

describe("what is published", () => {
  it("stands with whom it concerns, and with whether they are told", () => {
    const said = changesByPerson(outcome, employees, before).map((one) => [
      one.employeeId,
      one.added.length,
      one.changed.length,
      one.cancelled.length,
      one.telling,
    ]);
    expect(said).toEqual([
      ["anna", 1, 0, 0, "told"],
      ["ben", 1, 0, 1, "no account"],
      ["ada", 0, 1, 0, "yourself"],
    ]);
    const later = { ...before, now: Date.parse("2026-06-01T00:00:00Z") };
    expect(changesByPerson(outcome, employees, later)[0]?.telling).toBe("over");
  });

  it("goes out together where a shift is handed over", () => {
    expect([...goingTogether("anna", outcome)].sort()).toEqual(["anna", "ben"]);
    expect([...goingTogether("ada", outcome)]).toEqual(["ada"]);
  });

  it("says what differs beside the times", () => {
    const other = shift("2", "ada", 8, { position: "Bench", break_minutes: 30, note: "Bring ice" });
    expect(otherDifferences(shift("2", "ada", 8), other)).toEqual([
      "no position → Bench",
      "break 0 → 30 min",
      "another note",
    ]);
  });

  it("is taken back to what was seen, and to the drafts as they were", () => {
    const [seen, drafts] = reverseOfPublishing(outcome);
    expect(
      seen?.update?.map(({ id, published, employee_id }) => [id, published, employee_id]),
    ).toEqual([
      ["1", true, "ben"],
      ["3", false, undefined],
      ["2", true, "ada"],
    ]);
    expect(
      drafts?.update?.map(({ id, published, employee_id }) => [id, published, employee_id]),
    ).toEqual([
      ["1", false, "anna"],
      ["2", false, "ada"],
    ]);
    expect(reverseOfPublishing({ added: outcome.added, changed: [], cancelled: [] })).toHaveLength(
      1,
    );
  });
});
