/**
 * Whose file it is, from its first line: Toggl and Clockify name most columns alike. The server
 * reads the file; this only chooses what stands in the form at first.
 */
export const importFormats = [
  { value: "toggl", label: "Toggl Track" },
  { value: "clockify", label: "Clockify" },
  { value: "benchbook", label: "Benchbook" },
] as const;

export type ImportFormat = (typeof importFormats)[number]["value"];

/** What makes sure of a format: a column that the others do not have. */
const marks: readonly (readonly [ImportFormat, RegExp])[] = [
  ["benchbook", /^(duration_seconds|time_zone|utc_offset)$/],
  [
    "clockify",
    /^(group|duration \((h|decimal)\)|time \((h|decimal)\)|billable (rate|amount)( .*)?|activity)$/,
  ],
  ["toggl", /^(stop date|stop time|member|amount( .*)?)$/],
];

/** Who wrote a CSV that begins so; null where it cannot be told, or where it is no such file. */
export function recognisedFormat(beginning: string): ImportFormat | null {
  const [header = ""] = beginning.replace(/^\uFEFF/, "").split(/\r?\n|\r/, 1);
  const delimiter = [",", ";", "\t"].reduce((best, candidate) =>
    header.split(candidate).length > header.split(best).length ? candidate : best,
  );
  const columns = header.split(delimiter).map((cell) => cell.trim().replace(/^"|"$/g, ""));
  const names = columns.map((column) => column.toLowerCase());
  for (const [format, mark] of marks) {
    if (names.some((name) => mark.test(name))) {
      return format;
    }
  }
  if (names.includes("name") && names.includes("start") && names.includes("end")) {
    return "benchbook";
  }
  if (names.includes("start date") && names.includes("start time")) {
    // Toggl writes “Start date”, Clockify “Start Date”.
    return columns.includes("Start Date") ? "clockify" : "toggl";
  }
  return null;
}

/** Why a file cannot be imported, where its first bytes tell already; null where they do not. */
export function plainlyWrong(name: string, bytes: Uint8Array, size: number): string | null {
  const begins = (...start: number[]) => start.every((byte, place) => bytes[place] === byte);
  if (size === 0) {
    return "The file is empty.";
  }
  if (begins(0x50, 0x4b, 0x03, 0x04) || /\.xlsx?$/i.test(name)) {
    return "This is a workbook. Open it and save the sheet as CSV (“CSV UTF-8” in Excel).";
  }
  if (begins(0x25, 0x50, 0x44, 0x46)) {
    return "This is a PDF. Export a CSV instead.";
  }
  return null;
}
