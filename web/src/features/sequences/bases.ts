/** What people paste, read as sequences: plain letters or FASTA. Nothing is dropped unsaid. */

/** Letters that came with a text and are no bases: blanks, numbers at the margin of a listing. */
export interface Dropped {
  readonly blanks: number;
  readonly digits: number;
}

/** The first letter that no sequence has, and where it stands. */
export interface WrongLetter {
  readonly letter: string;
  /** Counted from 1, among the letters of the record. */
  readonly place: number;
  /** Counted from 1, in the text. */
  readonly line: number;
}

export interface PastedRecord {
  readonly name: string;
  readonly description: string;
  /** Upper case; what it holds after a wrong letter is there, too. */
  readonly bases: string;
  /** Where it begins in the text. */
  readonly line: number;
  readonly dropped: Dropped;
  readonly wrong: WrongLetter | null;
}

const wrongLetter = /[^ACGT]/;

/** The records of a text: those of FASTA, or one without a name where no line begins with `>`. */
export function readPasted(text: string): PastedRecord[] {
  const records: PastedRecord[] = [];
  let header = "";
  let begin = 1;
  let lines: { text: string; line: number }[] = [];
  const close = () => {
    const record = recordOf(header, begin, lines);
    if (header !== "" || record.bases !== "") {
      records.push(record);
    }
  };
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    if (line.startsWith(">")) {
      close();
      header = line;
      begin = index + 1;
      lines = [];
    } else if (!line.startsWith(";")) {
      lines.push({ text: line, line: index + 1 });
    }
  });
  close();
  return records;
}

function recordOf(
  header: string,
  line: number,
  lines: readonly { text: string; line: number }[],
): PastedRecord {
  const [, name = "", description = ""] = /^>\s*(\S*)\s*(.*)$/.exec(header) ?? [];
  const pieces: string[] = [];
  let blanks = 0;
  let digits = 0;
  let length = 0;
  let wrong: WrongLetter | null = null;
  for (const each of lines) {
    const withoutBlanks = each.text.replace(/\s/g, "");
    const bases = withoutBlanks.replace(/[0-9]/g, "").toUpperCase();
    blanks += each.text.length - withoutBlanks.length;
    digits += withoutBlanks.length - bases.length;
    const found: RegExpExecArray | null = wrong === null ? wrongLetter.exec(bases) : null;
    if (found) {
      // By code point, so that one sign is not shown as half of itself.
      const letter = String.fromCodePoint(bases.codePointAt(found.index) ?? 0);
      wrong = { letter, place: length + found.index + 1, line: each.line };
    }
    length += bases.length;
    pieces.push(bases);
  }
  const bases = pieces.join("");
  return { name, description: description.trim(), bases, line, dropped: { blanks, digits }, wrong };
}

/** `U at letter 5 (line 1)`, and what may be meant. */
export function wrongLetterText({ letter, place, line }: WrongLetter): string {
  const hints: Record<string, string> = {
    U: " This looks like RNA: write T for U.",
    N: " An unknown letter can’t be stored or searched for.",
    "-": " Take the gaps of an alignment out first.",
  };
  const where = `letter ${place.toLocaleString("en-GB")}${line > 1 ? `, in line ${line}` : ""}`;
  return `“${letter}” at ${where} is not one of A, C, G and T.${hints[letter] ?? ""}`;
}

/** `2 blanks and 4 digits`, or null where everything counts. */
export function droppedText({ blanks, digits }: Dropped): string | null {
  const parts = [
    blanks > 0 ? `${blanks.toLocaleString("en-GB")} blank${blanks === 1 ? "" : "s"}` : "",
    digits > 0 ? `${digits.toLocaleString("en-GB")} digit${digits === 1 ? "" : "s"}` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : parts.join(" and ");
}

const complementOf: Record<string, string> = { A: "T", C: "G", G: "C", T: "A" };

/** The other strand, read in its own direction. */
export function reverseComplement(bases: string): string {
  const letters = new Array<string>(bases.length);
  for (let place = 0; place < bases.length; place += 1) {
    letters[bases.length - 1 - place] = complementOf[bases.charAt(place)] ?? "?";
  }
  return letters.join("");
}

/** The share of G and C, from 0 to 1. */
export function gcShare(bases: string): number {
  let count = 0;
  for (let place = 0; place < bases.length; place += 1) {
    const letter = bases.charCodeAt(place);
    count += letter === 71 || letter === 67 ? 1 : 0;
  }
  return bases === "" ? 0 : count / bases.length;
}

const fastaLine = 70;

/** A record as FASTA; what belongs to no header line is left out of it. */
export function fastaOf(name: string, description: string, bases: string): string {
  const header = `>${[name, description].join(" ").replace(/\s+/g, " ").trim()}\n`;
  const lines: string[] = [header];
  for (let start = 0; start < bases.length; start += fastaLine) {
    lines.push(`${bases.slice(start, start + fastaLine)}\n`);
  }
  return lines.join("");
}

/** A name that any disk takes. */
export function fileNameOf(name: string, ending: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|-+$/g, "");
  return `${plain.slice(0, 80) || "sequence"}.${ending}`;
}
