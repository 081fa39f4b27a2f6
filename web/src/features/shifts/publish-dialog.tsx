import { Alert, Badge, Button, Checkbox, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Employee, PublishedShifts, Shift } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { Dialog } from "@/ui/dialog";
import { LoadFailure } from "@/ui/notices";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import classes from "./publish.module.css";
import {
  changesByPerson,
  goingTogether,
  otherDifferences,
  type PersonChanges,
  reverseOfPublishing,
  type Telling,
} from "./publish-changes";
import { nameOf } from "./queries";
import { instantOf, type Span, secondsOf } from "./roster-model";
import { sendDespiteRules } from "./send-despite-rules";
import { spokenSpan } from "./shift-chip";

/** Up to so many changes are unfolded from the beginning. */
const mostUnfolded = 40;

const tellings: Record<Telling, string> = {
  told: "is told",
  "no account": "has no account",
  yourself: "that’s you",
  over: "not told, it is over",
};

/** What is to be published: the drafts of some days or, where they are named, of these shifts. */
export interface ToPublish {
  /** In seconds; for days, from the beginning of the first to the end of the last. */
  readonly span: Span;
  readonly title: string;
  readonly shiftIds?: readonly string[];
}

/** The drafts of some days before they go out: what changes for whom, and who is told. */
export function PublishDialog({
  what: { span, title, shiftIds },
  employees,
  place,
  close,
}: {
  what: ToPublish;
  employees: readonly Employee[];
  place: Place;
  close: () => void;
}) {
  const { person } = useMe();
  const [keptBack, setKeptBack] = useState<ReadonlySet<string>>(new Set());
  const [key] = useState(newIdempotencyKey);
  const [now] = useState(() => serverClock.now());
  const wanted = {
    from: instantOf(span.from),
    to: instantOf(span.to),
    ...(shiftIds ? { shift_ids: [...shiftIds] } : {}),
  };
  const preview = useQuery({
    // It changes with every shift.
    queryKey: ["shifts", "publishing", wanted],
    gcTime: 0,
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/shifts/publish", { signal, body: { ...wanted, dry_run: true } })),
  });
  const publish = usePublish();

  const found = preview.data;
  const people = found ? changesByPerson(found, employees, { me: person.id, now }) : [];
  const employeeOf = new Map(employees.map((one) => [one.id, one]));
  const going = people.filter(({ employeeId }) => !keptBack.has(employeeId));
  const total = sum(people.map(numberOf));
  const told = going.filter(({ telling }) => telling === "told").length;
  const noAccount = going.filter(({ telling }) => telling === "no account").length;
  const kept = total - sum(going.map(numberOf));

  function keep(employeeId: string, isKept: boolean) {
    if (found) {
      const next = new Set(keptBack);
      for (const id of goingTogether(employeeId, found)) {
        if (isKept) {
          next.add(id);
        } else {
          next.delete(id);
        }
      }
      setKeptBack(next);
    }
  }

  return (
    <Dialog isOpen title={`Publish, ${title}`} onClose={close} isSticky size="lg">
      {preview.isPending ? (
        <Skeleton height={180} radius="md" role="status" aria-label="Loading what would change" />
      ) : found === undefined ? (
        <LoadFailure
          what="What would change"
          error={preview.error}
          retry={() => void preview.refetch()}
          retrying={preview.isFetching}
        />
      ) : total === 0 ? (
        <Stack>
          <Text size="sm">
            There are no drafts {shiftIds ? "among these shifts" : "in these days"}: what is there
            is what members see.
          </Text>
          <Group justify="flex-end">
            <Button data-autofocus onClick={close}>
              Close
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="sm">
          <Text size="sm" role="status">
            {summary(found)}, for {counted(people.length, "person").replace("persons", "people")}.
            Who is unticked is kept back: members go on seeing what was published for them.
          </Text>
          <ul className={classes.people}>
            {people.map((one) => {
              const employee = employeeOf.get(one.employeeId);
              const name = employee ? nameOf(employee) : "Somebody";
              const together = goingTogether(one.employeeId, found);
              return (
                <li key={one.employeeId} className={classes.person}>
                  <Checkbox
                    size="sm"
                    mt={2}
                    aria-label={`Publish for ${name}`}
                    checked={!keptBack.has(one.employeeId)}
                    onChange={(event) => keep(one.employeeId, !event.currentTarget.checked)}
                  />
                  <details className={classes.changes} open={total <= mostUnfolded}>
                    <summary>
                      <strong>{name}</strong>
                      <span className={classes.counts}>{countsOf(one)}</span>
                      <span className={classes.telling}>
                        {keptBack.has(one.employeeId) ? "kept back" : tellings[one.telling]}
                      </span>
                    </summary>
                    <Lines one={one} place={place} />
                    {together.size > 1 && (
                      <Text size="xs" c="dimmed">
                        Goes out with the changes of{" "}
                        {[...together]
                          .filter((id) => id !== one.employeeId)
                          .map((id) => {
                            const other = employeeOf.get(id);
                            return other ? nameOf(other) : "somebody";
                          })
                          .join(", ")}
                        : a shift is handed over.
                      </Text>
                    )}
                  </details>
                </li>
              );
            })}
          </ul>
          {publish.error !== null && (
            <Alert color="safranin" variant="light" role="alert">
              {(publish.error instanceof Problem && publish.error.fields[0]?.detail) ||
                explain(publish.error)}
            </Alert>
          )}
          <Text size="sm" c="dimmed">
            {told === 0
              ? "Nobody is told"
              : `${counted(told, "person").replace("persons", "people")} ${told === 1 ? "is" : "are"} told`}
            {noAccount > 0 && `; ${noAccount} ${noAccount === 1 ? "has" : "have"} no account here`}
            {kept > 0 && `. ${counted(kept, "change")} ${kept === 1 ? "is" : "are"} kept back`}.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button
              data-autofocus
              disabled={going.length === 0}
              loading={publish.isPending}
              onClick={() =>
                publish.mutate(
                  {
                    key,
                    body: {
                      ...wanted,
                      ...(keptBack.size === 0
                        ? {}
                        : { employee_ids: going.map(({ employeeId }) => employeeId) }),
                    },
                  },
                  { onSuccess: close },
                )
              }
            >
              Publish {counted(sum(going.map(numberOf)), "change")}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

function Lines({ one, place }: { one: PersonChanges; place: Place }) {
  const text = (shift: Shift) =>
    spokenSpan({ from: secondsOf(shift.starts_at), to: secondsOf(shift.ends_at) }, place);
  const named = (shift: Shift) => `${text(shift)}${shift.position ? `, ${shift.position}` : ""}`;
  return (
    <ul className={classes.lines}>
      {one.added.map((shift) => (
        <li key={shift.id}>
          <Badge size="xs" variant="light" component="span">
            New
          </Badge>{" "}
          {named(shift)}
        </li>
      ))}
      {one.changed.map(({ before, after }) => {
        const areTimesOther = text(before) !== text(after);
        const others = otherDifferences(before, after);
        return (
          <li key={after.id}>
            <Badge size="xs" variant="light" color="gray" component="span">
              Changed
            </Badge>{" "}
            {areTimesOther && (
              <>
                <s>{text(before)}</s> →{" "}
              </>
            )}
            {named(after)}
            {others.length > 0 && ` (${others.join(", ")})`}
          </li>
        );
      })}
      {one.cancelled.map((shift) => (
        <li key={shift.id}>
          <Badge size="xs" variant="light" color="safranin" component="span">
            Removed
          </Badge>{" "}
          <s>{named(shift)}</s>
        </li>
      ))}
    </ul>
  );
}

/** Publishes, and offers to take it back; the failure is the dialog's to show. */
function usePublish() {
  const queryClient = useQueryClient();
  const onSettled = () => refresh(queryClient, "shifts");
  const back = useMutation({
    mutationFn: async (outcome: PublishedShifts) => {
      for (const batch of reverseOfPublishing(outcome)) {
        await sendDespiteRules(batch, "Taken back after it was published");
      }
    },
    onSuccess: () => showDone("The drafts are drafts again."),
    onError: (error) => showFailure("It couldn’t be taken back", error),
    onSettled,
  });
  return useMutation({
    mutationFn: ({
      body,
      key,
    }: {
      body: { from: string; to: string; employee_ids?: string[]; shift_ids?: string[] };
      key: string;
    }) => answer(api.POST("/api/v1/shifts/publish", { headers: { "Idempotency-Key": key }, body })),
    onSuccess: (outcome) =>
      showUndo(
        `${counted(outcome.added.length + outcome.changed.length, "shift")} published.`,
        () => back.mutate(outcome),
      ),
    onSettled,
  });
}

function summary({ added, changed, cancelled }: PublishedShifts): string {
  const said = [
    added.length > 0 && `${added.length} new`,
    changed.length > 0 && `${changed.length} changed`,
    cancelled.length > 0 && `${cancelled.length} removed`,
  ].filter(Boolean);
  return said.join(", ");
}

function countsOf({ added, changed, cancelled }: PersonChanges): string {
  return [
    added.length > 0 && `+${added.length}`,
    changed.length > 0 && `${changed.length} changed`,
    cancelled.length > 0 && `−${cancelled.length}`,
  ]
    .filter(Boolean)
    .join(", ");
}

const numberOf = ({ added, changed, cancelled }: PersonChanges) =>
  added.length + changed.length + cancelled.length;

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
