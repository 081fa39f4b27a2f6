/** Rows as a CSV that spreadsheets open as it is meant. */
export function csvOf(
  header: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): string {
  const lines = rows.map((row) =>
    row
      .map((cell) =>
        typeof cell === "number" ? String(cell) : `"${harmless(cell).replaceAll('"', '""')}"`,
      )
      .join(","),
  );
  // Excel takes a CSV for UTF-8 only if it begins with a byte order mark.
  return `\uFEFF${[header.join(","), ...lines].map((line) => `${line}\r\n`).join("")}`;
}

/** A text that no spreadsheet takes for a formula. */
function harmless(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}
