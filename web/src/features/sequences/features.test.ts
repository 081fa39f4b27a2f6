import { expect, test } from "vitest";
import type { SequenceFeature } from "@/api/types";
import { basesOf, coloursOf, lanesOf, placesOf } from "./features";

function feature(spans: [number, number][], fields: Partial<SequenceFeature> = {}) {
  return {
    place: 0,
    type: "gene",
    label: "",
    strand: "forward",
    location: "",
    spans: spans.map(([start, end]) => ({ start, end })),
    qualifiers: [],
    ...fields,
  } as SequenceFeature;
}

test("a feature is read in its own direction, however its places are written", () => {
  const bases = "AACCGGTTAC";
  expect(
    basesOf(
      feature([
        [0, 3],
        [6, 8],
      ]),
      bases,
    ),
  ).toBe("AACTT");
  expect(
    basesOf(
      feature(
        [
          [0, 3],
          [6, 8],
        ],
        { strand: "reverse" },
      ),
      bases,
    ),
  ).toBe("AAGTT");
  expect(
    basesOf(
      feature(
        [
          [6, 8],
          [0, 3],
        ],
        { strand: "reverse" },
      ),
      bases,
    ),
  ).toBe("AAGTT");
});

test("the shortest feature on a letter gives the colour, and the source none", () => {
  const places = placesOf([
    feature([[0, 5000]], { type: "source" }),
    feature([[990, 3000]], { type: "gene" }),
    feature([[1000, 1002]], { type: "promoter" }),
  ]);
  const colours = coloursOf(places, 988, 1004);
  expect(colours[0]).toBeNull();
  expect(new Set(colours.slice(2, 12)).size).toBe(1);
  expect(colours[12]).not.toBe(colours[11]);
  expect(colours[13]).toBe(colours[12]);
  expect(colours[14]).toBe(colours[11]);
});

test("features that overlap are in rows of their own", () => {
  const lanes = lanesOf([feature([[0, 50]]), feature([[40, 90]]), feature([[60, 80]])], 100);
  expect(lanes.map(({ lane }) => lane)).toEqual([0, 1, 0]);
});
