import { Badge, Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useMe, usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { LeaveRequest } from "@/api/types";
import { Initials } from "@/ui/initials";
import classes from "./leave.module.css";
import type { useDecideLeave } from "./leave-actions";
import { isWithdrawable, kindLabels, lengthText, spanText, statusLabels } from "./leave-wording";

const looks = {
  requested: { variant: "outline", color: "viridian" },
  approved: { variant: "light", color: "viridian" },
  declined: { variant: "light", color: "safranin" },
  cancelled: { variant: "light", color: "gray" },
} as const;

/** Leave in a list, with what can be done about it. */
export function LeaveRow({
  leave,
  who,
  decide,
  onDecline,
  children,
}: {
  leave: LeaveRequest;
  /** The name of the employee; null where it is one's own list. */
  who: string | null;
  decide: ReturnType<typeof useDecideLeave>;
  /** Asks for the reason; for managers. */
  onDecline: ((leave: LeaveRequest) => void) | null;
  /** What stands against it. */
  children?: ReactNode;
}) {
  const { role } = useMe();
  const place = usePlace();
  const decides = role !== "member";
  const now = serverClock.now();
  const { status } = leave;
  const when = spanText(leave, place);
  const called = `${who ?? "your leave"}, ${when}`;
  const isBusy = decide.isPending && !decide.isPaused && decide.variables.leave.id === leave.id;
  const isOver = Date.parse(leave.ends_at) <= now;
  const set = (to: LeaveRequest["status"]) =>
    decide.mutate({ leave, status: to, who: who ?? "Your leave" });
  const mayWithdraw = decides
    ? status === "requested" || status === "approved"
    : isWithdrawable(leave, now);

  return (
    <li className={classes.row} data-over={isOver} data-leave={leave.id}>
      {who !== null && <Initials name={who} />}
      <div className={classes.what}>
        <h3 className={classes.headline}>
          {who ?? kindLabels[leave.kind]}
          <Badge {...looks[status]}>{statusLabels[status]}</Badge>
        </h3>
        <p className={classes.when}>
          {who !== null && `${kindLabels[leave.kind]}, `}
          <strong>{when}</strong>, {lengthText(leave)}
        </p>
        {leave.note && <p className={classes.words}>{leave.note}</p>}
        {leave.decision_note && (
          <p className={classes.words}>
            {status === "declined" ? "Declined: " : ""}
            {leave.decision_note}
          </p>
        )}
      </div>
      <div className={classes.buttons}>
        {decides && (status === "requested" || status === "declined") && (
          <Button
            size="sm"
            variant={status === "requested" ? "filled" : "default"}
            aria-label={`Approve ${called}`}
            loading={isBusy && decide.variables.status === "approved"}
            onClick={() => set("approved")}
          >
            Approve
          </Button>
        )}
        {onDecline && (status === "requested" || (status === "approved" && !isOver)) && (
          <Button
            size="sm"
            variant="default"
            aria-label={`Decline ${called}`}
            onClick={() => onDecline(leave)}
          >
            Decline
          </Button>
        )}
        {mayWithdraw && (
          <Button
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Withdraw ${called}`}
            loading={isBusy && decide.variables.status === "cancelled"}
            onClick={() => set("cancelled")}
          >
            Withdraw
          </Button>
        )}
      </div>
      {children}
    </li>
  );
}
