import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { plainFault } from "./import-file";

const packed = (text: string) => new Blob([new Uint8Array(gzipSync(text))]);

test.each([
  [">a\nACGT\n"],
  ["\uFEFF; a comment\n>a\nACGT\n"],
  ["\n\n@read\nACGT\n+\nIIII\n"],
  ["LOCUS       plasmid 5 bp DNA circular\n"],
])("%j may be sent, packed as well", async (text) => {
  expect(await plainFault(new Blob([text]))).toBeNull();
  expect(await plainFault(packed(text))).toBeNull();
});

test("a packed file that is longer than what is looked at may be sent", async () => {
  const letters = Array.from(
    { length: 400_000 },
    (_, at) => "ACGT"[((at * at * 7 + at) % 4) ^ (at % 3)],
  );
  const file = packed(`>a\n${letters.join("")}\n`);
  expect(await plainFault(file)).toBeNull();
});

test.each([
  ["", "The file is empty."],
  ["\n \n", "There is nothing in the file but blank lines."],
  ["PK\u0003\u0004…", "This is a zip archive: unpack it first."],
  ["name,length\n", "This is neither FASTA"],
])("%j is refused before it is sent", async (text, sentence) => {
  expect(await plainFault(new Blob([text]))).toContain(sentence);
});

test("gzip that is damaged is refused, and so is what does not belong into one", async () => {
  const damaged = new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await plainFault(new Blob([damaged]))).toContain("can’t be unpacked");
  expect(await plainFault(packed("BAM\u0001…"))).toBe("This is BAM: convert it to FASTQ first.");
});
