import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Textarea,
  Title,
} from "@mantine/core";
import { IconCalendarCheck, IconChecks } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { Timesheet } from "@/api/types";
import { addDays } from "@/lib/calendar";
import { clockDuration } from "@/lib/duration";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { LockedPeriods } from "./locked-periods";
import type { LinkParts } from "./overview-page";
import type { HoursFilter } from "./queries";
import {
  datesOf,
  useApprove,
  useReopen,
  useReturn,
  useSubmitWeek,
  useWithdrawWeek,
} from "./timesheet-actions";
import { mostWeeks, peopleQuery, weeksQuery } from "./timesheet-queries";
import { TimesheetWeek } from "./timesheet-week";
import classes from "./timesheets.module.css";
import { useToday } from "./use-today";

/** What the address of the page says. */
export interface TimesheetsChoice {
  readonly view?: "everybody" | "locked";
  readonly show?: "missing" | "approved" | "returned";
}

type View = "mine" | NonNullable<TimesheetsChoice["view"]>;
type LinkToSessions = (filter: HoursFilter, parts: LinkParts) => ReactNode;

/** One's own weeks to submit, for managers everybody's to approve, and what is locked. */
export function TimesheetsPage({
  choice,
  onChoose,
  linkToSessions,
}: {
  choice: TimesheetsChoice;
  onChoose: (choice: TimesheetsChoice) => void;
  linkToSessions: LinkToSessions;
}) {
  usePageTitle("Timesheets");
  const { role } = useMe();
  const { timeZone } = usePlace();
  const today = useToday(timeZone);
  const isManager = role !== "member";
  const view: View = choice.view === "everybody" && !isManager ? "mine" : (choice.view ?? "mine");

  return (
    <Stack gap="lg">
      <Title order={1}>Timesheets</Title>
      <div className={classes.controls}>
        <SegmentedControl
          aria-label="What to show"
          data={[
            { value: "mine", label: "My weeks" },
            ...(isManager ? [{ value: "everybody", label: "Everybody’s" }] : []),
            { value: "locked", label: "Locked periods" },
          ]}
          value={view}
          onChange={(value) =>
            onChoose(value === "everybody" || value === "locked" ? { view: value } : {})
          }
        />
        {view === "everybody" && (
          <NativeSelect
            aria-label="Which weeks"
            value={choice.show ?? "submitted"}
            onChange={(event) => {
              const show = event.currentTarget.value as TimesheetsChoice["show"] | "submitted";
              onChoose({
                view: "everybody",
                ...(show === "submitted" || show === undefined ? {} : { show }),
              });
            }}
          >
            <option value="submitted">To approve</option>
            <option value="missing">Missing</option>
            <option value="approved">Approved</option>
            <option value="returned">Returned</option>
          </NativeSelect>
        )}
      </div>
      {view === "mine" && <MyWeeks today={today} linkToSessions={linkToSessions} />}
      {view === "everybody" && (
        <EverybodysWeeks key={choice.show} today={today} show={choice.show ?? "submitted"} />
      )}
      {view === "locked" && <LockedPeriods today={today} />}
    </Stack>
  );
}

function MyWeeks({ today, linkToSessions }: { today: string; linkToSessions: LinkToSessions }) {
  const { person } = useMe();
  const { locale } = usePlace();
  const [weeksShown, setWeeksShown] = useState(12);
  const weeks = useInfiniteQuery(
    weeksQuery({
      personId: person.id,
      from: addDays(today, -7 * weeksShown),
      to: addDays(today, 1),
    }),
  );
  const [submitting, setSubmitting] = useState<Timesheet | null>(null);
  const withdraw = useWithdrawWeek();
  const items = weeks.data?.pages.flatMap((page) => page.items) ?? [];
  const missing = items.filter((sheet) => sheet.missing).length;

  return (
    <Stack gap="md">
      {missing > 0 && (
        <Text size="sm">
          {missing === 1
            ? "One week is over and was not submitted yet."
            : `${missing} weeks are over and were not submitted yet.`}
        </Text>
      )}
      <WeekList
        weeks={weeks}
        items={items}
        empty={
          <EmptyState
            icon={<IconCalendarCheck size={26} stroke={1.6} aria-hidden />}
            title="No hours to submit"
          >
            Weeks in which you track hours show here. Submit one when it is as it should be: its
            hours are locked then, and a manager approves it.
          </EmptyState>
        }
      >
        {items.map((sheet) => (
          <TimesheetWeek
            key={sheet.from}
            sheet={sheet}
            showsPerson={false}
            buttons={
              sheet.status === "submitted" ? (
                <Button
                  variant="default"
                  size="sm"
                  aria-label={`Withdraw ${datesOf(sheet, locale)}`}
                  loading={withdraw.isPending && withdraw.variables.sheet.id === sheet.id}
                  onClick={() => withdraw.mutate({ sheet })}
                >
                  Withdraw
                </Button>
              ) : sheet.status === "approved" ? null : (
                <>
                  {linkToSessions(
                    { from: sheet.from, to: sheet.to },
                    {
                      className: classes.link ?? "",
                      title: `Sessions of ${datesOf(sheet, locale)}`,
                      children: "Sessions",
                    },
                  )}
                  <Button
                    size="sm"
                    aria-label={`Submit ${datesOf(sheet, locale)}`}
                    onClick={() => setSubmitting(sheet)}
                  >
                    Submit
                  </Button>
                </>
              )
            }
          />
        ))}
      </WeekList>
      {weeksShown < mostWeeks && weeks.data && (
        <Group justify="center">
          <Button
            variant="default"
            onClick={() => setWeeksShown(Math.min(mostWeeks, weeksShown + 20))}
          >
            Earlier weeks
          </Button>
        </Group>
      )}
      <Dialog
        isOpen={submitting !== null}
        onClose={() => setSubmitting(null)}
        title="Submit this week?"
      >
        {submitting && <SubmitForm sheet={submitting} close={() => setSubmitting(null)} />}
      </Dialog>
    </Stack>
  );
}

function EverybodysWeeks({
  today,
  show,
}: {
  today: string;
  show: "submitted" | NonNullable<TimesheetsChoice["show"]>;
}) {
  const { person } = useMe();
  const { locale } = usePlace();
  const weeks = useInfiniteQuery(
    weeksQuery({
      personId: null,
      from: addDays(today, -7 * mostWeeks),
      to: addDays(today, 1),
      ...(show === "missing" ? { missing: true as const } : { status: show }),
    }),
  );
  const approve = useApprove();
  const reopen = useReopen();
  const [returning, setReturning] = useState<Timesheet | null>(null);
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const items = weeks.data?.pages.flatMap((page) => page.items) ?? [];
  // Nobody decides about their own week, unless nobody else could.
  const people = useQuery(peopleQuery);
  const isAlone =
    people.data?.every(
      ({ id, role, active }) => id === person.id || role === "member" || !active,
    ) ?? false;
  const mayDecide = (sheet: Timesheet) => isAlone || sheet.person_id !== person.id;
  const choosable = items.filter(mayDecide);
  const chosen = choosable.filter(({ id }) => id && chosenIds.has(id));
  const total = items.reduce((seconds, sheet) => seconds + sheet.duration_seconds, 0);

  function choose(sheets: readonly Timesheet[], isChosen: boolean) {
    const next = new Set(chosenIds);
    for (const { id } of sheets) {
      if (id && isChosen) {
        next.add(id);
      } else if (id) {
        next.delete(id);
      }
    }
    setChosenIds(next);
  }

  return (
    <Stack gap="md">
      {items.length > 0 && (
        <div className={classes.controls}>
          {show === "submitted" && choosable.length > 0 && (
            <Checkbox
              label="All"
              aria-label="Choose all weeks"
              checked={chosen.length === choosable.length}
              indeterminate={chosen.length > 0 && chosen.length < choosable.length}
              onChange={(event) => choose(choosable, event.currentTarget.checked)}
            />
          )}
          <Text size="sm" c="dimmed">
            {items.length === 1 ? "1 week" : `${items.length} weeks`}
            {weeks.hasNextPage ? " loaded" : ""}, {clockDuration(total)} together
          </Text>
          {show === "submitted" && chosen.length > 0 && (
            <Button
              className={classes.end ?? ""}
              leftSection={<IconChecks size={16} aria-hidden />}
              loading={approve.isPending && approve.variables.length > 1}
              onClick={() => approve.mutate(chosen)}
            >
              {chosen.length === 1 ? "Approve 1 week" : `Approve ${chosen.length} weeks`}
            </Button>
          )}
        </div>
      )}
      <WeekList weeks={weeks} items={items} empty={<NoWeeks show={show} />}>
        {items.map((sheet) => {
          const title = `${sheet.person_name}, ${datesOf(sheet, locale)}`;
          return (
            <TimesheetWeek
              key={`${sheet.person_id} ${sheet.from}`}
              sheet={sheet}
              showsPerson
              chosen={
                show === "submitted" && mayDecide(sheet)
                  ? chosen.some(({ id }) => id === sheet.id)
                  : undefined
              }
              onChoose={(isChosen) => choose([sheet], isChosen)}
              buttons={
                !mayDecide(sheet) ? (
                  <Text size="sm" c="dimmed">
                    Your own: somebody else decides
                  </Text>
                ) : (
                  (show === "submitted" || show === "approved") && (
                    <>
                      <Button
                        variant="default"
                        size="sm"
                        aria-label={`Return ${title}`}
                        onClick={() => setReturning(sheet)}
                      >
                        Return
                      </Button>
                      {show === "submitted" ? (
                        <Button
                          size="sm"
                          aria-label={`Approve ${title}`}
                          loading={
                            approve.isPending &&
                            approve.variables.length === 1 &&
                            approve.variables[0]?.id === sheet.id
                          }
                          onClick={() => approve.mutate([sheet])}
                        >
                          Approve
                        </Button>
                      ) : (
                        <Button
                          variant="default"
                          size="sm"
                          aria-label={`Take back the approval of ${title}`}
                          onClick={() => reopen.mutate([sheet])}
                        >
                          Take back
                        </Button>
                      )}
                    </>
                  )
                )
              }
            />
          );
        })}
      </WeekList>
      <Dialog
        isOpen={returning !== null}
        onClose={() => setReturning(null)}
        title="Return this week?"
      >
        {returning && <ReturnForm sheet={returning} close={() => setReturning(null)} />}
      </Dialog>
    </Stack>
  );
}

function NoWeeks({ show }: { show: "submitted" | NonNullable<TimesheetsChoice["show"]> }) {
  const titles = {
    submitted: "Nothing to approve",
    missing: "No week is missing",
    approved: "Nothing approved yet",
    returned: "Nothing is returned",
  };
  const texts = {
    submitted: "Weeks that people submit wait here for you, or for another manager.",
    missing: "Weeks that are over, have hours and were not submitted would stand here.",
    approved: "Weeks of the last year that were approved show here.",
    returned: "Weeks that are to be mended and submitted again show here.",
  };
  return (
    <EmptyState icon={<IconChecks size={26} stroke={1.6} aria-hidden />} title={titles[show]}>
      {texts[show]}
    </EmptyState>
  );
}

function WeekList({
  weeks,
  items,
  empty,
  children,
}: {
  weeks: {
    isPending: boolean;
    isError: boolean;
    error: Error | null;
    isFetching: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    refetch: () => unknown;
    fetchNextPage: () => unknown;
  };
  items: readonly Timesheet[];
  empty: ReactNode;
  children: ReactNode;
}) {
  if (weeks.isPending) {
    return (
      <Stack gap="xs" role="status" aria-label="Loading the weeks">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} height={116} radius="lg" />
        ))}
      </Stack>
    );
  }
  if (weeks.isError && items.length === 0) {
    return (
      <LoadFailure
        what="The weeks"
        error={weeks.error}
        retry={() => void weeks.refetch()}
        retrying={weeks.isFetching}
      />
    );
  }
  if (items.length === 0) {
    return empty;
  }
  return (
    <>
      <ul className={classes.list}>{children}</ul>
      {weeks.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={weeks.isFetchingNextPage}
            onClick={() => void weeks.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
    </>
  );
}

function SubmitForm({ sheet, close }: { sheet: Timesheet; close: () => void }) {
  const { locale } = usePlace();
  const [note, setNote] = useState(sheet.note);
  const submit = useSubmitWeek();
  return (
    <WeekForm
      label="Submit this week"
      text={`${datesOf(sheet, locale)}, ${clockDuration(sheet.duration_seconds)}. Its hours are locked from then on. You can withdraw the week until it is approved.`}
      field="Note"
      value={note}
      onChange={setNote}
      isRequired={false}
      submitLabel="Submit"
      isBusy={submit.isPending}
      error={submit.error}
      close={close}
      onSubmit={() => submit.mutate({ sheet, note: note.trim() }, { onSuccess: close })}
    />
  );
}

function ReturnForm({ sheet, close }: { sheet: Timesheet; close: () => void }) {
  const { locale } = usePlace();
  const [comment, setComment] = useState("");
  const giveBack = useReturn();
  return (
    <WeekForm
      label="Return this week"
      text={`${sheet.person_name}, ${datesOf(sheet, locale)}. Its hours can be changed again, and the week be submitted once more.`}
      field="What is to be mended"
      value={comment}
      onChange={setComment}
      isRequired
      submitLabel="Return"
      isBusy={giveBack.isPending}
      error={giveBack.error}
      close={close}
      onSubmit={() => giveBack.mutate({ sheet, comment: comment.trim() }, { onSuccess: close })}
    />
  );
}

function WeekForm({
  label,
  text,
  field,
  value,
  onChange,
  isRequired,
  submitLabel,
  isBusy,
  error,
  close,
  onSubmit,
}: {
  label: string;
  text: string;
  field: string;
  value: string;
  onChange: (value: string) => void;
  isRequired: boolean;
  submitLabel: string;
  isBusy: boolean;
  error: Error | null;
  close: () => void;
  onSubmit: () => void;
}) {
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isRequired || value.trim() !== "") {
      onSubmit();
    }
  }
  return (
    <form onSubmit={submit} aria-label={label}>
      <Stack>
        <Text size="sm">{text}</Text>
        <Textarea
          label={field}
          data-autofocus
          autosize
          minRows={2}
          maxRows={8}
          maxLength={5000}
          required={isRequired}
          withAsterisk={false}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        {error && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
