import type { LabourRuleViolation } from "@/api/types";
import classes from "./roster.module.css";

/** More than this many say no more than the first ones. */
const mostShown = 8;

/** What is against labour rules: whose, which rule, and how it is missed. */
export function ViolationList({
  violations,
  who,
}: {
  violations: readonly LabourRuleViolation[];
  who: (employeeId: string) => string;
}) {
  const more = violations.length - mostShown;
  return (
    <ul className={classes.violations}>
      {violations.slice(0, mostShown).map((one) => (
        <li key={`${one.rule_id} ${one.employee_id} ${one.starts_at}`}>
          <strong>{who(one.employee_id)}</strong>
          <span>
            {one.rule}: {one.detail}
          </span>
        </li>
      ))}
      {more > 0 && <li>And {more} more.</li>}
    </ul>
  );
}
