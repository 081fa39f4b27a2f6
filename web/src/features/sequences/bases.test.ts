import { expect, test } from "vitest";
import {
  droppedText,
  fastaOf,
  fileNameOf,
  gcShare,
  readPasted,
  reverseComplement,
  wrongLetterText,
} from "./bases";

test("reads plain letters, and says what it left out", () => {
  const [record, ...others] = readPasted("  1 acgt acgt\r\n  9 ACGT\n");
  expect(others).toEqual([]);
  expect(record).toMatchObject({ name: "", bases: "ACGTACGTACGT", wrong: null });
  expect(record && droppedText(record.dropped)).toBe("7 blanks and 2 digits");
  expect(readPasted(" \n")).toEqual([]);
});

test("reads the records of FASTA, each from its line", () => {
  const records = readPasted(">one  a reef\nACG\nTT\n\n>two\n>three\nAC-T\n");
  expect(records.map(({ name, bases, line }) => [name, bases, line])).toEqual([
    ["one", "ACGTT", 1],
    ["two", "", 5],
    ["three", "AC-T", 6],
  ]);
  expect(records[0]?.description).toBe("a reef");
  expect(records[2]?.wrong).toEqual({ letter: "-", place: 3, line: 7 });
});

test("names the first wrong letter and its place, over lines", () => {
  const [record] = readPasted("ACGT\nACUN");
  expect(record?.wrong).toEqual({ letter: "U", place: 7, line: 2 });
  expect(record?.wrong && wrongLetterText(record.wrong)).toBe(
    "“U” at letter 7, in line 2 is not one of A, C, G and T. This looks like RNA: write T for U.",
  );
  expect(readPasted("A𝄞C")[0]?.wrong).toMatchObject({ letter: "𝄞", place: 2 });
});

test("reads the other strand, and back", () => {
  expect(reverseComplement("AACGT")).toBe("ACGTT");
  expect(reverseComplement(reverseComplement("GATTACA"))).toBe("GATTACA");
});

test("writes FASTA in lines, on one header line", () => {
  expect(fastaOf("one", "two\nlines", "A".repeat(71))).toBe(
    `>one two lines\n${"A".repeat(70)}\nA\n`,
  );
  expect(fileNameOf("../a b/ç", "fasta")).toBe("a-b-ç.fasta");
  expect(fileNameOf("///", "fasta")).toBe("sequence.fasta");
  expect(gcShare("GCAT")).toBe(0.5);
  expect(gcShare("")).toBe(0);
});
