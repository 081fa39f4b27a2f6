/** What requests have in common on every page that lists them. */
import { Button, Group } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { explain } from "@/api/problem";
import type { ShiftRequest } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { AnswerDialog } from "./answer-dialog";
import { useDecide } from "./request-actions";
import { RequestCard, type Target } from "./request-card";
import { endedRequestsQuery, requestCheckQuery, type Team } from "./request-queries";
import { describe, whyNotYou } from "./request-wording";
import classes from "./requests.module.css";

export function Against({ children }: { children: ReactNode }) {
  return (
    <p className={classes.against}>
      <IconAlertTriangle size={16} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

export function Fits({ children }: { children: ReactNode }) {
  return (
    <p className={classes.fits}>
      <IconCircleCheck size={16} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

/** What somebody can say to what is asked of them: whether they could have it is told before. */
export function IncomingRequest({
  request,
  team,
  place,
  target,
}: {
  request: ShiftRequest;
  team: Team;
  place: Place;
  target: Target | null;
}) {
  const own = team.own?.id ?? null;
  const check = useQuery(requestCheckQuery(request.id));
  const { decide, isDeciding } = useDecide(team);
  const [isDeclining, setDeclining] = useState(false);
  const isForMe = request.other_employee_id === own;
  const isSwap = request.kind === "swap";
  const mine = check.data?.employees.find((one) => one.employee_id === own);
  const others = check.data?.employees.filter((one) => one.employee_id !== own && !one.eligible);
  const what = describe(request, own, team.name);
  return (
    <RequestCard request={request} team={team} place={place} target={target}>
      {mine?.eligible === false && <Against>{whyNotYou(mine.obstacles ?? [])}</Against>}
      {others?.map((one) => (
        <Against key={one.employee_id}>{team.name(one.employee_id)} cannot have yours.</Against>
      ))}
      {check.isError && <Against>{explain(check.error)}</Against>}
      <div className={classes.actions}>
        <Button
          size="compact-md"
          disabled={check.data?.eligible === false}
          loading={isDeciding || check.isPending}
          aria-label={`${isForMe ? "Accept" : "Take it"}: ${what}`}
          onClick={() =>
            decide({ request, status: "accepted", said: "Accepted. A manager decides." })
          }
        >
          {isSwap || isForMe ? "Accept" : "Take it"}
        </Button>
        {isForMe && (
          <Button
            size="compact-md"
            variant="default"
            disabled={isDeciding}
            aria-label={`Decline: ${what}`}
            onClick={() => setDeclining(true)}
          >
            Decline
          </Button>
        )}
      </div>
      {isDeclining && (
        <AnswerDialog
          title={isSwap ? "Decline the swap" : "Decline the shift"}
          explanation={`${team.name(request.employee_id)} is told.`}
          label="Why (may stay empty)"
          action="Decline"
          onAnswer={(note) => decide({ request, status: "declined", note, said: "Declined." })}
          close={() => setDeclining(false)}
        />
      )}
    </RequestCard>
  );
}

/** One's own request that still waits. */
export function OwnRequest({
  request,
  team,
  place,
  target,
}: {
  request: ShiftRequest;
  team: Team;
  place: Place;
  target: Target | null;
}) {
  const { decide, isDeciding } = useDecide(team);
  return (
    <RequestCard request={request} team={team} place={place} target={target}>
      {request.employee_id === team.own?.id && (
        <div className={classes.actions}>
          <Button
            size="compact-md"
            variant="default"
            loading={isDeciding}
            aria-label={`Withdraw: ${describe(request, team.own.id, team.name)}`}
            onClick={() => decide({ request, status: "withdrawn", said: "Withdrawn." })}
          >
            Withdraw
          </Button>
        </div>
      )}
    </RequestCard>
  );
}

/** What came of requests that wait no more, once one asks for them. */
export function EndedRequests({
  employeeId,
  team,
  place,
  target,
}: {
  employeeId: string | null;
  team: Team;
  place: Place;
  /** Which request the address leads to. */
  target: Target | null;
}) {
  const [isOpen, setOpen] = useState(target !== null);
  const ended = useInfiniteQuery({ ...endedRequestsQuery(employeeId), enabled: isOpen });
  useEffect(() => {
    if (target !== null) {
      setOpen(true);
    }
  }, [target]);
  const items = ended.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Earlier requests">
      <Button
        variant="subtle"
        size="compact-sm"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? "Hide earlier requests" : "Show earlier requests"}
      </Button>
      {isOpen && ended.isError && items.length === 0 && <Against>{explain(ended.error)}</Against>}
      {isOpen && ended.data && items.length === 0 && (
        <p className={classes.nothing}>There are none yet.</p>
      )}
      {isOpen && items.length > 0 && (
        <ul className={classes.list}>
          {items.map((request) => (
            <RequestCard
              key={request.id}
              request={request}
              team={team}
              place={place}
              target={target}
            />
          ))}
        </ul>
      )}
      {isOpen && ended.hasNextPage && (
        <Group justify="center" mt="sm">
          <Button
            variant="default"
            loading={ended.isFetchingNextPage}
            onClick={() => void ended.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
    </section>
  );
}
