import { describe, expect, it } from "vitest";
import { isInside, middleOf, splitPoint } from "./split-point";

const span = (started_at: string, ended_at: string) => ({ started_at, ended_at });
const zone = "Europe/Berlin";

describe("where a session is split", () => {
  it("begins in the middle, at five full minutes if it can", () => {
    expect(middleOf(span("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"))).toBe(
      "2026-03-02T09:30:00.000Z",
    );
    expect(middleOf(span("2026-03-02T09:01:00Z", "2026-03-02T10:08:00Z"))).toBe(
      "2026-03-02T09:35:00.000Z",
    );
  });

  it("begins inside of the shortest that can be split", () => {
    for (const seconds of [2, 3, 59, 61, 299, 301]) {
      const end = new Date(Date.parse("2026-03-02T09:00:01Z") + seconds * 1000).toISOString();
      const short = span("2026-03-02T09:00:01Z", end);
      expect(isInside(short, middleOf(short)), `${seconds} s`).toBe(true);
    }
  });

  it("reads a time on the day of the session", () => {
    const morning = span("2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z");
    expect(splitPoint(morning, "10:15", zone, "2026-03-02")).toBe("2026-03-02T09:15:00Z");
    for (const outside of ["9:00", "11:00", "12:00", "soon"]) {
      expect(splitPoint(morning, outside, zone, "2026-03-02")).toBeNull();
    }
  });

  it("reads a time after midnight on the next day", () => {
    const night = span("2026-03-02T21:00:00Z", "2026-03-03T02:00:00Z");
    expect(splitPoint(night, "1:00", zone, "2026-03-02")).toBe("2026-03-03T00:00:00Z");
    expect(splitPoint(night, "23:00", zone, "2026-03-03")).toBe("2026-03-02T22:00:00Z");
  });

  it("keeps to the chosen day of a long one", () => {
    const long = span("2026-03-02T08:00:00Z", "2026-03-06T08:00:00Z");
    expect(splitPoint(long, "12:00", zone, "2026-03-04")).toBe("2026-03-04T11:00:00Z");
  });

  it("counts the time that really passes over a change of the clocks", () => {
    // At 2:00 clocks go to 3:00 in Berlin.
    const night = span("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z");
    expect(splitPoint(night, "3:00", zone, "2026-03-29")).toBe("2026-03-29T01:00:00Z");
  });
});
