import { Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconPlus, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { OpenShift, OpenShiftBatch, OpenShiftEligibility, ShiftRequest } from "@/api/types";
import { dayOf, type Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showFailure, showUndo } from "@/ui/toasts";
import { grouped, type OpenGroup, reverseOfOpen } from "./open-shift-groups";
import { useAsk, useDecide } from "./request-actions";
import { ShiftWords } from "./request-card";
import { Against } from "./request-parts";
import {
  eligibilityQuery,
  liveRequestsQuery,
  openShiftsQuery,
  type Team,
  useLabPlace,
  useTeam,
} from "./request-queries";
import { whyNotYou } from "./request-wording";
import classes from "./requests.module.css";
import { instantOf, secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";

const OpenShiftForm = lazy(async () => ({
  default: (await import("./open-shift-form")).OpenShiftForm,
}));

/** Shifts that nobody has yet: members claim them, managers keep them. */
export function OpenShiftsPage({
  links,
}: {
  links: { readonly requests: (words: ReactNode) => ReactNode };
}) {
  usePageTitle("Open shifts");
  const { role } = useMe();
  const mayChange = role !== "member";
  const place = useLabPlace();
  const { team } = useTeam();
  const [from] = useState(() => instantOf(Math.floor(serverClock.now() / 60_000) * 60));
  const shifts = useQuery(openShiftsQuery(from));
  const requests = useQuery(liveRequestsQuery);
  const eligibility = useQuery({ ...eligibilityQuery(from), enabled: team?.own != null });
  const groups = useMemo(() => grouped(shifts.data ?? []), [shifts.data]);
  const claims = (requests.data ?? []).filter((one) => one.kind === "claim");
  const [form, setForm] = useState<{ group: OpenGroup | null } | null>(null);
  const { write, save } = useOpenShiftWrites(shifts.data ?? []);

  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1}>Open shifts</Title>
        {mayChange && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setForm({ group: null })}
          >
            Add open shift
          </Button>
        )}
      </Group>
      {shifts.isPending || !team ? (
        <Skeleton height={260} radius="lg" role="status" aria-label="Loading open shifts" />
      ) : shifts.data === undefined ? (
        <LoadFailure
          what="The open shifts"
          error={shifts.error}
          retry={() => void shifts.refetch()}
          retrying={shifts.isFetching}
        />
      ) : groups.length === 0 ? (
        <EmptyState
          icon={<IconUserPlus size={26} stroke={1.6} aria-hidden />}
          title="No open shifts"
        >
          {mayChange
            ? "An open shift is one that nobody has yet. Add one, and whoever can have it may claim it."
            : "Shifts that nobody has yet show here, for you to claim."}
        </EmptyState>
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed" role="status">
              {counted(shifts.data.length, "open shift")}
            </Text>
            <Text size="sm" c="dimmed">
              Times in {place.timeZone.replaceAll("_", " ")}
            </Text>
          </Group>
          <ul className={classes.list}>
            {groups.map((group) => (
              <GroupRow
                key={group.first.id}
                group={group}
                claims={claims.filter((one) => group.all.some(({ id }) => id === one.shift_id))}
                eligibility={eligibility.data?.get(group.first.id)}
                team={team}
                place={place}
                mayChange={mayChange}
                requestsLink={links.requests}
                onEdit={() => setForm({ group })}
                onDelete={() =>
                  write({
                    batch: { delete: group.all.map(({ id }) => id) },
                    said: `${group.all.length === 1 ? "The open shift is" : `${group.all.length} open shifts are`} deleted.`,
                  })
                }
              />
            ))}
          </ul>
        </>
      )}
      {form && (
        <Suspense>
          <OpenShiftForm
            group={form.group}
            claimed={
              new Set(
                claims
                  .map(({ shift_id }) => shift_id)
                  .filter((id) => form.group?.all.some((one) => one.id === id)),
              )
            }
            today={dayOf(serverClock.now(), place.timeZone)}
            place={place}
            onSave={(batch) =>
              save(batch, form.group ? "The open shift is changed." : "The open shift is added.")
            }
            close={() => setForm(null)}
          />
        </Suspense>
      )}
    </Stack>
  );
}

function GroupRow({
  group: { first, all },
  claims,
  eligibility,
  team,
  place,
  mayChange,
  requestsLink,
  onEdit,
  onDelete,
}: {
  group: OpenGroup;
  claims: readonly ShiftRequest[];
  eligibility: OpenShiftEligibility | undefined;
  team: Team;
  place: Place;
  mayChange: boolean;
  requestsLink: (words: ReactNode) => ReactNode;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const own = team.own?.id;
  const mine = claims.find((one) => one.employee_id === own);
  const hasBegun = Date.parse(first.starts_at) <= serverClock.now();
  const span = spokenSpan(
    { from: secondsOf(first.starts_at), to: secondsOf(first.ends_at) },
    place,
  );
  const what = first.position ? `${first.position}, ${span}` : span;
  return (
    <li className={classes.row}>
      <div className={classes.content}>
        <ShiftWords shift={first} place={place} />
        <div className={classes.title}>
          <Badge variant="light">{all.length} needed</Badge>
          {!first.published && (
            <Badge variant="light" color="gray">
              Draft
            </Badge>
          )}
          {mayChange && claims.length > 0 && (
            <Text size="sm" component="span">
              {requestsLink(
                `Claimed by ${claims.map((one) => team.name(one.employee_id)).join(", ")}`,
              )}
            </Text>
          )}
        </div>
        {first.note && <blockquote className={classes.note}>{first.note}</blockquote>}
        {!mine && hasBegun && <Against>It has begun, and is not claimed any more.</Against>}
        {!mine && !hasBegun && eligibility?.eligible === false && (
          <Against>{whyNotYou(eligibility.obstacles)}</Against>
        )}
      </div>
      <div className={classes.rowActions}>
        {mine ? (
          <OwnClaim claim={mine} what={what} team={team} />
        ) : (
          own !== undefined &&
          first.published &&
          !hasBegun &&
          eligibility?.eligible && <Claim shift={freest(all, claims)} what={what} team={team} />
        )}
        {mayChange && (
          <>
            <Button
              size="compact-md"
              variant="default"
              aria-label={`Edit ${what}`}
              onClick={onEdit}
            >
              Edit
            </Button>
            <Button
              size="compact-md"
              variant="default"
              aria-label={`Delete ${what}`}
              onClick={onDelete}
            >
              Delete
            </Button>
          </>
        )}
      </div>
    </li>
  );
}

function Claim({ shift, what, team }: { shift: OpenShift; what: string; team: Team }) {
  const ask = useAsk(team);
  return (
    <Button
      size="compact-md"
      loading={ask.isPending}
      aria-label={`Claim ${what}`}
      onClick={() =>
        ask.mutate(
          {
            body: { kind: "claim", shift_id: shift.id },
            said: "Claimed. A manager decides.",
          },
          { onError: (error) => showFailure("You do not have the shift", error) },
        )
      }
    >
      Claim
    </Button>
  );
}

function OwnClaim({ claim, what, team }: { claim: ShiftRequest; what: string; team: Team }) {
  const { decide, isDeciding } = useDecide(team);
  return (
    <>
      <Badge variant="light" color="gray">
        Claimed, waits for a manager
      </Badge>
      <Button
        size="compact-md"
        variant="default"
        loading={isDeciding}
        aria-label={`Withdraw your claim of ${what}`}
        onClick={() => decide({ request: claim, status: "withdrawn", said: "Withdrawn." })}
      >
        Withdraw
      </Button>
    </>
  );
}

/** Of several of the same, the one that the fewest have claimed. */
function freest(all: readonly OpenShift[], claims: readonly ShiftRequest[]): OpenShift {
  const count = ({ id }: OpenShift) => claims.filter((one) => one.shift_id === id).length;
  return all.reduce((best, one) => (count(one) < count(best) ? one : best));
}

/** Changes that are told with an undo. */
function useOpenShiftWrites(known: readonly OpenShift[]) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: ({ batch }: { batch: OpenShiftBatch; said: string; isUndo?: boolean }) =>
      answer(
        api.POST("/api/v1/open-shifts/batch", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: batch,
        }),
      ),
    onSuccess: (outcome, { batch, said, isUndo }) => {
      announce(said);
      if (!isUndo) {
        const back = reverseOfOpen(batch, outcome, known);
        showUndo(said, () => write({ batch: back, said: "Undone.", isUndo: true }));
      }
    },
    onSettled: () => refresh(queryClient, "open-shifts", "shift-requests"),
  });
  const write = (wanted: { batch: OpenShiftBatch; said: string; isUndo?: boolean }) =>
    change.mutate(wanted, {
      onError: (error) => showFailure("Nothing was changed", error, () => write(wanted)),
    });
  return {
    write,
    /** The same, for a form that shows by itself what was refused. */
    save: (batch: OpenShiftBatch, said: string) => change.mutateAsync({ batch, said }),
  };
}
