import { IconAlertTriangle, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { usePlace } from "@/api/me";
import type { Employee, LeaveRequest } from "@/api/types";
import { leaveSettingsQuery } from "./catalogue-queries";
import classes from "./leave.module.css";
import type { useDecideLeave } from "./leave-actions";
import { shiftsDuringQuery } from "./leave-queries";
import { LeaveRow } from "./leave-row";
import { daysOfLeave } from "./leave-wording";
import { PlannedShifts } from "./planned-shifts";
import { nameOf } from "./queries";

const mostNamed = 4;

/** Leave that waits for a decision, with what stands against it and who else is away then. */
export function WaitingLeave({
  leave,
  others,
  employeeOf,
  decide,
  onDecline,
  rosterLink,
}: {
  leave: LeaveRequest;
  /** All leave that is to come. */
  others: readonly LeaveRequest[];
  employeeOf: ReadonlyMap<string, Employee>;
  decide: ReturnType<typeof useDecideLeave>;
  onDecline: (leave: LeaveRequest) => void;
  rosterLink: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
}) {
  const place = usePlace();
  const planned = useQuery(shiftsDuringQuery(leave.employee_id, leave.starts_at, leave.ends_at));
  const settings = useQuery(leaveSettingsQuery);
  const blocks = settings.data?.data.blocks_shifts === true;
  const called = (id: string) => {
    const employee = employeeOf.get(id);
    return employee ? nameOf(employee) : "Somebody";
  };
  const away = [
    ...new Set(
      others
        .filter(
          (other) =>
            other.employee_id !== leave.employee_id &&
            (other.status === "approved" || other.status === "requested") &&
            Date.parse(other.starts_at) < Date.parse(leave.ends_at) &&
            Date.parse(other.ends_at) > Date.parse(leave.starts_at),
        )
        .map(
          (other) =>
            `${called(other.employee_id)}${other.status === "requested" ? " (waiting)" : ""}`,
        ),
    ),
  ];
  const hasShifts = (planned.data?.shifts.length ?? 0) > 0;

  return (
    <LeaveRow leave={leave} who={called(leave.employee_id)} decide={decide} onDecline={onDecline}>
      {(hasShifts || away.length > 0) && (
        <ul className={classes.against}>
          {planned.data && hasShifts && (
            <li data-tone="trouble">
              <IconAlertTriangle size={16} aria-hidden />
              <span>
                <PlannedShifts found={planned.data} place={place} />
                {blocks && " Leave blocks shifts here: take them away first."}{" "}
                {rosterLink(daysOfLeave(leave, place.timeZone).first, {
                  className: classes.link ?? "",
                  children: "Show in the roster",
                })}
              </span>
            </li>
          )}
          {away.length > 0 && (
            <li>
              <IconUsers size={16} aria-hidden />
              <span>
                Also away then: {away.slice(0, mostNamed).join(", ")}
                {away.length > mostNamed && ` and ${away.length - mostNamed} more`}.
              </span>
            </li>
          )}
        </ul>
      )}
    </LeaveRow>
  );
}
