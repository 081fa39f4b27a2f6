/** Leave on the roster: laid quietly beneath the shifts, and said where there are none. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Employee, LeaveRequest } from "@/api/types";
import type { ZonedDay } from "@/lib/zoned-day";
import { leaveQuery } from "./leave-queries";
import { kindLabels, leaveAlong } from "./leave-wording";
import { nameOf } from "./queries";
import classes from "./roster-leave.module.css";
import { instantOf, secondsOf } from "./roster-model";
import { nextMorning } from "./use-roster-period";

const stands = ({ status }: LeaveRequest) => status === "approved" || status === "requested";

const called = ({ kind, status }: LeaveRequest) =>
  `${kindLabels[kind]}${status === "requested" ? ", waiting" : ""}`;

/** The leave of these days that stands: one's own or, for managers, everybody's. */
const leaveOf = (days: readonly ZonedDay[]) =>
  leaveQuery({ from: instantOf(days[0]?.from ?? 0), to: instantOf(days.at(-1)?.to ?? 0) });

const meets = (leave: LeaveRequest, { from, to }: ZonedDay) =>
  secondsOf(leave.starts_at) < to && secondsOf(leave.ends_at) > from;

/** The leave of a row, as it is drawn, and as it is said of a day. */
export function useLeaveOfRow(
  employeeId: string,
  days: readonly ZonedDay[],
  isAlongHours: boolean,
) {
  const { data = [] } = useQuery({
    ...leaveOf(days),
    select: useCallback(
      (all: LeaveRequest[]) => all.filter((one) => one.employee_id === employeeId && stands(one)),
      [employeeId],
    ),
  });
  return {
    marks: data.map((leave) => {
      const { left, right } = leaveAlong(
        { from: secondsOf(leave.starts_at), to: secondsOf(leave.ends_at) },
        days,
        isAlongHours ? nextMorning : 0,
      );
      return (
        <div
          key={leave.id}
          className={classes.mark}
          data-testid="leave-mark"
          data-status={leave.status}
          aria-hidden
          style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
        >
          <span>{called(leave)}</span>
        </div>
      );
    }),
    /** `, vacation`, to be said after what else there is to say of a day. */
    said: (day: ZonedDay) =>
      data
        .filter((leave) => meets(leave, day))
        .map((leave) => `, ${called(leave).toLowerCase()}`)
        .join(""),
  };
}

/** Who is away on one of these days, where there is no room for a grid. */
export function AwayOnDay({
  day,
  days,
  employeeOf,
}: {
  day: ZonedDay;
  days: readonly ZonedDay[];
  employeeOf: ReadonlyMap<string, Employee>;
}) {
  const { data } = useQuery(leaveOf(days));
  const away = (data ?? [])
    .filter((leave) => stands(leave) && meets(leave, day))
    .flatMap((leave) => {
      const employee = employeeOf.get(leave.employee_id);
      return employee ? [`${nameOf(employee)} (${called(leave).toLowerCase()})`] : [];
    });
  return away.length === 0 ? null : (
    <Text size="sm" c="dimmed" px="md" pt="xs">
      Away: {away.join(", ")}
    </Text>
  );
}

/** What the marks mean. */
export function LeaveLegend() {
  return (
    <span>
      <i className={classes.swatch} /> Leave; dashed while it waits for a decision
    </span>
  );
}
