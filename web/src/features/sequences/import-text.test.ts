import { expect, test } from "vitest";
import type { SequenceImportSummary } from "@/api/types";
import { aboutTime, outcomeText } from "./import-text";

test.each([
  [0.2, "about 1 s"],
  [7.2, "about 8 s"],
  [41, "about 45 s"],
  [61, "about 2 min"],
  [7100, "about 2 h"],
])("%f seconds are %s", (seconds, text) => {
  expect(aboutTime(seconds)).toBe(text);
});

const found = (fields: Partial<SequenceImportSummary>) =>
  ({
    status: "done",
    added: 0,
    duplicates: 0,
    rejected: 0,
    ...fields,
  }) as SequenceImportSummary;

test("says what came of an import, and leaves out what there is none of", () => {
  expect(outcomeText(found({ added: 1200, rejected: 4 }))).toBe("1,200 added, 4 rejected");
  expect(outcomeText(found({ duplicates: 30 }))).toBe("0 added, 30 there already");
  expect(outcomeText(found({ status: "failed" }))).toBe("Failed; nothing of it stays");
});
