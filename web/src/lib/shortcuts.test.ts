import { describe, expect, test } from "vitest";
import { type Command, matching } from "./commands";
import { keyOf, meaningOf } from "./shortcuts";

const known = ["s", "a", "?", "g h", "g o"];

describe("a key", () => {
  test("means the command that has it", () => {
    expect(meaningOf(null, "s", known)).toEqual({ keys: "s" });
  });
  test("may begin a sequence", () => {
    expect(meaningOf(null, "g", known)).toEqual({ begun: "g" });
    expect(meaningOf("g", "h", known)).toEqual({ keys: "g h" });
  });
  test("that does not go on a sequence counts by itself", () => {
    expect(meaningOf("g", "s", known)).toEqual({ keys: "s" });
    expect(meaningOf("g", "g", known)).toEqual({ begun: "g" });
    expect(meaningOf("g", "x", known)).toBeNull();
  });
  test("that nobody has means nothing", () => {
    expect(meaningOf(null, "x", known)).toBeNull();
    expect(meaningOf(null, "h", known)).toBeNull();
  });
  test("of another alphabet is the letter at its place", () => {
    expect(keyOf({ key: "ы", code: "KeyS" })).toBe("s");
    expect(keyOf({ key: "S", code: "KeyS" })).toBe("s");
    // On a French keyboard the letters stand elsewhere, and what is printed on them counts.
    expect(keyOf({ key: "a", code: "KeyQ" })).toBe("a");
    expect(keyOf({ key: "?", code: "Minus" })).toBe("?");
  });
});

describe("what is typed", () => {
  const commands: Command[] = [
    { id: "1", group: "Timer", label: "Continue the latest session", run: () => undefined },
    { id: "2", group: "Go to", label: "Hours: overview", words: "chart", run: () => undefined },
    { id: "3", group: "Hours", label: "Add a session", words: "entry", run: () => undefined },
  ];
  const ids = (typed: string) => matching(commands, typed).map(({ id }) => id);

  test("finds by beginnings of words, in any order", () => {
    expect(ids("ses add")).toEqual(["3"]);
    expect(ids("lat")).toEqual(["1"]);
  });
  test("finds by other words and by the heading", () => {
    expect(ids("chart")).toEqual(["2"]);
    expect(ids("timer")).toEqual(["1"]);
  });
  test("puts first what begins with it", () => {
    expect(ids("hours")).toEqual(["2", "3"]);
  });
  test("finds nothing for nonsense and all for nothing", () => {
    expect(ids("zebra")).toEqual([]);
    expect(ids("  ")).toEqual(["1", "2", "3"]);
  });
  test("does not mind accents and capitals", () => {
    const accented = [
      { id: "é", group: "Projects", label: "Études de Marché", run: () => undefined },
    ];
    expect(matching(accented, "etudes marche")).toHaveLength(1);
  });
});
