import type { SessionImport } from "@/api/types";

/** Lines that were left out, as a CSV for whoever mends them in a spreadsheet. */
export function linesAsCsv(lines: SessionImport["errors"]): string {
  const rows = lines.map(
    ({ line, detail }) => `${line},"${harmless(detail).replaceAll('"', '""')}"`,
  );
  // Excel takes a CSV for UTF-8 only if it begins with a byte order mark.
  return `\uFEFFline,detail\r\n${rows.map((row) => `${row}\r\n`).join("")}`;
}

/** A text that no spreadsheet takes for a formula. */
function harmless(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}
