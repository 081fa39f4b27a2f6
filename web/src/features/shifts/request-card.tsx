import { Badge, Text } from "@mantine/core";
import { IconArrowsExchange, IconGift, IconHandGrab } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import type { ShiftRequest } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { shiftQuery, type Team } from "./request-queries";
import { describe, stateDetail, stateOf } from "./request-wording";
import classes from "./requests.module.css";
import { secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";

const icons = { offer: IconGift, swap: IconArrowsExchange, claim: IconHandGrab };

/** Which request the address leads to. */
export interface Target {
  readonly id: string;
  /** The focus went there; it does not follow the request from list to list. */
  wasShown: boolean;
}

/** A request: who wants what of whom, which shifts, where it stands, and what can be done. */
export function RequestCard({
  request,
  team,
  place,
  target,
  children,
}: {
  request: ShiftRequest;
  team: Team;
  place: Place;
  target: Target | null;
  /** What stands against it, and what can be done about it. */
  children?: ReactNode;
}) {
  const own = team.own?.id ?? null;
  const Icon = icons[request.kind];
  const card = useRef<HTMLLIElement>(null);
  const detail = stateDetail(request);
  const isTarget = target?.id === request.id;
  useEffect(() => {
    if (target && isTarget && !target.wasShown) {
      target.wasShown = true;
      card.current?.focus();
      card.current?.scrollIntoView({ block: "center" });
    }
  }, [target, isTarget]);
  return (
    <li
      ref={card}
      id={`request-${request.id}`}
      tabIndex={-1}
      className={classes.card}
      data-target={isTarget}
      data-status={request.status}
    >
      <span className={classes.kind}>
        <Icon size={18} stroke={1.7} aria-hidden />
      </span>
      <div className={classes.content}>
        <div className={classes.title}>
          <strong>{describe(request, own, team.name)}</strong>
          <Badge variant="light" color={colourOf(request)}>
            {stateOf(request, own, team.name)}
          </Badge>
        </div>
        {request.kind === "swap" ? (
          <div className={classes.exchange}>
            <Gives who={request.employee_id} team={team}>
              <ShiftWords shift={request} place={place} />
            </Gives>
            <Gives who={request.other_employee_id} team={team}>
              <OtherShift id={request.other_shift_id ?? ""} place={place} />
            </Gives>
          </div>
        ) : (
          <ShiftWords shift={request} place={place} />
        )}
        {request.note && <blockquote className={classes.note}>{request.note}</blockquote>}
        {request.decision_note && (
          <blockquote className={classes.note}>
            <span>Answer: </span>
            {request.decision_note}
          </blockquote>
        )}
        {detail !== null && (
          <Text size="sm" c="dimmed">
            {detail}
          </Text>
        )}
        {children}
      </div>
    </li>
  );
}

function Gives({
  who,
  team,
  children,
}: {
  who: string | null | undefined;
  team: Team;
  children: ReactNode;
}) {
  return (
    <div className={classes.gives}>
      <span>{who && who === team.own?.id ? "You give" : `${team.name(who)} gives`}</span>
      {children}
    </div>
  );
}

function OtherShift({ id, place }: { id: string; place: Place }) {
  const shift = useQuery(shiftQuery(id));
  return shift.data ? (
    <ShiftWords shift={shift.data} place={place} />
  ) : (
    <span className={classes.when}>{shift.data === null ? "a shift that is gone" : "…"}</span>
  );
}

/** `Tue 12 May 22:00 to Wed 06:00`, what it is and how long. */
export function ShiftWords({
  shift,
  place,
}: {
  shift: {
    readonly starts_at: string;
    readonly ends_at: string;
    readonly position?: string | null | undefined;
  };
  place: Place;
}) {
  const span = { from: secondsOf(shift.starts_at), to: secondsOf(shift.ends_at) };
  return (
    <span className={classes.when}>
      <time dateTime={shift.starts_at}>{spokenSpan(span, place)}</time>
      <span>
        {[shift.position, readableDuration(span.to - span.from)].filter(Boolean).join(" · ")}
      </span>
    </span>
  );
}

function colourOf({ status }: ShiftRequest): string {
  return status === "done" || status === "accepted"
    ? "viridian"
    : status === "overtaken" || status === "refused" || status === "declined"
      ? "safranin"
      : "gray";
}
