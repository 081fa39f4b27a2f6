import { expect, test } from "vitest";
import {
  addressOf,
  choiceOf,
  costOf,
  longestInAddress,
  readQuery,
  readSearchAddress,
} from "./search-choice";

test("a link says everything about a search, and nothing that goes without saying", () => {
  const choice = { mode: "within", distance: 3, strand: "both" } as const;
  const address = addressOf("ACGT", choice);
  expect(address).toEqual({ q: "ACGT", mode: "within", distance: 3, strand: "both" });
  expect(choiceOf(readSearchAddress({ ...address, distance: "3" }))).toMatchObject(choice);
  expect(addressOf("", choiceOf({}))).toEqual({});
});

test("addresses that make no sense are read as if they said nothing", () => {
  expect(readSearchAddress({ q: "", mode: "part", distance: "-1", strand: "up" })).toEqual({});
  expect(readSearchAddress({ distance: "1.5", collection_id: "x" })).toEqual({});
});

test("queries too long for an address stay out of it", () => {
  expect(addressOf("A".repeat(longestInAddress + 1), choiceOf({})).q).toBeUndefined();
});

test("the first record of pasted FASTA with letters is the query", () => {
  expect(readQuery(">a\n>b\nACGT\n>c\nA")).toMatchObject({ record: { name: "b" }, others: 2 });
  expect(readQuery("").record).toBeUndefined();
});

test("says before what the index serves", () => {
  const whole = (distance: number) => ({ mode: "whole", distance, strand: "forward" }) as const;
  expect(costOf(16, { ...whole(0), mode: "part" })).toBe("scan");
  expect(costOf(17, { ...whole(0), mode: "part" })).toBe("index");
  expect(costOf(5, whole(0))).toBe("digest");
  expect(costOf(100, whole(5))).toBe("index");
  expect(costOf(30, whole(6))).toBe("perhaps");
  expect(costOf(30, whole(20))).toBe("scan");
  // Two segments of twelve, eleven more wherever they begin, and two for the edits.
  expect(costOf(36, { ...whole(2), mode: "within" })).toBe("scan");
  expect(costOf(37, { ...whole(2), mode: "within" })).toBe("index");
});
