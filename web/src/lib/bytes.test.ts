import { expect, test } from "vitest";
import { byteCount } from "./bytes";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [12_345, "12 kB"],
  [3_449_000, "3.4 MB"],
  [99_940_000, "99.9 MB"],
  [104_857_600, "105 MB"],
  [999_600_000, "1.0 GB"],
  [10_737_418_240, "10.7 GB"],
])("%i bytes read %s", (bytes, text) => {
  expect(byteCount(bytes)).toBe(text);
});
