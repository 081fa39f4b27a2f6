import type { SessionImport } from "@/api/types";
import { csvOf } from "@/lib/csv";

/** Lines that were left out, as a CSV for whoever mends them in a spreadsheet. */
export function linesAsCsv(lines: SessionImport["errors"]): string {
  return csvOf(
    ["line", "detail"],
    lines.map(({ line, detail }) => [line, detail]),
  );
}
