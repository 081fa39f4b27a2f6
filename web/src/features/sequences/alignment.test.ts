import { expect, test } from "vitest";
import { alignmentLines, editsOf, editText, lettersAt, readCigar } from "./alignment";

test("draws replaced, inserted and left out letters in two rows of the same width", () => {
  const [line, ...others] = alignmentLines("ACGTA", "ATGCTA", "1=1X1=1D2=", 10) ?? [];
  expect(others).toEqual([]);
  expect(line?.runs.map(({ query }) => query).join("")).toBe("ACG-TA");
  expect(line?.runs.map(({ target }) => target).join("")).toBe("ATGCTA");
  expect(line).toMatchObject({ queryStart: 1, queryEnd: 5, targetStart: 11, targetEnd: 16 });
});

test("folds long ones, and counts on over the lines", () => {
  const query = "A".repeat(65);
  const lines = alignmentLines(query, `${"A".repeat(58)}${"A".repeat(4)}`, "58=3I4=", 0) ?? [];
  expect(lines.map(({ runs }) => runs.reduce((sum, { query: q }) => sum + q.length, 0))).toEqual([
    60, 5,
  ]);
  expect(lines.map(({ queryStart, queryEnd }) => [queryStart, queryEnd])).toEqual([
    [1, 60],
    [61, 65],
  ]);
  expect(lines.map(({ targetStart, targetEnd }) => [targetStart, targetEnd])).toEqual([
    [1, 58],
    [59, 62],
  ]);
});

test("draws nothing that does not fit", () => {
  expect(readCigar("3M")).toBeNull();
  expect(readCigar("")).toBeNull();
  expect(alignmentLines("ACGT", "ACGT", "3=", 0)).toBeNull();
});

test("tells every edit in words", () => {
  expect(editsOf("ACGTA", "ATGCT", "1=1X1=1D1=1I").map(editText)).toEqual([
    "letter 2: C in the query, T in the sequence",
    "before letter 4: C only in the sequence",
    "letter 5: A only in the query",
  ]);
});

test("reads on over the origin of a circular sequence", () => {
  expect(lettersAt("ACGT", 1, 3)).toBe("CG");
  expect(lettersAt("ACGT", 3, 6)).toBe("TAC");
});
