import { describe, expect, it } from "vitest";
import {
  dayInNeighbour,
  isKnownDate,
  narrowedTo,
  periodAround,
  periodTitle,
  readNarrowing,
  readOverviewChoice,
  sessionsOf,
  writeOverviewChoice,
} from "./overview-choice";

describe("the period around a day", () => {
  it("begins weeks where the person says", () => {
    // A Saturday.
    expect(periodAround("week", "2026-11-21", "monday").from).toBe("2026-11-16");
    expect(periodAround("week", "2026-11-21", "sunday").from).toBe("2026-11-15");
    expect(periodAround("week", "2026-11-21", "saturday")).toEqual({
      from: "2026-11-21",
      to: "2026-11-28",
    });
  });

  it("ends months and years at their ends", () => {
    expect(periodAround("month", "2028-02-29", "monday")).toEqual({
      from: "2028-02-01",
      to: "2028-03-01",
    });
    expect(periodAround("month", "2026-12-24", "monday").to).toBe("2027-01-01");
    expect(periodAround("year", "2026-12-31", "monday")).toEqual({
      from: "2026-01-01",
      to: "2027-01-01",
    });
  });

  it("has neighbours within the kept years only", () => {
    const week = periodAround("week", "2026-01-01", "monday");
    expect(dayInNeighbour(week, -1)).toBe("2025-12-28");
    expect(dayInNeighbour(week, 1)).toBe("2026-01-05");
    expect(dayInNeighbour(periodAround("year", "1970-06-01", "monday"), -1)).toBeNull();
    expect(dayInNeighbour(periodAround("year", "2098-06-01", "monday"), 1)).toBeNull();
  });
});

describe("the address", () => {
  it("keeps every choice and leaves out what is usual", () => {
    for (const address of [
      {},
      { period: "year", date: "2025-01-01", group_by: "tag", cut: "split" },
      { period: "day", group_by: "person" },
      { everybody: "yes", project_id: "0192f0c1-7a52-7bbb-8c00-0123456789ab" },
      { client_id: "0192f0c1-7a52-7bbb-8c00-0123456789ab", tag: "pcr" },
      { without: "project,tag", rounding: "up", rounding_minutes: 15 },
    ] as const) {
      expect(writeOverviewChoice(readOverviewChoice(address))).toEqual(address);
    }
  });

  it("makes sense of nonsense", () => {
    expect(
      writeOverviewChoice(
        readOverviewChoice({
          period: "decade",
          date: "2026-02-30",
          group_by: "colour",
          cut: "slice",
          project_id: "1",
        }),
      ),
    ).toEqual({});
  });

  it("shows everybody by person, for one's own would be a single bar", () => {
    expect(readOverviewChoice({ group_by: "person" }).everybody).toBe(true);
  });

  it("takes only days that exist and are kept", () => {
    for (const date of ["2026-02-29", "2026-13-01", "1969-12-31", "2099-01-01", "26-1-1", 2026]) {
      expect(isKnownDate(date)).toBe(false);
    }
    expect(isKnownDate("2028-02-29")).toBe(true);
  });
});

it("leads to the sessions of the same days", () => {
  expect(sessionsOf("month", { from: "2026-11-01", to: "2026-12-01" })).toEqual({
    year: 2026,
    month: 11,
  });
  expect(sessionsOf("week", { from: "2026-12-28", to: "2027-01-04" })).toEqual({
    from: "2026-12-28",
    to: "2027-01-04",
  });
});

it("calls periods what the person's language calls them", () => {
  const week = { from: "2026-11-16", to: "2026-11-23" };
  const title = (locale: string) =>
    periodTitle("week", week, "2026-11-21", locale).replaceAll(/\s/g, "");
  expect(title("en-GB")).toBe("16–22November2026");
  expect(title("de-DE")).toBe("16.–22.November2026");
  expect(periodTitle("year", { from: "2026-01-01", to: "2027-01-01" }, "2026-11-21", "de-DE")).toBe(
    "2026",
  );
});

describe("what a row stands for", () => {
  const id = "0192f0c1-7a52-7bbb-8c00-0123456789ab";
  it("is its own, or what has none", () => {
    expect(narrowedTo({ tag: "pcr" }, "client", id)).toEqual({ tag: "pcr", client_id: id });
    expect(narrowedTo({ project_id: id }, "tag", null)).toEqual({
      project_id: id,
      without: ["tag"],
    });
    expect(narrowedTo({ without: ["tag"] }, "tag", null)).toEqual({ without: ["tag"] });
  });
  it("never asks for one and for none at once", () => {
    expect(readNarrowing({ client_id: id, without: "project,client,tag" })).toEqual({
      client_id: id,
      without: ["tag"],
    });
    expect(readNarrowing({ tag: "pcr", without: "tag" })).toEqual({ tag: "pcr" });
  });
});
