import type { Shift } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";

/** Names the shifts that somebody has in a span of time. */
export function PlannedShifts({
  found: { shifts, hasMore },
  place,
}: {
  found: { readonly shifts: readonly Shift[]; readonly hasMore: boolean };
  place: Place;
}) {
  const spans = shifts.map((shift) =>
    spokenSpan({ from: secondsOf(shift.starts_at), to: secondsOf(shift.ends_at) }, place),
  );
  return (
    <>
      {hasMore
        ? "Many shifts are"
        : `${counted(shifts.length, "shift")} ${shifts.length === 1 ? "is" : "are"}`}{" "}
      planned then: {spans.join("; ")}
      {hasMore && "; and more"}.
    </>
  );
}
