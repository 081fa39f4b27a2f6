import { expect, test } from "vitest";
import { readRounding, roundingInForce, roundingText, writeRounding } from "./rounding";

test("reads what an address asks for, and nothing else", () => {
  const asked = { rounding: "up", rounding_minutes: "15" };
  expect(readRounding(asked)).toEqual({ mode: "up", minutes: 15 });
  expect(writeRounding(readRounding(asked))).toEqual({ rounding: "up", rounding_minutes: 15 });
  expect(readRounding({ rounding: "sideways", rounding_minutes: "15" })).toBeUndefined();
  expect(readRounding({ rounding: "up", rounding_minutes: "7" })).toBeUndefined();
  expect(readRounding({ rounding: "up" })).toBeUndefined();
  expect(writeRounding(undefined)).toEqual({});
  expect(writeRounding(readRounding({ rounding: "none" }))).toEqual({ rounding: "none" });
});

test("follows the organisation unless asked otherwise", () => {
  const standard = { mode: "up", minutes: 15 } as const;
  const asked = { mode: "down", minutes: 6 } as const;
  expect(roundingInForce(undefined, standard)).toEqual(standard);
  expect(roundingInForce(undefined, null)).toBeNull();
  expect(roundingInForce("none", standard)).toBeNull();
  expect(roundingInForce(asked, standard)).toEqual(asked);
});

test("says how", () => {
  expect(roundingText({ mode: "nearest", minutes: 6 })).toBe("to the nearest 6 min");
  expect(roundingText({ mode: "down", minutes: 30 })).toBe("down to 30 min");
});
