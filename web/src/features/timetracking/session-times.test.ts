import { describe, expect, it } from "vitest";
import { resolveTimes, type TimeTexts } from "./session-times";

const berlin = "Europe/Berlin";

function resolve(change: Partial<TimeTexts>) {
  const texts: TimeTexts = {
    date: "2026-11-21",
    from: "09:00",
    to: "10:30",
    duration: "",
    endDate: "",
    endsBy: "to",
    ...change,
  };
  return resolveTimes(texts, berlin);
}

describe("the times of a session's form", () => {
  it("turns wall-clock times into instants", () => {
    expect(resolve({}).times).toMatchObject({
      started_at: "2026-11-21T08:00:00Z",
      ended_at: "2026-11-21T09:30:00Z",
      seconds: 5400,
      laterDays: 0,
    });
  });

  it("ends the next day when the end is before the start", () => {
    expect(resolve({ from: "22:00", to: "6" }).times).toMatchObject({
      ended_at: "2026-11-22T05:00:00Z",
      seconds: 8 * 3600,
      laterDays: 1,
      endDate: "2026-11-22",
    });
  });

  it("refuses an end that is the start, but takes 24 hours as a duration", () => {
    expect(resolve({ from: "9", to: "9:00" }).errors).toHaveProperty("to");
    expect(resolve({ endsBy: "duration", duration: "24h" }).times).toMatchObject({
      seconds: 86_400,
      laterDays: 1,
    });
  });

  it("computes the end from a duration", () => {
    expect(resolve({ endsBy: "duration", duration: "1,5", to: "nonsense" }).times).toMatchObject({
      ended_at: "2026-11-21T09:30:00Z",
      seconds: 5400,
    });
  });

  it("counts nine hours for a night on which clocks go back", () => {
    expect(resolve({ date: "2026-10-24", from: "22:00", to: "6:00" }).times?.seconds).toBe(
      9 * 3600,
    );
  });

  it("says that a time was skipped by the clock change", () => {
    const { times } = resolve({ date: "2026-03-29", from: "2:30", to: "4:00" });
    expect(times?.movedByClockChange).toBe(true);
    expect(times?.seconds).toBe(1800);
  });

  it("keeps a session of several days when its end date is given", () => {
    expect(resolve({ endDate: "2026-11-24" }).times).toMatchObject({ laterDays: 3 });
    expect(resolve({ endDate: "2026-11-20" }).errors).toHaveProperty("endDate");
    expect(resolve({ endDate: "2027-01-20" }).errors).toHaveProperty("endDate");
  });

  it("names each field that cannot be read", () => {
    expect(Object.keys(resolve({ date: "", from: "x", to: "25:00" }).errors ?? {})).toEqual([
      "date",
      "from",
      "to",
    ]);
    expect(resolve({ endsBy: "duration", duration: "later" }).errors).toHaveProperty("duration");
    expect(resolve({ endsBy: "duration", duration: "0" }).errors).toHaveProperty("duration");
    expect(resolve({ endsBy: "duration", duration: "800h" }).errors).toHaveProperty("duration");
  });
});
