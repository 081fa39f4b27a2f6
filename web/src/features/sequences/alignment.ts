/** A CIGAR made into what can be drawn: two rows of letters, and between them what an edit is. */

export type EditKind = "replaced" | "inserted" | "left-out";

/** A stretch of columns that are drawn alike. */
export interface Run {
  /** Null where the letters are the same. */
  readonly edit: EditKind | null;
  readonly query: string;
  readonly target: string;
}

export interface AlignmentLine {
  readonly runs: readonly Run[];
  /** The first letter's place in either row, counted from 1. */
  readonly queryStart: number;
  readonly queryEnd: number;
  readonly targetStart: number;
  readonly targetEnd: number;
}

export interface Edit {
  readonly kind: EditKind;
  /** Counted from 1 in the query, as it stands on the strand that is drawn. */
  readonly queryPlace: number;
  readonly targetPlace: number;
  readonly from: string;
  readonly to: string;
}

type Step = { readonly kind: EditKind | null; readonly count: number };

const kinds: Record<string, EditKind | null> = {
  "=": null,
  X: "replaced",
  I: "inserted",
  D: "left-out",
};

/** The steps of a CIGAR of `=`, `X`, `I` and `D`; null for anything else. */
export function readCigar(cigar: string): Step[] | null {
  if (!/^(?:\d+[=XID])+$/.test(cigar)) {
    return null;
  }
  return [...cigar.matchAll(/(\d+)([=XID])/g)].map(([, count, letter]) => ({
    kind: kinds[letter ?? ""] ?? null,
    count: Number(count),
  }));
}

/** The letters of a place; `end` may lie beyond the length of a circular sequence. */
export function lettersAt(bases: string, start: number, end: number): string {
  return end <= bases.length
    ? bases.slice(start, end)
    : bases.slice(start) + bases.slice(0, end - bases.length);
}

/**
 * The place of a hit drawn from the query alone, which is possible where nothing is edited;
 * otherwise `target` holds the letters from `start` to `end`. Null where they do not fit the CIGAR.
 */
export function alignmentLines(
  query: string,
  target: string,
  cigar: string,
  targetOffset: number,
  lettersInALine = 60,
): AlignmentLine[] | null {
  const steps = readCigar(cigar);
  if (steps === null || !fits(steps, query, target)) {
    return null;
  }
  const lines: AlignmentLine[] = [];
  let runs: Run[] = [];
  let columns = 0;
  let queryAt = 0;
  let targetAt = 0;
  let lineQuery = 0;
  let lineTarget = 0;

  function closeLine() {
    lines.push({
      runs,
      queryStart: Math.min(lineQuery + 1, Math.max(queryAt, 1)),
      queryEnd: queryAt,
      targetStart: targetOffset + Math.min(lineTarget + 1, Math.max(targetAt, 1)),
      targetEnd: targetOffset + targetAt,
    });
    runs = [];
    columns = 0;
    lineQuery = queryAt;
    lineTarget = targetAt;
  }

  for (const { kind, count } of steps) {
    let left = count;
    while (left > 0) {
      const taken = Math.min(left, lettersInALine - columns);
      const queryTaken = kind === "left-out" ? 0 : taken;
      const targetTaken = kind === "inserted" ? 0 : taken;
      runs.push({
        edit: kind,
        query: query.slice(queryAt, queryAt + queryTaken).padEnd(taken, "-"),
        target: target.slice(targetAt, targetAt + targetTaken).padEnd(taken, "-"),
      });
      queryAt += queryTaken;
      targetAt += targetTaken;
      columns += taken;
      left -= taken;
      if (columns === lettersInALine) {
        closeLine();
      }
    }
  }
  if (columns > 0) {
    closeLine();
  }
  return lines;
}

/** Every edit with its places, in order. */
export function editsOf(query: string, target: string, cigar: string): Edit[] {
  const edits: Edit[] = [];
  let queryAt = 0;
  let targetAt = 0;
  for (const { kind, count } of readCigar(cigar) ?? []) {
    const queryTaken = kind === "left-out" ? 0 : count;
    const targetTaken = kind === "inserted" ? 0 : count;
    if (kind !== null) {
      edits.push({
        kind,
        queryPlace: queryAt + 1,
        targetPlace: targetAt + 1,
        from: query.slice(queryAt, queryAt + queryTaken),
        to: target.slice(targetAt, targetAt + targetTaken),
      });
    }
    queryAt += queryTaken;
    targetAt += targetTaken;
  }
  return edits;
}

/** An edit in words, for those who do not see the drawing. */
export function editText({ kind, queryPlace, from, to }: Edit): string {
  switch (kind) {
    case "replaced":
      return `letter ${queryPlace}: ${from} in the query, ${to} in the sequence`;
    case "inserted":
      return `letter ${queryPlace}: ${from} only in the query`;
    case "left-out":
      return `before letter ${queryPlace}: ${to} only in the sequence`;
  }
}

function fits(steps: readonly Step[], query: string, target: string): boolean {
  let ofQuery = 0;
  let ofTarget = 0;
  for (const { kind, count } of steps) {
    ofQuery += kind === "left-out" ? 0 : count;
    ofTarget += kind === "inserted" ? 0 : count;
  }
  return ofQuery === query.length && ofTarget === target.length;
}
