/** Where features lie, and in which colour they are drawn. */
import type { SequenceFeature } from "@/api/types";
import { palette } from "@/lib/colour";
import { reverseComplement } from "./bases";

/** What every map of a plasmid shows has a colour of its own. */
const colours: Readonly<Record<string, string>> = {
  gene: "#1c7ed6",
  CDS: "#2b8a3e",
  mRNA: "#0c8599",
  promoter: "#d9480f",
  terminator: "#e03131",
  regulatory: "#d9480f",
  rep_origin: "#ae3ec9",
  primer_bind: "#7950f2",
  misc_feature: "#66788a",
};

export function colourOf({ type }: SequenceFeature): string {
  const known = colours[type];
  if (known !== undefined) {
    return known;
  }
  let hash = 0;
  for (const letter of type) {
    hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  }
  return palette[hash % palette.length] ?? palette[0];
}

/** What a feature is called; its type where it has no name. */
export function labelOf({ label, type }: SequenceFeature): string {
  return label || type;
}

/** How many letters it lies on. */
export function lengthOf({ spans }: SequenceFeature): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Its letters, in its own direction. */
export function basesOf({ spans, strand }: SequenceFeature, bases: string): string {
  if (strand !== "reverse") {
    return spans.map(({ start, end }) => bases.slice(start, end)).join("");
  }
  // `complement(join(…))` is written from left to right, `join(complement(…), …)` as it is read.
  const isRising = spans.every(({ start }, at) => at === 0 || start >= (spans[at - 1]?.start ?? 0));
  const inOrder = isRising ? spans : [...spans].reverse();
  return reverseComplement(inOrder.map(({ start, end }) => bases.slice(start, end)).join(""));
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly colour: string;
}

/** Places by the thousand of letters in which they lie. */
export type Places = ReadonlyMap<number, readonly Place[]>;

const bucketLetters = 1_000;

/** Those of all features but the source, which is the whole. */
export function placesOf(features: readonly SequenceFeature[]): Places {
  const places = new Map<number, Place[]>();
  for (const feature of features) {
    if (feature.type === "source") {
      continue;
    }
    const colour = colourOf(feature);
    for (const { start, end } of feature.spans) {
      const last = Math.floor(Math.max(end - 1, start) / bucketLetters);
      for (let bucket = Math.floor(start / bucketLetters); bucket <= last; bucket += 1) {
        const there = places.get(bucket);
        if (there) {
          there.push({ start, end, colour });
        } else {
          places.set(bucket, [{ start, end, colour }]);
        }
      }
    }
  }
  return places;
}

/** The colour of each letter of a stretch: that of the shortest feature on it. */
export function coloursOf(places: Places, start: number, end: number): (string | null)[] {
  const colours: (string | null)[] = Array.from({ length: end - start }, () => null);
  const lengths: number[] = Array.from({ length: end - start }, () => Infinity);
  const last = Math.floor((end - 1) / bucketLetters);
  for (let bucket = Math.floor(start / bucketLetters); bucket <= last; bucket += 1) {
    for (const place of places.get(bucket) ?? []) {
      const length = place.end - place.start;
      for (let at = Math.max(place.start, start); at < Math.min(place.end, end); at += 1) {
        if (length < (lengths[at - start] ?? 0)) {
          lengths[at - start] = length;
          colours[at - start] = place.colour;
        }
      }
    }
  }
  return colours;
}

/** A feature on the map: in which row, and from where to where. */
export interface Drawn {
  readonly feature: SequenceFeature;
  readonly lane: number;
  readonly start: number;
  readonly end: number;
}

export const mostLanes = 8;
const mostDrawn = 400;

/** Rows of features that do not overlap, for a map of the whole; what finds no row is left out. */
export function lanesOf(features: readonly SequenceFeature[], length: number): Drawn[] {
  const ends: number[] = [];
  const drawn: Drawn[] = [];
  // So much room is left that neighbours can be told apart.
  const gap = length / 200;
  const all = features
    .filter(({ type, spans }) => type !== "source" && spans.length > 0)
    .flatMap((feature) =>
      feature.spans.map(({ start, end }) => ({ feature, start, end: Math.max(end, start + 1) })),
    )
    .sort((one, other) => one.start - other.start || other.end - one.end);
  for (const piece of all) {
    const free = ends.findIndex((end) => end + gap <= piece.start);
    const lane = free === -1 ? ends.length : free;
    if (lane < mostLanes && drawn.length < mostDrawn) {
      ends[lane] = piece.end;
      drawn.push({ ...piece, lane });
    }
  }
  return drawn;
}
