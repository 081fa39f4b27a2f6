import { describe, expect, it } from "vitest";
import type { LockedSpan } from "@/api/types";
import { lockOf } from "./locks";

const span = (starts_at: string, ends_at: string): LockedSpan => ({
  person_id: "p",
  starts_at,
  ends_at,
  locked_period_id: "l",
  timesheet_id: null,
  status: null,
  from: "2026-03-01",
  to: "2026-04-01",
  reason: "",
});

describe("lockOf", () => {
  const march = span("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z");

  it("takes the span in which a session starts", () => {
    expect(lockOf({ started_at: "2026-03-10T09:00:00Z" }, [march])).toBe(march);
    expect(lockOf({ started_at: "2026-02-28T23:00:00Z" }, [march])).toBe(march);
  });

  it("leaves out what starts at the end of a span or before it", () => {
    expect(lockOf({ started_at: "2026-03-31T22:00:00Z" }, [march])).toBeUndefined();
    expect(lockOf({ started_at: "2026-02-28T22:59:59Z" }, [march])).toBeUndefined();
  });
});
