import { describe, expect, it } from "vitest";
import type { Finding } from "@/api/types";
import { changeText, clock, draw, labelOfOffer, titleOfFinding } from "./check-wording";
import { endAt } from "./end-at";

const place = { locale: "en-GB", timeZone: "Europe/Berlin" };

function session(id: string, started_at: string, ended_at: string) {
  return {
    id,
    name: id,
    note: "",
    started_at,
    ended_at,
    duration_seconds: (Date.parse(ended_at) - Date.parse(started_at)) / 1000,
    project_id: null,
    tags: [],
    billable: false,
    person_id: "ada",
    created_at: started_at,
    updated_at: started_at,
    deleted_at: null,
    revision: 1,
  };
}

const overlap = {
  kind: "overlap",
  person_id: "ada",
  date: "2026-03-02",
  from: "2026-03-02T10:00:00Z",
  to: "2026-03-02T11:00:00Z",
  duration_seconds: 3600,
  sessions: [
    session("PCR", "2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z"),
    session("Gel", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"),
  ],
  repairs: [
    {
      action: "split_around",
      total_change_seconds: -3600,
      at: null,
      reason: null,
      outcome: [
        { session_id: "PCR", started_at: "2026-03-02T08:00:00Z", ended_at: "2026-03-02T10:00:00Z" },
        { session_id: "Gel", started_at: "2026-03-02T10:00:00Z", ended_at: "2026-03-02T11:00:00Z" },
        { session_id: null, started_at: "2026-03-02T11:00:00Z", ended_at: "2026-03-02T12:00:00Z" },
      ],
    },
    {
      action: "move_later",
      total_change_seconds: 0,
      at: null,
      reason: null,
      outcome: [
        { session_id: "PCR", started_at: "2026-03-02T08:00:00Z", ended_at: "2026-03-02T12:00:00Z" },
        { session_id: "Gel", started_at: "2026-03-02T12:00:00Z", ended_at: "2026-03-02T13:00:00Z" },
      ],
    },
  ],
  kept_at: null,
} as unknown as Finding;

describe("a finding in words", () => {
  it("says what is counted twice, and what repairs do in the person's zone", () => {
    expect(titleOfFinding(overlap)).toBe("1 h counted twice");
    const [split, move] = overlap.repairs;
    expect(split && labelOfOffer(overlap, split, place)).toBe("Split A around B");
    expect(move && labelOfOffer(overlap, move, place)).toBe("Move B to 13:00 – 14:00");
  });

  it("names the weekday only where it is another day, and seconds only where there are some", () => {
    expect(clock("2026-03-02T10:00:00Z", overlap, place)).toBe("11:00");
    expect(clock("2026-03-02T10:00:09Z", overlap, place)).toBe("11:00:09");
    expect(clock("2026-03-02T23:30:00Z", overlap, place)).toBe("Tue 00:30");
  });

  it("says by how much the total changes", () => {
    expect(changeText(-5400)).toBe("−1 h 30 min");
    expect(changeText(1800)).toBe("+30 min");
    expect(changeText(0)).toBe("");
  });
});

describe("a finding drawn", () => {
  it("keeps its scale while outcomes are tried", () => {
    const now = draw(overlap, null);
    const moved = draw(overlap, overlap.repairs[1] ?? null);
    // Five hours: from 8:00 to 13:00, where a repair would move B to.
    expect([now.start, now.end]).toEqual([moved.start, moved.end]);
    expect(now.lanes[1]?.spans).toEqual([{ from: 0.4, to: 0.6, isNew: false }]);
    expect(moved.lanes[1]?.spans).toEqual([{ from: 0.8, to: 1, isNew: false }]);
    expect(now.found).toEqual({ from: 0.4, to: 0.6 });
  });

  it("draws what a repair adds beside the first, so that nothing moves", () => {
    const split = draw(overlap, overlap.repairs[0] ?? null);
    expect(split.lanes.map((lane) => lane.spans.length)).toEqual([2, 1]);
  });
});

describe("endAt", () => {
  const start = "2026-03-28T21:00:00Z"; // 22:00 in Berlin, in the night before the clocks change
  it("is the first such time after the start", () => {
    expect(endAt(start, "2026-03-30T12:00:00Z", "23:30", place.timeZone)).toBe(
      "2026-03-28T22:30:00Z",
    );
    expect(endAt(start, "2026-03-30T12:00:00Z", "7:00", place.timeZone)).toBe(
      "2026-03-29T05:00:00Z",
    );
  });

  it("is none for what is no time, or not before the end", () => {
    expect(endAt(start, "2026-03-30T12:00:00Z", "later", place.timeZone)).toBeNull();
    expect(endAt(start, "2026-03-29T04:00:00Z", "7:00", place.timeZone)).toBeNull();
  });
});
