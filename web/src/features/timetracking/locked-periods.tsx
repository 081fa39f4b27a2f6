import {
  Alert,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { LockedPeriod } from "@/api/types";
import { addDays, dateAndTime, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { datesOf, useLockPeriod, useUnlockPeriod } from "./timesheet-actions";
import { lockedPeriodsQuery, peopleQuery } from "./timesheet-queries";
import classes from "./timesheets.module.css";

/** What managers locked, and for whom; managers lock and unlock here. */
export function LockedPeriods({ today }: { today: string }) {
  const { role } = useMe();
  const isManager = role !== "member";
  const [showsUnlocked, setShowsUnlocked] = useState(false);
  const [isLocking, setLocking] = useState(false);
  const [unlocking, setUnlocking] = useState<LockedPeriod | null>(null);
  const periods = useInfiniteQuery(lockedPeriodsQuery(showsUnlocked));
  const people = useQuery({ ...peopleQuery, enabled: isManager });
  const items = periods.data?.pages.flatMap((page) => page.items) ?? [];
  const nameOf = (id: string | null | undefined) =>
    people.data?.find((person) => person.id === id)?.name;

  return (
    <Stack gap="md">
      <div className={classes.controls}>
        <Text size="sm" c="dimmed" maw="38rem">
          Hours that start in a locked period can’t be added, changed or deleted, by anybody. The
          days are those of each person’s own time zone.
        </Text>
        <Group className={classes.end ?? ""} gap="md">
          <Switch
            label="Show what was unlocked"
            checked={showsUnlocked}
            onChange={(event) => setShowsUnlocked(event.currentTarget.checked)}
          />
          {isManager && (
            <Button
              leftSection={<IconLock size={16} aria-hidden />}
              onClick={() => setLocking(true)}
            >
              Lock a period
            </Button>
          )}
        </Group>
      </div>
      {periods.isPending ? (
        <Skeleton height={180} radius="lg" role="status" aria-label="Loading locked periods" />
      ) : periods.isError && items.length === 0 ? (
        <LoadFailure
          what="The locked periods"
          error={periods.error}
          retry={() => void periods.refetch()}
          retrying={periods.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconLockOpen size={26} stroke={1.6} aria-hidden />}
          title={showsUnlocked ? "Nothing was unlocked" : "Nothing is locked"}
        >
          {isManager
            ? "Lock a month once it is paid or billed, and its hours stay what they are."
            : "Managers lock periods whose hours were paid or billed. They show here then."}
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((period) => (
            <PeriodRow
              key={period.id}
              period={period}
              nameOf={nameOf}
              unlock={isManager && !period.unlocked_at ? () => setUnlocking(period) : null}
            />
          ))}
        </ul>
      )}
      {periods.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={periods.isFetchingNextPage}
            onClick={() => void periods.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
      <Dialog isOpen={isLocking} onClose={() => setLocking(false)} title="Lock a period">
        <LockForm people={people.data ?? []} today={today} close={() => setLocking(false)} />
      </Dialog>
      <Dialog
        isOpen={unlocking !== null}
        onClose={() => setUnlocking(null)}
        title="Unlock this period?"
      >
        {unlocking && <UnlockForm period={unlocking} close={() => setUnlocking(null)} />}
      </Dialog>
    </Stack>
  );
}

function PeriodRow({
  period,
  nameOf,
  unlock,
}: {
  period: LockedPeriod;
  nameOf: (id: string | null | undefined) => string | undefined;
  unlock: (() => void) | null;
}) {
  const { person } = useMe();
  const place = usePlace();
  const dates = datesOf(period, place.locale);
  const whom =
    period.person_id === null || period.person_id === undefined
      ? "everybody"
      : period.person_id === person.id
        ? "you"
        : (nameOf(period.person_id) ?? "one person");
  const by = (id: string | null | undefined) => (nameOf(id) ? ` by ${nameOf(id)}` : "");
  return (
    <li className={classes.period}>
      <div className={classes.grow}>
        <Text fw={550}>
          {dates}, for {whom}
        </Text>
        {period.reason !== "" && <Text size="sm">{period.reason}</Text>}
        <Text size="sm" c="dimmed">
          Locked{by(period.locked_by)}, {dateAndTime(period.locked_at, place)}
          {period.unlocked_at &&
            `. Unlocked${by(period.unlocked_by)}, ${dateAndTime(period.unlocked_at, place)}: ${period.unlock_reason}`}
        </Text>
      </div>
      {unlock && (
        <Button
          variant="default"
          size="sm"
          leftSection={<IconLockOpen size={16} aria-hidden />}
          aria-label={`Unlock ${dates}`}
          onClick={unlock}
        >
          Unlock
        </Button>
      )}
    </li>
  );
}

function LockForm({
  people,
  today,
  close,
}: {
  people: readonly { id: string; name: string }[];
  today: string;
  close: () => void;
}) {
  // Last month, mostly: it is what was just paid or billed.
  const { year, month } = shiftMonth(yearMonthOf(today), -1);
  const [values, setValues] = useState({
    from: `${year}-${String(month).padStart(2, "0")}-01`,
    last: addDays(`${today.slice(0, 7)}-01`, -1),
    person: "",
    reason: "",
  });
  const lock = useLockPeriod();
  const problem = lock.error instanceof Problem ? lock.error : null;
  const isBackwards = values.from !== "" && values.last !== "" && values.last < values.from;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isBackwards) {
      return;
    }
    lock.mutate(
      {
        from: values.from,
        to: addDays(values.last, 1),
        person_id: values.person || null,
        reason: values.reason.trim(),
      },
      { onSuccess: close },
    );
  }

  const set = (field: keyof typeof values) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [field]: value }));
  };

  return (
    <form onSubmit={submit} aria-label="Lock a period">
      <Stack>
        <Group grow align="flex-start">
          <TextInput
            type="date"
            label="From"
            required
            withAsterisk={false}
            data-autofocus
            value={values.from}
            error={problem?.field("from")}
            onChange={set("from")}
          />
          <TextInput
            type="date"
            label="Up to and including"
            required
            withAsterisk={false}
            value={values.last}
            error={isBackwards ? "This is before the first day." : problem?.field("to")}
            onChange={set("last")}
          />
        </Group>
        <NativeSelect label="For" value={values.person} onChange={set("person")}>
          <option value="">Everybody</option>
          {people.map((person) => (
            <option key={person.id} value={person.id}>
              {person.name}
            </option>
          ))}
        </NativeSelect>
        <TextInput
          label="Reason"
          description="Whom it concerns can read it."
          maxLength={500}
          value={values.reason}
          error={problem?.field("reason")}
          onChange={set("reason")}
        />
        {lock.error && (problem?.fields.length ?? 0) === 0 && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(lock.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={lock.isPending}>
            Lock
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function UnlockForm({ period, close }: { period: LockedPeriod; close: () => void }) {
  const { locale } = usePlace();
  const [reason, setReason] = useState("");
  const unlock = useUnlockPeriod();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (reason.trim() !== "") {
      unlock.mutate({ period, reason: reason.trim() }, { onSuccess: close });
    }
  }

  return (
    <form onSubmit={submit} aria-label="Unlock the period">
      <Stack>
        <Text size="sm">
          Hours of {datesOf(period, locale)} can be changed again, except in weeks that were
          submitted.
        </Text>
        <TextInput
          label="Why"
          description="It is kept with who unlocked the period."
          required
          withAsterisk={false}
          data-autofocus
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {unlock.error && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(unlock.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={unlock.isPending}>
            Unlock
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
