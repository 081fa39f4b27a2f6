import { Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCalendarPlus, IconCalendarUser, IconUserQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useMe } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Shift, ShiftRequest } from "@/api/types";
import { addDays, dayOf, type Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { zonedDay } from "@/lib/zoned-day";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { ShiftWords, type Target } from "./request-card";
import { EndedRequests, IncomingRequest, OwnRequest } from "./request-parts";
import {
  liveRequestsQuery,
  ownShiftsQuery,
  type Team,
  useLabPlace,
  useTeam,
} from "./request-queries";
import { stateOf } from "./request-wording";
import classes from "./requests.module.css";
import { daysOf } from "./roster-choice";
import { hoursText, instantOf, secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";

const OfferDialog = lazy(async () => ({ default: (await import("./offer-dialog")).OfferDialog }));
const SwapDialog = lazy(async () => ({ default: (await import("./swap-dialog")).SwapDialog }));
const SubscribeDialog = lazy(async () => ({
  default: (await import("./subscribe-dialog")).SubscribeDialog,
}));

/** How many shifts are shown at first. */
const firstShifts = 20;

export interface MyShiftsLinks {
  readonly openShifts: (words: ReactNode) => ReactNode;
  readonly feeds: (words: ReactNode) => ReactNode;
}

/** One's own shifts to come, and what is asked about them by oneself and of oneself. */
export function MyShiftsPage({ target, links }: { target: Target | null; links: MyShiftsLinks }) {
  usePageTitle("My shifts");
  const { role } = useMe();
  const { team, employees } = useTeam();
  const place = useLabPlace();
  const [isSubscribing, setSubscribing] = useState(false);

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center">
        <Title order={1}>My shifts</Title>
        {team?.own && (
          <Button
            variant="default"
            leftSection={<IconCalendarPlus size={16} aria-hidden />}
            onClick={() => setSubscribing(true)}
          >
            In your calendar
          </Button>
        )}
      </Group>
      {employees.isError && !team ? (
        <LoadFailure
          what="Your shifts"
          error={employees.error}
          retry={() => void employees.refetch()}
          retrying={employees.isFetching}
        />
      ) : !team ? (
        <Skeleton height={320} radius="lg" role="status" aria-label="Loading your shifts" />
      ) : team.own === null ? (
        <EmptyState
          icon={<IconUserQuestion size={26} stroke={1.6} aria-hidden />}
          title="You are not on the roster"
        >
          {role === "member"
            ? "A manager links an employee to your account, and their shifts are yours."
            : "Link an employee to your account on the page of employees, and their shifts are yours."}
        </EmptyState>
      ) : (
        <OwnShifts own={team.own.id} team={team} place={place} target={target} links={links} />
      )}
      {isSubscribing && (
        <Suspense>
          <SubscribeDialog settingsLink={links.feeds} close={() => setSubscribing(false)} />
        </Suspense>
      )}
    </Stack>
  );
}

function OwnShifts({
  own,
  team,
  place,
  target,
  links,
}: {
  own: string;
  team: Team;
  place: Place;
  target: Target | null;
  links: MyShiftsLinks;
}) {
  const { person } = useMe();
  const now = serverClock.now();
  const today = dayOf(now, place.timeZone);
  const week = useMemo(() => {
    const [first = today] = daysOf("week", today, person.week_start);
    const startOf = (date: string) => zonedDay(date, place.timeZone).from;
    return [first, addDays(first, 7), addDays(first, 14)].map(startOf);
  }, [today, person.week_start, place.timeZone]);
  const [thisWeek = 0, nextWeek = 0, later = 0] = week;
  const shifts = useQuery(ownShiftsQuery(own, instantOf(thisWeek)));
  const requests = useQuery(liveRequestsQuery);
  const [dialog, setDialog] = useState<{ kind: "offer" | "swap"; shift: Shift } | null>(null);
  const [showsAll, setShowsAll] = useState(false);

  const published = (shifts.data ?? []).filter((shift) => shift.published);
  const ahead = published.filter((shift) => Date.parse(shift.ends_at) > now);
  const shown = showsAll ? ahead : ahead.slice(0, firstShifts);
  const live = requests.data ?? [];
  const incoming = live.filter(
    (one) =>
      one.status === "open" &&
      one.employee_id !== own &&
      (one.other_employee_id === own || (one.kind === "offer" && !one.other_employee_id)),
  );
  const waiting = live.filter(
    (one) =>
      one.employee_id === own || (one.status === "accepted" && one.other_employee_id === own),
  );
  const isThere = live.some((one) => one.id === target?.id);
  const failed = [shifts, requests].find(({ isError, data }) => isError && data === undefined);

  if (failed) {
    return (
      <LoadFailure
        what="Your shifts"
        error={failed.error}
        retry={() => {
          void shifts.refetch();
          void requests.refetch();
        }}
        retrying={shifts.isFetching || requests.isFetching}
      />
    );
  }
  if (!shifts.data || !requests.data) {
    return <Skeleton height={320} radius="lg" role="status" aria-label="Loading your shifts" />;
  }
  return (
    <>
      <dl className={classes.sums}>
        <Sum label="This week" shifts={startingIn(published, thisWeek, nextWeek)} />
        <Sum label="Next week" shifts={startingIn(published, nextWeek, later)} />
        <Sum label="All to come" shifts={ahead} />
      </dl>
      {incoming.length > 0 && (
        <section aria-label="Asked of you">
          <Title order={2} size="h3" className={classes.section ?? ""}>
            Asked of you
          </Title>
          <ul className={classes.list}>
            {incoming.map((request) => (
              <IncomingRequest
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
      {waiting.length > 0 && (
        <section aria-label="Waiting">
          <Title order={2} size="h3" className={classes.section ?? ""}>
            Waiting
          </Title>
          <ul className={classes.list}>
            {waiting.map((request) => (
              <OwnRequest
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
      <section aria-label="To come">
        <Group justify="space-between" className={classes.section ?? ""} gap="xs">
          <Title order={2} size="h3">
            To come
          </Title>
          <Text size="sm" c="dimmed">
            Times in {place.timeZone.replaceAll("_", " ")}
          </Text>
        </Group>
        {ahead.length === 0 ? (
          <EmptyState
            icon={<IconCalendarUser size={26} stroke={1.6} aria-hidden />}
            title="No shifts to come"
            action={links.openShifts("See open shifts")}
          >
            What is planned and published for you shows here.
          </EmptyState>
        ) : (
          <ul className={classes.list}>
            {shown.map((shift) => (
              <ShiftRow
                key={shift.id}
                shift={shift}
                now={now}
                requests={live}
                team={team}
                place={place}
                onOffer={() => setDialog({ kind: "offer", shift })}
                onSwap={() => setDialog({ kind: "swap", shift })}
              />
            ))}
          </ul>
        )}
        {shown.length < ahead.length && (
          <Group justify="center" mt="sm">
            <Button variant="default" onClick={() => setShowsAll(true)}>
              Show all {ahead.length} shifts
            </Button>
          </Group>
        )}
      </section>
      <EndedRequests employeeId={own} team={team} place={place} target={isThere ? null : target} />
      <Suspense>
        {dialog?.kind === "offer" && (
          <OfferDialog
            shift={dialog.shift}
            team={team}
            place={place}
            close={() => setDialog(null)}
          />
        )}
        {dialog?.kind === "swap" && (
          <SwapDialog
            shift={dialog.shift}
            team={team}
            place={place}
            close={() => setDialog(null)}
          />
        )}
      </Suspense>
    </>
  );
}

function ShiftRow({
  shift,
  now,
  requests,
  team,
  place,
  onOffer,
  onSwap,
}: {
  shift: Shift;
  now: number;
  requests: readonly ShiftRequest[];
  team: Team;
  place: Place;
  onOffer: () => void;
  onSwap: () => void;
}) {
  const own = team.own?.id ?? null;
  const about = requests.filter(
    (one) => one.employee_id === own && one.kind !== "claim" && one.shift_id === shift.id,
  );
  const isOffered = about.some((one) => one.kind === "offer");
  const hasBegun = Date.parse(shift.starts_at) <= now;
  const span = spokenSpan(
    { from: secondsOf(shift.starts_at), to: secondsOf(shift.ends_at) },
    place,
  );
  return (
    <li className={classes.row}>
      <div className={classes.content}>
        <ShiftWords shift={shift} place={place} />
        {shift.note && <blockquote className={classes.note}>{shift.note}</blockquote>}
      </div>
      {hasBegun && <Badge variant="light">Now</Badge>}
      {about.map((one) => (
        <Badge key={one.id} variant="light" color="gray">
          {one.kind === "offer" ? "Offered" : "Swap asked"}:{" "}
          {inSentence(stateOf(one, own, team.name))}
        </Badge>
      ))}
      {!hasBegun && (
        <div className={classes.rowActions}>
          {!isOffered && (
            <Button
              size="compact-md"
              variant="default"
              aria-label={`Offer ${span}`}
              onClick={onOffer}
            >
              Offer
            </Button>
          )}
          <Button size="compact-md" variant="default" aria-label={`Swap ${span}`} onClick={onSwap}>
            Swap
          </Button>
        </div>
      )}
    </li>
  );
}

/** `waits for Ben`. */
const inSentence = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function startingIn(shifts: readonly Shift[], from: number, to: number): Shift[] {
  return shifts.filter((shift) => {
    const start = secondsOf(shift.starts_at);
    return start >= from && start < to;
  });
}

/** Planned hours, without breaks. */
function Sum({ label, shifts }: { label: string; shifts: readonly Shift[] }) {
  const seconds = shifts.reduce(
    (sum, one) => sum + secondsOf(one.ends_at) - secondsOf(one.starts_at) - one.break_minutes * 60,
    0,
  );
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {hoursText(seconds)} <span>h in {counted(shifts.length, "shift")}</span>
      </dd>
    </div>
  );
}
