import type { Sequence, SequenceFeature } from "@/api/types";

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const lineLetters = 60;
const blockLetters = 10;
const widthOfText = 80;
const featureIndent = 21;

/** A sequence and its features as a GenBank flat file. */
export function genbankOf(
  sequence: Pick<Sequence, "name" | "description" | "digest" | "circular" | "created_at">,
  bases: string,
  features: readonly SequenceFeature[],
): string {
  const { name, description, digest, circular, created_at } = sequence;
  const title = (name || digest).replace(/\s+/g, "_");
  const date = new Date(created_at);
  const day = `${String(date.getUTCDate()).padStart(2, "0")}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
  const lines = [
    `LOCUS       ${title.padEnd(16)} ${bases.length} bp    DNA     ${circular ? "circular" : "linear  "} UNK ${day}`,
    ...folded("DEFINITION  ", description.replace(/\s+/g, " ") || ".", 12),
    `ACCESSION   ${title}`,
    `VERSION     ${title}`,
    "KEYWORDS    .",
    "FEATURES             Location/Qualifiers",
  ];
  for (const { type, location, qualifiers } of features) {
    lines.push(...folded(`     ${type.padEnd(15)} `, location, featureIndent));
    for (const { name: qualifier, value } of qualifiers) {
      const isPlain = value === "" || /^\d+$/.test(value);
      const said = isPlain ? value : `"${value.replaceAll('"', '""')}"`;
      lines.push(
        ...folded(
          " ".repeat(featureIndent),
          `/${qualifier}${value === "" ? "" : `=${said}`}`,
          featureIndent,
        ),
      );
    }
  }
  lines.push("ORIGIN");
  for (let start = 0; start < bases.length; start += lineLetters) {
    const blocks: string[] = [];
    const end = Math.min(start + lineLetters, bases.length);
    for (let at = start; at < end; at += blockLetters) {
      blocks.push(bases.slice(at, Math.min(at + blockLetters, end)).toLowerCase());
    }
    lines.push(`${String(start + 1).padStart(9)} ${blocks.join(" ")}`);
  }
  return `${lines.join("\n")}\n//\n`;
}

/** A text in lines of eighty characters, broken at blanks and commas where there are any. */
function folded(head: string, text: string, indent: number): string[] {
  const width = widthOfText - indent;
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    const comma = rest.lastIndexOf(",", width - 1) + 1;
    const at = blank > 0 ? blank : comma > 0 ? comma : width;
    lines.push(rest.slice(0, at));
    rest = blank > 0 ? rest.slice(at + 1) : rest.slice(at);
  }
  lines.push(rest);
  return lines.map((line, index) => `${index === 0 ? head : " ".repeat(indent)}${line}`);
}
