import { expect, test } from "vitest";
import type { OpenShift } from "@/api/types";
import { batchOf, contentOfOpen, grouped, reverseOfOpen } from "./open-shift-groups";

const bench = (id: string, more: Partial<OpenShift> = {}): OpenShift => ({
  id,
  starts_at: "2026-05-11T08:00:00Z",
  ends_at: "2026-05-11T16:00:00Z",
  break_minutes: 30,
  position: "Bench",
  location_id: null,
  note: null,
  published: true,
  created_at: "2026-05-01T00:00:00Z",
  updated_at: "2026-05-01T00:00:00Z",
  ...more,
});
const three = [bench("a"), bench("b"), bench("c")];
const group = { first: bench("a"), all: three };

test("shifts that are alike are one line, others are not", () => {
  const found = grouped([...three, bench("d", { note: "x" }), bench("e", { published: false })]);
  expect(found.map(({ all }) => all.map(({ id }) => id))).toEqual([["a", "b", "c"], ["d"], ["e"]]);
});

test("a new group is created as often as it is needed", () => {
  const content = contentOfOpen(bench("a"));
  expect(batchOf(null, content, 2, new Set())).toEqual({
    create: [content, content],
    update: [],
    delete: [],
  });
});

test("fewer are needed: those that somebody claimed stay, and are not touched", () => {
  const batch = batchOf(group, contentOfOpen(bench("a")), 1, new Set(["c"]));
  expect(batch).toEqual({ create: [], update: [], delete: ["a", "b"] });
});

test("a change is made to all of the group, and taken back from all", () => {
  const content = contentOfOpen(bench("a", { position: "Fume hood" }));
  const batch = batchOf(group, content, 4, new Set());
  expect(batch.update?.map(({ id, position }) => [id, position])).toEqual([
    ["a", "Fume hood"],
    ["b", "Fume hood"],
    ["c", "Fume hood"],
  ]);
  expect(batch.create).toEqual([content]);
  const outcome = { created: [bench("n")], updated: [], deleted: [] };
  const back = reverseOfOpen(batch, outcome, three);
  expect(back.delete).toEqual(["n"]);
  expect(back.update?.map(({ position }) => position)).toEqual(["Bench", "Bench", "Bench"]);
});
