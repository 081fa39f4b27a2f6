import { expect, test } from "vitest";
import { linesAsCsv } from "./import-lines";

test("has a line a row, quoted, and nothing that a spreadsheet would run", () => {
  const csv = linesAsCsv([
    { line: 3, detail: "“2026-02-30” is not a date." },
    { line: 12, detail: 'The tag "a, b" is too long.' },
    { line: 13, detail: "=1+1" },
  ]);
  expect(csv.split("\r\n")).toEqual([
    "\uFEFFline,detail",
    '3,"“2026-02-30” is not a date."',
    '12,"The tag ""a, b"" is too long."',
    '13,"\'=1+1"',
    "",
  ]);
});
