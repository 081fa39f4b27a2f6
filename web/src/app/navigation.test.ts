import { expect, test } from "vitest";
import { bookAt, booksOf, firstPlace, isSwitchedOn } from "./navigation";

test("shows the books that are switched on", () => {
  const labels = (modules: string[]) =>
    booksOf({ modules, role: "member" }).map(({ label }) => label);
  expect(labels(["hours"])).toEqual(["Hours"]);
  expect(labels(["sequences", "hours"])).toEqual(["Hours", "Sequences"]);
  expect(labels([])).toEqual([]);
});

test("begins with the first book that is switched on", () => {
  expect(firstPlace({ modules: ["hours"], role: "owner" })).toBe("/hours");
  expect(firstPlace({ modules: [], role: "owner" })).toBe("/settings");
});

test("knows the book of a page by its path", () => {
  expect(bookAt("/projects/")?.label).toBe("Hours");
  expect(bookAt("/hours/week")?.label).toBe("Hours");
  expect(bookAt("/sequences/0b1d")?.label).toBe("Sequences");
  expect(bookAt("/hourly")).toBeUndefined();
  expect(bookAt("/settings")).toBeUndefined();
});

test("a page is nothing without its module", () => {
  expect(isSwitchedOn("/hours/overview", { modules: ["shifts"] })).toBe(false);
  expect(isSwitchedOn("/settings/import/", { modules: ["shifts"] })).toBe(false);
  expect(isSwitchedOn("/settings/profile", { modules: ["shifts"] })).toBe(true);
  expect(isSwitchedOn("/hours", { modules: ["hours", "shifts"] })).toBe(true);
});
