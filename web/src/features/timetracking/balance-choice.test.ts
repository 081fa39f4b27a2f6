import { expect, test } from "vitest";
import { daysUpTo, readBalanceChoice, stepped } from "./balance-choice";

test("reads what an address asks for, and nothing else", () => {
  const id = "0192f0c1-7a52-7bbb-8c00-0123456789ab";
  expect(readBalanceChoice({ by: "month", date: "2026-03-02", person_id: id })).toEqual({
    by: "month",
    date: "2026-03-02",
    person_id: id,
  });
  expect(readBalanceChoice({ everybody: "yes", person_id: id })).toEqual({ everybody: "yes" });
  expect(readBalanceChoice({ by: "year", date: "soon", person_id: "1" })).toEqual({});
});

test("shows whole weeks and months up to a day", () => {
  expect(daysUpTo("2026-03-04", "week", 12, "monday")).toEqual({
    from: "2025-12-15",
    to: "2026-03-09",
  });
  expect(daysUpTo("2026-03-04", "week", 1, "sunday")).toEqual({
    from: "2026-03-01",
    to: "2026-03-08",
  });
  expect(daysUpTo("2026-03-31", "month", 12, "monday")).toEqual({
    from: "2025-04-01",
    to: "2026-04-01",
  });
});

test("steps over the ends of years", () => {
  expect(stepped("2026-01-01", "month", -1)).toBe("2025-12-01");
  expect(stepped("2025-12-29", "week", 1)).toBe("2026-01-05");
});
