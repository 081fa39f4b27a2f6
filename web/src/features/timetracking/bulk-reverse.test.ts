import { describe, expect, it } from "vitest";
import type { Session } from "@/api/types";
import { reverse } from "./bulk-reverse";

const former = [
  { id: "a", project_id: null, tags: ["gel"], billable: true },
  { id: "b", project_id: "p", tags: [], billable: false },
] as unknown as Session[];

describe("the reverse of a change of many", () => {
  it("gives each its own former values, and only of what was set", () => {
    expect(reverse(former, { project_id: "q" })).toEqual({
      changes: [
        { id: "a", set: { project_id: null } },
        { id: "b", set: { project_id: "p" } },
      ],
    });
  });

  it("sets the tags as they were, whatever was added or removed", () => {
    expect(reverse(former, { add_tags: ["x"], remove_tags: ["gel"], billable: true })).toEqual({
      changes: [
        { id: "a", set: { tags: ["gel"], billable: true } },
        { id: "b", set: { tags: [], billable: false } },
      ],
    });
  });

  it("restores what was deleted", () => {
    expect(reverse(former, null)).toEqual({ ids: ["a", "b"], restore: true });
  });
});
