import { expect, test } from "vitest";
import type { Rate } from "@/api/types";
import { groupsOf, rateFor, reasonOf } from "./rate-rules";

const [ada, bo, reef] = ["ada", "bo", "reef"];
let count = 0;
function rate(
  hourly_rate: string | null,
  effective_from: string | null,
  whose: { person_id?: string; project_id?: string } = {},
): Rate {
  count += 1;
  return {
    id: `rate ${count}`,
    person_id: whose.person_id ?? null,
    project_id: whose.project_id ?? null,
    hourly_rate,
    currency: "EUR",
    effective_from,
    time_zone: "Europe/Berlin",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  };
}
const rates = [
  rate("50", null),
  rate("60", "2026-03-01"),
  rate("70", "2026-01-01", { person_id: ada }),
  rate("80", "2026-01-01", { project_id: reef }),
  rate("90", "2026-02-01", { person_id: ada, project_id: reef }),
  rate(null, "2026-04-01", { person_id: ada, project_id: reef }),
];
const onDay = (day: string, whose = {}) => rateFor(rates, whose, day)?.hourly_rate;

test("takes the rate that counts on the day", () => {
  expect(onDay("2020-05-01")).toBe("50");
  expect(onDay("2026-02-28")).toBe("50");
  expect(onDay("2026-03-01")).toBe("60");
});

test("takes the most specific one", () => {
  expect(onDay("2026-03-01", { person_id: ada })).toBe("70");
  expect(onDay("2026-03-01", { person_id: bo, project_id: reef })).toBe("80");
  expect(onDay("2026-03-01", { person_id: ada, project_id: reef })).toBe("90");
});

test("a rate of none makes way for the less specific one", () => {
  expect(onDay("2026-04-01", { person_id: ada, project_id: reef })).toBe("80");
  expect(rateFor([rate(null, null)], {}, "2026-01-01")).toBeNull();
});

test("lists everybody's first and the latest of each first", () => {
  const groups = groupsOf(rates, "2026-02-15", () => "");
  expect(groups.map(({ personId, projectId }) => [personId, projectId])).toEqual([
    [null, null],
    [ada, null],
    [null, reef],
    [ada, reef],
  ]);
  expect(groups[0]?.rates.map(({ hourly_rate }) => hourly_rate)).toEqual(["60", "50"]);
  expect(groups[0]?.present?.hourly_rate).toBe("50");
  expect(reasonOf({ person_id: ada, project_id: reef })).toContain("in the project");
});
