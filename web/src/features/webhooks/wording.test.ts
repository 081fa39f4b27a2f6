import { describe, expect, it } from "vitest";
import { eventCount, everyEvent, isInTrouble, statusOf, whose, whyOff } from "./wording";

describe("whose", () => {
  it("tells mine, everybody's and somebody else's apart", () => {
    expect(whose({ person_id: null }, "me")).toBe("Everybody’s sessions");
    expect(whose({ person_id: "me" }, "me")).toBe("My sessions");
    expect(whose({ person_id: "you" }, "me")).toBe("One person’s sessions");
  });
});

describe("eventCount", () => {
  it("names one, counts some, and says all", () => {
    expect(eventCount({ events: ["session.started"] })).toBe("session.started");
    expect(eventCount({ events: ["session.started", "session.stopped"] })).toBe("2 events");
    expect(eventCount({ events: everyEvent })).toBe("all events");
  });
});

describe("what is off", () => {
  it("is trouble unless somebody did it", () => {
    expect(isInTrouble({ disabled_reason: null })).toBe(false);
    expect(isInTrouble({ disabled_reason: "by_hand" })).toBe(false);
    expect(isInTrouble({ disabled_reason: "failing" })).toBe(true);
    expect(isInTrouble({ disabled_reason: "gone" })).toBe(true);
    expect(whyOff({ disabled_reason: null })).toBeNull();
    expect(whyOff({ disabled_reason: "gone" })).toContain("410");
  });
});

describe("statusOf", () => {
  it("tells the first attempt from a later one", () => {
    expect(statusOf({ status: "pending", attempts: 0 })).toBe("Waiting");
    expect(statusOf({ status: "pending", attempts: 3 })).toBe("Will be tried again");
    expect(statusOf({ status: "delivered", attempts: 1 })).toBe("Delivered");
    expect(statusOf({ status: "failed", attempts: 10 })).toBe("Failed");
  });
});
