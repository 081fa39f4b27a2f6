import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Employee } from "@/api/types";
import { addDays, dayOf, type Place } from "@/lib/calendar";
import { positionsQuery, skillsQuery } from "./catalogue-queries";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { instantOf, type Span } from "./roster-model";
import { availabilityOfEmployeeQuery, leaveOfEmployeeQuery } from "./shift-form-queries";
import { hintsOf } from "./shift-hints";

/** What stands against a shift and does not stop it: leave, availability, and missing skills. */
export function ShiftHints({
  employee,
  spans,
  position,
  place,
}: {
  employee: Employee | undefined;
  spans: readonly Span[];
  position: string;
  place: Place;
}) {
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  const isKnown = employee !== undefined && spans.length > 0;
  // Whole days, so that typing a time asks for nothing new.
  const firstDay = isKnown ? dayOf(instantOf(from), "UTC") : "";
  const lastDay = isKnown ? addDays(dayOf(instantOf(to), "UTC"), 1) : "";
  const leave = useQuery({
    ...leaveOfEmployeeQuery(employee?.id ?? "", `${firstDay}T00:00:00Z`, `${lastDay}T00:00:00Z`),
    enabled: isKnown,
  });
  const availability = useQuery({
    ...availabilityOfEmployeeQuery(employee?.id ?? ""),
    enabled: isKnown,
  });
  const taken = useQuery(positionsQuery).data?.find(({ name }) => name === position);
  const skills = useQuery(skillsQuery).data ?? [];
  const needed = (taken?.skill_ids ?? []).flatMap((id) => {
    const skill = skills.find((one) => one.id === id);
    return skill ? [{ id, name: skill.name }] : [];
  });
  const hints = employee
    ? hintsOf(
        spans,
        {
          name: nameOf(employee),
          skillIds: employee.skill_ids,
          leave: leave.data ?? [],
          availability: availability.data ?? [],
        },
        needed,
        place,
      )
    : [];
  return (
    <div role="status" className={classes.hints}>
      {hints.length > 0 ? (
        <div className={classes.hint}>
          <IconAlertTriangle size={18} aria-hidden />
          <div>
            {hints.map((hint) => (
              <p key={hint}>{hint}</p>
            ))}
          </div>
        </div>
      ) : (
        needed.length > 0 && (
          <p className={classes.needed}>Takes {needed.map(({ name }) => name).join(", ")}.</p>
        )
      )}
    </div>
  );
}
