import { describe, expect, it } from "vitest";
import type { Session } from "@/api/types";
import { mostSelected, nothingSelected, put, renewed, select, tagsOf } from "./selection";

function session(id: string, tags: string[] = []): Session {
  return {
    id,
    name: id,
    note: "",
    started_at: "2026-03-02T09:00:00Z",
    ended_at: "2026-03-02T10:00:00Z",
    duration_seconds: 3600,
    project_id: null,
    tags,
    billable: false,
    person_id: "somebody",
    created_at: "2026-03-02T09:00:00Z",
    updated_at: "2026-03-02T09:00:00Z",
    deleted_at: null,
  };
}

const list = ["a", "b", "c", "d", "e"].map((id) => session(id));
const at = (index: number) => list[index] as Session;
const ids = (selection: { sessions: ReadonlyMap<string, Session> }) =>
  [...selection.sessions.keys()].sort().join("");

describe("a selection", () => {
  it("takes one in and out", () => {
    const one = select(nothingSelected, list, at(1), true, false);
    expect(ids(one)).toBe("b");
    expect(ids(select(one, list, at(1), false, false))).toBe("");
  });

  it("takes a range in either direction, from the one pressed last", () => {
    const first = select(nothingSelected, list, at(3), true, false);
    const up = select(first, list, at(1), true, true);
    expect(ids(up)).toBe("bcd");
    expect(ids(select(up, list, at(2), false, true))).toBe("d");
  });

  it("takes the one alone where a range has no beginning", () => {
    expect(ids(select(nothingSelected, list, at(2), true, true))).toBe("c");
    const gone = select({ ...nothingSelected, anchor: "gone" }, list, at(2), true, true);
    expect(ids(gone)).toBe("c");
  });

  it("takes a day in and out beside the others", () => {
    const one = select(nothingSelected, list, at(0), true, false);
    const more = put(one, [at(3), at(4)], true);
    expect(ids(more)).toBe("ade");
    expect(ids(put(more, [at(0), at(3)], false))).toBe("e");
  });

  it("holds no more than can be changed at once", () => {
    const many = Array.from({ length: mostSelected + 5 }, (_, index) => session(`s${index}`));
    expect(put(nothingSelected, many, true).sessions.size).toBe(mostSelected);
  });

  it("knows sessions as they are now", () => {
    const all = put(nothingSelected, list, true);
    const after = renewed(all, [session("a", ["gel"]), session("z")], ["b"]);
    expect(ids(after)).toBe("acde");
    expect(after.sessions.get("a")?.tags).toEqual(["gel"]);
  });

  it("tells the tags of all from those of some", () => {
    expect(tagsOf([session("a", ["gel", "bench"]), session("b", ["bench"])])).toEqual({
      all: ["bench"],
      some: ["gel"],
    });
    expect(tagsOf([])).toEqual({ all: [], some: [] });
  });
});
