import { describe, expect, it } from "vitest";
import type { Employee, PlannedHours } from "@/api/types";
import { columnsOf, contractedSeconds, differenceText, rowsOf } from "./planned-hours";

describe("planned hours", () => {
  it("cuts the weeks of a month at its ends, and none of its days is lost", () => {
    const columns = columnsOf("2026-05-01", "2026-06-01");
    expect(columns.map(({ number, days }) => [number, days])).toEqual([
      [18, 3],
      [19, 7],
      [20, 7],
      [21, 7],
      [22, 7],
    ]);
    expect(columns[0]?.monday).toBe("2026-04-27");
    const year = columnsOf("2026-01-01", "2027-01-01");
    expect(year.reduce((sum, { days }) => sum + days, 0)).toBe(365);
    expect([year[0]?.number, year.at(-1)?.number]).toEqual([1, 53]);
    // The first days of 2027 are of the last week of 2026.
    expect(columnsOf("2027-01-01", "2027-02-01")[0]?.number).toBe(53);
  });

  it("has a row for who is not planned at all", () => {
    const hours = {
      employees: [
        {
          employee_id: "a",
          first_name: "Anna",
          last_name: "Zorn",
          contracted_hours_per_week: 20,
          shifts: 2,
          planned_seconds: 57_600,
          break_seconds: 0,
          weeks: [
            {
              week: "2026-W19",
              monday: "2026-05-04",
              shifts: 2,
              planned_seconds: 57_600,
              break_seconds: 0,
            },
          ],
        },
      ],
    } as unknown as PlannedHours;
    const ben = { id: "b", first_name: "Ben", last_name: "Abel", contracted_hours_per_week: 40 };
    const rows = rowsOf(hours, [ben as Employee, { ...ben, id: "a" } as Employee]);
    expect(rows.map(({ name, seconds }) => [name, seconds])).toEqual([
      ["Ben Abel", 0],
      ["Anna Zorn", 57_600],
    ]);
  });

  it("compares with what is contracted for as many days", () => {
    expect(contractedSeconds(40, 7)).toBe(144_000);
    expect(contractedSeconds(35, 3)).toBe(54_000);
    expect(differenceText(57_600, contractedSeconds(20, 7))).toBe("−4:00");
    expect(differenceText(73_800, 72_000)).toBe("+0:30");
    expect(differenceText(72_030, 72_000)).toBeNull();
    expect(differenceText(72_000, null)).toBeNull();
  });
});
