import { expect, test } from "vitest";
import type { SequenceFeature } from "@/api/types";
import { genbankOf } from "./genbank";

const sequence = {
  name: "pUC 19",
  description: "cloning vector",
  digest: "SQ.x",
  circular: true,
  created_at: "2026-03-02T09:00:00Z",
};

test("a sequence is written as GenBank, features and all", () => {
  const feature = {
    type: "CDS",
    location: `join(${Array.from({ length: 12 }, (_, at) => `${at * 10 + 1}..${at * 10 + 5}`).join(",")})`,
    qualifiers: [
      { name: "note", value: 'says "cut here"' },
      { name: "codon_start", value: "1" },
      { name: "pseudo", value: "" },
    ],
  } as unknown as SequenceFeature;
  const lines = genbankOf(sequence, "ACGT".repeat(18), [feature]).split("\n");
  expect(lines[0]).toBe("LOCUS       pUC_19           72 bp    DNA     circular UNK 02-MAR-2026");
  expect(lines).toContain("DEFINITION  cloning vector");
  expect(lines.slice(6, 12)).toEqual([
    "     CDS             join(1..5,11..15,21..25,31..35,41..45,51..55,61..65,71..75,",
    "                     81..85,91..95,101..105,111..115)",
    '                     /note="says ""cut here"""',
    "                     /codon_start=1",
    "                     /pseudo",
    "ORIGIN",
  ]);
  expect(lines[13]).toBe("       61 acgtacgtac gt");
  expect(lines.every((line) => line.length <= 80)).toBe(true);
});
