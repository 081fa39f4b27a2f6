/** What is searched for, as the address says it, and what that will cost. */
import { readPasted } from "./bases";

export type SearchMode = "part" | "whole" | "within";
export type SearchStrand = "forward" | "reverse" | "both";

/** `part` is the query as it is, anywhere; the others allow edits. */
export interface SearchChoice {
  readonly mode: SearchMode;
  /** Of no meaning for `part`. */
  readonly distance: number;
  readonly strand: SearchStrand;
  readonly collection_id?: string | undefined;
}

/** The address: what is as usual is left out of it. */
export interface SearchAddress {
  readonly q?: string | undefined;
  readonly mode?: "whole" | "within" | undefined;
  readonly distance?: number | undefined;
  readonly strand?: "reverse" | "both" | undefined;
  readonly collection_id?: string | undefined;
}

/** Longer queries make addresses that servers refuse. */
export const longestInAddress = 2_000;
/** The server compares so many letters at most where edits are allowed. */
export const longestSimilar = 20_000;
export const mostEditsOnSlider = 20;

const id = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function readSearchAddress(search: Record<string, unknown>): SearchAddress {
  const { q, mode, distance, strand, collection_id } = search;
  const edits = /^\d{1,5}$/.test(String(distance ?? "")) ? Number(distance) : undefined;
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(mode === "whole" || mode === "within" ? { mode } : {}),
    ...(edits === undefined ? {} : { distance: edits }),
    ...(strand === "reverse" || strand === "both" ? { strand } : {}),
    ...(typeof collection_id === "string" && id.test(collection_id) ? { collection_id } : {}),
  };
}

export function choiceOf(address: SearchAddress): SearchChoice {
  return {
    mode: address.mode ?? "part",
    distance: address.distance ?? 2,
    strand: address.strand ?? "forward",
    collection_id: address.collection_id,
  };
}

export function addressOf(query: string, choice: SearchChoice): SearchAddress {
  const { mode, distance, strand, collection_id } = choice;
  return {
    ...(query === "" || query.length > longestInAddress ? {} : { q: query }),
    ...(mode === "part" ? {} : { mode, distance }),
    ...(strand === "forward" ? {} : { strand }),
    ...(collection_id === undefined ? {} : { collection_id }),
  };
}

export function readQuery(text: string) {
  const records = readPasted(text);
  // A header alone is followed by its letters in a moment.
  const record = records.find(({ bases }) => bases !== "") ?? records[0];
  return { record, others: Math.max(records.length - 1, 0) };
}

export type Cost = "digest" | "index" | "perhaps" | "scan";

const gridLetters = 12;
// Of fewer letters there are too many segments that they may be the end of.
const shortestPart = 17;

/**
 * How the server is expected to find it: by the digest, by the index, or by reading sequence after
 * sequence. What it really did stands in its answer (`strategy`).
 */
export function costOf(length: number, { mode, distance }: SearchChoice): Cost {
  if (mode === "whole" && distance === 0) {
    return "digest";
  }
  if (mode === "whole") {
    // Of every twelve letters two edits can be met; short rows are cut in at most four parts.
    const segments = Math.max(Math.floor((length - distance) / gridLetters), shortParts(length));
    return 2 * segments >= distance + 1 ? (6 * distance <= length ? "index" : "perhaps") : "scan";
  }
  const edits = mode === "part" ? 0 : distance;
  if (edits === 0) {
    return length >= shortestPart ? "index" : "scan";
  }
  const segments = Math.floor((edits + 2) / 2);
  return gridLetters * segments + gridLetters - 1 + edits <= length ? "index" : "scan";
}

function shortParts(length: number): number {
  return length < 4 * gridLetters ? Math.min(4, Math.floor(length / 4)) : 0;
}

/** The cost in a sentence, before it is paid. */
export function costText(length: number, choice: SearchChoice): string {
  switch (costOf(length, choice)) {
    case "digest":
      return "Looked up by its digest.";
    case "index":
      return "The index serves this: milliseconds.";
    case "perhaps":
      return "Many edits for so few letters: the index may not serve this, and then every sequence is read.";
    case "scan":
      return choice.mode === "part"
        ? `Fewer than ${shortestPart} letters are in no index: every sequence is read, for 20 seconds at most.`
        : "Too many edits for the index: every sequence is read, for 20 seconds at most.";
  }
}
