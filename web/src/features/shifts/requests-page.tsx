import { Button, Group, Skeleton, Stack, Switch, Text, Title } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import { explain } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { ShiftRequest, ShiftRequestCheck, ShiftRequestSettings } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showFailure, showUndo } from "@/ui/toasts";
import { AnswerDialog } from "./answer-dialog";
import { useDecide } from "./request-actions";
import { RequestCard, type Target } from "./request-card";
import { Against, EndedRequests, Fits } from "./request-parts";
import {
  liveRequestsQuery,
  requestCheckQuery,
  requestSettingsQuery,
  type Team,
  useLabPlace,
  useTeam,
} from "./request-queries";
import { describe, whyNotThey } from "./request-wording";
import classes from "./requests.module.css";

/** What people want to do with their shifts, for managers to have the last word. */
export function RequestsPage({ target }: { target: Target | null }) {
  usePageTitle("Shift requests");
  const { team, employees } = useTeam();
  const place = useLabPlace();
  const requests = useQuery(liveRequestsQuery);
  const accepted = (requests.data ?? []).filter((one) => one.status === "accepted");
  const open = (requests.data ?? []).filter((one) => one.status === "open");
  const isThere = requests.data?.some((one) => one.id === target?.id) ?? true;

  return (
    <Stack gap="lg">
      <Title order={1}>Requests</Title>
      <Approval />
      {(requests.isError && !requests.data) || (employees.isError && !team) ? (
        <LoadFailure
          what="The requests"
          error={requests.error ?? employees.error}
          retry={() => {
            void requests.refetch();
            void employees.refetch();
          }}
          retrying={requests.isFetching}
        />
      ) : !requests.data || !team ? (
        <Skeleton height={260} radius="lg" role="status" aria-label="Loading requests" />
      ) : (
        <>
          <section aria-label="For you to decide">
            <Title order={2} size="h3" className={classes.section ?? ""}>
              For you to decide
            </Title>
            {accepted.length === 0 ? (
              <EmptyState
                icon={<IconChecklist size={26} stroke={1.6} aria-hidden />}
                title="Nothing waits for you"
              >
                Claims, and what two people agreed on, show here until a manager decides.
              </EmptyState>
            ) : (
              <ul className={classes.list}>
                {accepted.map((request) => (
                  <WaitingRequest
                    key={request.id}
                    request={request}
                    team={team}
                    place={place}
                    target={target}
                  />
                ))}
              </ul>
            )}
          </section>
          {open.length > 0 && (
            <section aria-label="With colleagues">
              <Title order={2} size="h3" className={classes.section ?? ""}>
                With colleagues
              </Title>
              <ul className={classes.list}>
                {open.map((request) => (
                  <OpenRequest
                    key={request.id}
                    request={request}
                    team={team}
                    place={place}
                    target={target}
                  />
                ))}
              </ul>
            </section>
          )}
          <EndedRequests
            employeeId={null}
            team={team}
            place={place}
            target={isThere ? null : target}
          />
        </>
      )}
    </Stack>
  );
}

interface RequestProps {
  readonly request: ShiftRequest;
  readonly team: Team;
  readonly place: Place;
  readonly target: Target | null;
}

function WaitingRequest({ request, team, place, target }: RequestProps) {
  const check = useQuery(requestCheckQuery(request.id));
  const { decide, isDeciding } = useDecide(team);
  const [asks, setAsks] = useState<"refuse" | "override" | null>(null);
  const what = describe(request, team.own?.id ?? null, team.name);
  const obstacles = check.data?.employees.flatMap((one) => one.obstacles ?? []) ?? [];
  const takesReason =
    obstacles.length > 0 && obstacles.every((obstacle) => obstacle === "labour_rule");
  const isBlocked = check.data?.eligible === false && !takesReason;
  return (
    <RequestCard request={request} team={team} place={place} target={target}>
      {check.isPending ? (
        <Skeleton height={20} width={240} role="status" aria-label="Checking" />
      ) : check.data ? (
        <Findings check={check.data} team={team} />
      ) : (
        <Against>{explain(check.error)}</Against>
      )}
      <div className={classes.actions}>
        <Button
          size="compact-md"
          disabled={isBlocked}
          loading={isDeciding || check.isPending}
          aria-label={`Approve: ${what}`}
          onClick={() =>
            takesReason
              ? setAsks("override")
              : decide({ request, status: "approved", said: "Approved." })
          }
        >
          {takesReason ? "Approve all the same …" : "Approve"}
        </Button>
        <Refuse request={request} what={what} isOff={isDeciding} onAsk={() => setAsks("refuse")} />
      </div>
      {asks === "refuse" && (
        <RefuseDialog request={request} team={team} close={() => setAsks(null)} />
      )}
      {asks === "override" && (
        <AnswerDialog
          title="Approve against a labour rule"
          explanation="The reason is kept with the shift and in the audit."
          label="Reason"
          isNeeded
          action="Approve"
          onAnswer={(reason) => decide({ request, status: "approved", reason, said: "Approved." })}
          close={() => setAsks(null)}
        />
      )}
    </RequestCard>
  );
}

function OpenRequest({ request, team, place, target }: RequestProps) {
  const [isRefusing, setRefusing] = useState(false);
  const what = describe(request, team.own?.id ?? null, team.name);
  return (
    <RequestCard request={request} team={team} place={place} target={target}>
      <div className={classes.actions}>
        <Refuse request={request} what={what} isOff={false} onAsk={() => setRefusing(true)} />
      </div>
      {isRefusing && (
        <RefuseDialog request={request} team={team} close={() => setRefusing(false)} />
      )}
    </RequestCard>
  );
}

function Refuse({
  what,
  isOff,
  onAsk,
}: {
  request: ShiftRequest;
  what: string;
  isOff: boolean;
  onAsk: () => void;
}) {
  return (
    <Button
      size="compact-md"
      variant="default"
      disabled={isOff}
      aria-label={`Refuse: ${what}`}
      onClick={onAsk}
    >
      Refuse
    </Button>
  );
}

function RefuseDialog({
  request,
  team,
  close,
}: {
  request: ShiftRequest;
  team: Team;
  close: () => void;
}) {
  const { decide } = useDecide(team);
  return (
    <AnswerDialog
      title="Refuse the request"
      explanation="The shifts stay as they are, and those concerned are told."
      label="Why (may stay empty)"
      action="Refuse"
      isDangerous
      onAnswer={(note) => decide({ request, status: "refused", note, said: "Refused." })}
      close={close}
    />
  );
}

/** Who could have theirs as things are now, and why not. */
function Findings({ check, team }: { check: ShiftRequestCheck; team: Team }) {
  return (
    <ul className={classes.checks}>
      {check.employees.map((one) => (
        <li key={one.employee_id}>
          {one.eligible ? (
            <Fits>{team.name(one.employee_id)} can have it.</Fits>
          ) : (
            <Against>
              {team.name(one.employee_id)} {whyNotThey(one.obstacles)}.
            </Against>
          )}
        </li>
      ))}
      {check.violations.map((one) => (
        <li key={`${one.rule_id} ${one.employee_id} ${one.starts_at}`}>
          <Against>
            {one.rule}, {team.name(one.employee_id)}: {one.detail}
          </Against>
        </li>
      ))}
    </ul>
  );
}

/** Whether a manager has the last word; admins set it. */
function Approval() {
  const { role } = useMe();
  const queryClient = useQueryClient();
  const settings = useQuery(requestSettingsQuery);
  const change = useMutation({
    mutationFn: ({ approval }: { approval: ShiftRequestSettings["approval"]; isUndo?: boolean }) =>
      answer(api.PATCH("/api/v1/shift-request-settings", { body: { approval } })),
    onSuccess: ({ approval }, { isUndo }) => {
      if (!isUndo) {
        showUndo(
          approval === "manager"
            ? "Managers have the last word now."
            : "What two agree on is carried out at once now.",
          () =>
            change.mutate({
              approval: approval === "manager" ? "none" : "manager",
              isUndo: true,
            }),
        );
      }
    },
    onError: (error) => showFailure("The setting wasn’t changed", error),
    onSettled: () => refresh(queryClient, "shift-requests"),
  });
  if (!settings.data) {
    return settings.isPending ? <Skeleton height={48} /> : null;
  }
  const { approval } = settings.data.data;
  const text =
    "Otherwise what two people agree on is carried out at once, and a claim as soon as it is made.";
  return role === "owner" || role === "admin" ? (
    <Switch
      label="A manager has the last word"
      description={text}
      checked={(change.isPending ? change.variables.approval : approval) === "manager"}
      onChange={(event) =>
        change.mutate({ approval: event.currentTarget.checked ? "manager" : "none" })
      }
    />
  ) : (
    <Group>
      <Text size="sm" c="dimmed">
        {approval === "manager"
          ? "What two people agree on waits here for a manager, and so do claims."
          : "What two people agree on is carried out at once, and claims too. Admins can change that."}
      </Text>
    </Group>
  );
}
