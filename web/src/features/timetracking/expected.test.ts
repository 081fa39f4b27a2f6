// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import type { Letter } from "@/api/outbox";
import type { Session } from "@/api/types";
import { expectedItems, expectedTimer, withDuration } from "./expected";
import type { RunningTimer } from "./queries";

function session(id: string, hour: number, ended = true): Session {
  const at = (value: number) => `2026-03-02T${String(value).padStart(2, "0")}:00:00Z`;
  return withDuration({
    id,
    name: id,
    note: "",
    tags: [],
    started_at: at(hour),
    ended_at: ended ? at(hour + 1) : null,
    duration_seconds: 0,
    project_id: null,
    billable: false,
    person_id: "p",
    created_at: at(hour),
    updated_at: at(hour),
    deleted_at: null,
  });
}

const letter = (expects: object, refusal?: object) =>
  ({ content: { expects }, ...(refusal ? { refusal } : {}) }) as unknown as Letter;
const all = () => true;

describe("what is expected", () => {
  it("runs what was started last, with its changes, and nothing after a stop", () => {
    const nothing: RunningTimer = { running: null, version: "1" };
    const started = letter({ runs: session("a", 9, false) });
    const renamed = letter({ changed: { id: "a", change: { name: "Gel" } } });
    expect(expectedTimer(nothing, [started, renamed]).running?.name).toBe("Gel");
    expect(expectedTimer(nothing, [started, letter({ runs: null })]).running).toBeNull();
    expect(expectedTimer(nothing, [])).toEqual(nothing);
  });

  it("leaves out what was refused", () => {
    const refused = letter({ runs: session("a", 9, false) }, { status: 400 });
    expect(expectedTimer({ running: null, version: null }, [refused]).running).toBeNull();
  });

  it("puts sessions where they belong, changes and deletes them, and is the same twice", () => {
    const items = [session("late", 15), session("early", 8)];
    const expectations = [
      { saved: [session("new", 10)] },
      { changed: { id: "late", change: { ended_at: "2026-03-02T17:00:00Z" } } },
      { deleted: "early" },
    ];
    const once = expectedItems(items, expectations, all);
    expect(once.map(({ id }) => id)).toEqual(["late", "new"]);
    expect(once[0]?.duration_seconds).toBe(7200);
    expect(expectedItems(once, expectations, all)).toEqual(once);
  });

  it("shows nothing in a list that it may not belong to", () => {
    expect(expectedItems([], [{ saved: [session("new", 10)] }], () => false)).toEqual([]);
  });
});
