import {
  ActionIcon,
  Button,
  Group,
  Menu,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconCalendarUser,
  IconChevronLeft,
  IconChevronRight,
  IconClipboard,
  IconCopy,
  IconDots,
  IconPlus,
  IconSearch,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Shift, ShiftBatch } from "@/api/types";
import { addDays, dateRange, dayOf, dayTitle, monthTitle, yearMonthOf } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { matches } from "@/lib/search";
import { zonedDay } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showDone } from "@/ui/toasts";
import { employeesQuery, nameOf, shiftsQuery, staffingQuery } from "./queries";
import classes from "./roster.module.css";
import { RosterAgenda } from "./roster-agenda";
import { RosterBar } from "./roster-bar";
import { daysOf, type RosterChoice, type RosterView, rosterViews, stepDate } from "./roster-choice";
import { type Plan, type Refusal, RosterGrid } from "./roster-grid";
import {
  type CopiedShifts,
  type DrawnShift,
  drawn,
  dyesOf,
  hoursText,
  instantOf,
  overlapping,
  pasted,
  type Span,
  secondsByDay,
  secondsOf,
} from "./roster-model";
import { spokenSpan } from "./shift-chip";
import { type OpenShift, ShiftForm } from "./shift-form";
import { slotsOf } from "./shortages";
import { type Conflict, useShiftWrites, useSwapShifts } from "./use-shift-writes";

const StaffingDialog = lazy(async () => ({
  default: (await import("./staffing-dialog")).StaffingDialog,
}));

const viewLabels: Record<RosterView, string> = {
  day: "Day",
  week: "Week",
  "2weeks": "2 weeks",
  month: "Month",
};
/** Beside the days that are shown, what lies so near that it may stand in the way of a change. */
const marginDays = 2;
/** How far a single day is drawn into the next one, so that its nights end where one can see it. */
const nextMorning = 8 * 3600;

/** What was copied is kept while one goes from week to week. */
let clipboard: (CopiedShifts & { readonly isPeriod: boolean }) | null = null;

export interface RosterLinks {
  readonly roster: (
    choice: RosterChoice,
    parts: { className?: string; children: ReactNode },
  ) => ReactNode;
  readonly employees: (parts: { className?: string; children: ReactNode }) => ReactNode;
}

/** Who is on duty when. */
export function RosterPage({
  choice,
  onChoose,
  links,
}: {
  choice: RosterChoice;
  onChoose: (choice: RosterChoice) => void;
  links: RosterLinks;
}) {
  const { person, role } = useMe();
  const mayChange = role !== "member";
  const isNarrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const staffing = useQuery(staffingQuery);
  const plan = staffing.data?.data ?? null;
  const timeZone = plan?.time_zone ?? person.time_zone;
  const place = useMemo(() => ({ locale: person.locale, timeZone }), [person.locale, timeZone]);
  const today = dayOf(serverClock.now(), timeZone);
  const view = choice.view ?? (isNarrow ? "day" : "week");
  const date = choice.date ?? today;

  const days = useMemo(
    () => daysOf(view, date, person.week_start).map((one) => zonedDay(one, timeZone)),
    [view, date, person.week_start, timeZone],
  );
  const first = days[0]?.date ?? date;
  const last = days.at(-1)?.date ?? date;
  const hours = useMemo(() => {
    const [day] = days;
    if (view !== "day" || !day) {
      return null;
    }
    return {
      window: { from: day.from, to: day.to + nextMorning },
      days: [day, zonedDay(addDays(day.date, 1), timeZone)],
    };
  }, [view, days, timeZone]);
  const title =
    view === "month"
      ? monthTitle(yearMonthOf(first), place.locale)
      : first === last
        ? dayTitle(first, today, place.locale)
        : dateRange(first, last, place.locale);
  usePageTitle(`Roster, ${title}`);

  const employees = useQuery(employeesQuery);
  const range = useMemo(
    () => ({
      from: instantOf(zonedDay(addDays(first, -marginDays), timeZone).from),
      to: instantOf(zonedDay(addDays(last, marginDays), timeZone).to),
    }),
    [first, last, timeZone],
  );
  const shifts = useQuery(shiftsQuery(range.from, range.to));
  const all = useMemo(() => (shifts.data ?? []).map(drawn), [shifts.data]);
  const byId = useMemo(() => new Map(all.map((one) => [one.id, one])), [all]);
  const shiftsOf = useMemo(() => {
    const byEmployee = new Map<string, DrawnShift[]>();
    for (const one of all) {
      const known = byEmployee.get(one.shift.employee_id);
      if (known) {
        known.push(one);
      } else {
        byEmployee.set(one.shift.employee_id, [one]);
      }
    }
    return byEmployee;
  }, [all]);
  const shown = useMemo(
    () => all.filter(({ from, to }) => from < (days.at(-1)?.to ?? 0) && to > (days[0]?.from ?? 0)),
    [all, days],
  );
  const positions = useMemo(
    () =>
      [
        ...new Set([
          ...all.flatMap(({ shift }) => shift.position ?? []),
          ...(plan?.needs ?? []).map(({ position }) => position),
        ]),
      ].sort((one, other) => one.localeCompare(other)),
    [all, plan],
  );
  const dyeOf = useMemo(() => dyesOf(positions), [positions]);
  const slots = useMemo(
    () =>
      slotsOf(
        plan?.needs ?? [],
        days.map((day) => day.date),
        all,
        timeZone,
      ),
    [plan, days, all, timeZone],
  );
  const drafts = shown.filter(({ shift }) => !shift.published).length;
  const total = useMemo(
    () => secondsByDay(shown, days).reduce((sum, one) => sum + one, 0),
    [shown, days],
  );

  const [search, setSearch] = useState("");
  const people = useMemo(
    () => (employees.data ?? []).filter((one) => matches(nameOf(one), search)),
    [employees.data, search],
  );
  const employeeOf = useMemo(
    () => new Map(employees.data?.map((one) => [one.id, one])),
    [employees.data],
  );

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [form, setForm] = useState<OpenShift | null>(null);
  const [isPlanning, setPlanning] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [copied, setCopied] = useState(clipboard);
  const { write, showSaved } = useShiftWrites();
  const swap = useSwapShifts((conflicts) => {
    const [met] = conflicts;
    const text = wordConflicts(conflicts);
    announce(text);
    if (met) {
      refuse(
        met.employee_id,
        { from: secondsOf(met.starts_at), to: secondsOf(met.ends_at) },
        conflicts,
      );
    }
  });

  function wordConflicts(conflicts: readonly Conflict[]): string {
    const said = conflicts.slice(0, 3).map((one) => {
      const employee = employeeOf.get(one.employee_id);
      const span = { from: secondsOf(one.starts_at), to: secondsOf(one.ends_at) };
      return `${employee ? nameOf(employee) : "Somebody"}, ${spokenSpan(span, place)}`;
    });
    const more = conflicts.length - said.length;
    return `Nothing was changed: it overlaps ${said.join("; ")}${more > 0 ? ` and ${counted(more, "more shift")}` : ""}.`;
  }

  function refuse(employeeId: string, span: Span, conflicts: readonly Conflict[]) {
    setRefusal({
      employeeId,
      span,
      text: wordConflicts(conflicts),
      metIds: conflicts.flatMap((one) => one.shift_id ?? []),
    });
  }

  function troubleOf(plans: readonly Plan[]): string | null {
    const moved = new Set(plans.map(({ one }) => one.id));
    for (const { span, employeeId } of plans) {
      const [met] = overlapping(span, shiftsOf.get(employeeId) ?? [], moved);
      if (met) {
        return `Overlaps ${spokenSpan(met, place)}${met.shift.position ? `, ${met.shift.position}` : ""}`;
      }
    }
    return null;
  }

  function carryOut(plans: readonly Plan[]) {
    setRefusal(null);
    const [one] = plans;
    if (!one) {
      return;
    }
    const employee = employeeOf.get(one.employeeId);
    const isHandedOver = one.employeeId !== one.one.shift.employee_id;
    const who = employee ? nameOf(employee) : "The shift";
    write({
      batch: {
        update: plans.map(({ one: { id }, span, employeeId }) => ({
          id,
          employee_id: employeeId,
          starts_at: instantOf(span.from),
          ends_at: instantOf(span.to),
        })),
      },
      done:
        plans.length > 1
          ? `${plans.length} shifts are changed.`
          : isHandedOver
            ? `${who} has the shift, ${spokenSpan(one.span, place)}.`
            : `${who}: ${spokenSpan(one.span, place)}.`,
      failed: "The shift wasn’t changed",
      onConflict: (conflicts) => {
        announce(wordConflicts(conflicts));
        refuse(one.employeeId, one.span, conflicts);
      },
    });
  }

  const save = useSaveShifts();
  async function saveForm(batch: ShiftBatch) {
    const outcome = await save(batch);
    const isNew = (batch.create ?? []).length > 0;
    showSaved(
      batch,
      outcome,
      isNew ? `${counted(outcome.created.length, "shift")} added.` : "The shift is changed.",
    );
    return outcome;
  }

  function remove(ids: readonly string[]) {
    const there = ids.filter((id) => byId.has(id));
    if (there.length > 0) {
      setSelected(new Set());
      write({
        batch: { delete: there },
        done: there.length === 1 ? "The shift is deleted." : `${there.length} shifts are deleted.`,
        failed: "Nothing was deleted",
      });
    }
  }

  function publish(ids: readonly string[], published: boolean) {
    const there = ids.filter((id) => byId.get(id)?.shift.published === !published);
    if (there.length > 0) {
      write({
        batch: { update: there.map((id) => ({ id, published })) },
        done: `${counted(there.length, "shift")} ${there.length === 1 ? "is" : "are"} ${published ? "published" : "drafts again"}.`,
        failed: published ? "Nothing was published" : "Nothing was changed",
      });
    }
  }

  function copy(ones: readonly Shift[], isPeriod: boolean) {
    const [earliest] = [...ones].sort((one, other) => one.starts_at.localeCompare(other.starts_at));
    if (!earliest) {
      announce("There is nothing to copy.");
      return;
    }
    const firstDay = isPeriod ? first : dayOf(earliest.starts_at, timeZone);
    clipboard = { firstDay, shifts: ones, isPeriod };
    setCopied(clipboard);
    showDone(`${counted(ones.length, "shift")} copied.`);
  }

  function paste(firstDay: string, employeeId?: string) {
    if (!copied) {
      announce("Nothing was copied.");
      return;
    }
    const owners = new Set(copied.shifts.map((shift) => shift.employee_id));
    const create = pasted(copied, firstDay, timeZone)
      .map((shift) =>
        employeeId !== undefined && owners.size === 1
          ? { ...shift, employee_id: employeeId }
          : shift,
      )
      .filter((shift) => employeeOf.has(shift.employee_id));
    const [one] = create;
    if (one) {
      setRefusal(null);
      write({
        batch: { create },
        done: `${counted(create.length, "draft")} pasted.`,
        failed: "Nothing was pasted",
        onConflict: (conflicts) => {
          const [met] = conflicts;
          announce(wordConflicts(conflicts));
          refuse(
            met?.employee_id ?? one.employee_id,
            met
              ? { from: secondsOf(met.starts_at), to: secondsOf(met.ends_at) }
              : { from: secondsOf(one.starts_at), to: secondsOf(one.ends_at) },
            conflicts,
          );
        },
      });
    }
  }

  function go(direction: -1 | 1) {
    const next = stepDate(view, date, direction);
    if (next !== null) {
      setRefusal(null);
      onChoose({ ...choice, view, date: next === today ? undefined : next });
    }
  }

  function select(id: string) {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) {
        after.add(id);
      }
      announce(`${counted(after.size, "shift")} selected`);
      return after;
    });
  }

  const clear = useCallback(() => {
    const had = selected.size > 0 || refusal !== null;
    setSelected(new Set());
    setRefusal(null);
    return had;
  }, [selected, refusal]);

  const isLoaded = employees.data !== undefined && shifts.data !== undefined;
  const failed = [employees, shifts].find(({ isError, data }) => isError && data === undefined);
  const isWeekly = view === "week" || view === "2weeks";
  const chosen = [...selected].flatMap((id) => byId.get(id) ?? []);
  const openNew = (employeeId: string | null, dates: readonly string[], span?: Span) =>
    setForm({ shift: null, employeeId, dates, span });
  const openShift = useStable((one: DrawnShift) =>
    mayChange
      ? setForm({ shift: one.shift, employeeId: one.shift.employee_id, dates: [] })
      : announce(spokenSpan(one, place)),
  );

  return (
    <Stack gap="md" data-wide-page>
      <Group justify="space-between" align="center" gap="xs">
        <Title order={1}>Roster</Title>
        <Text size="sm" c="dimmed" component="p" m={0}>
          Times in {timeZone.replaceAll("_", " ")}
          {timeZone !== person.time_zone && `; yours is ${person.time_zone.replaceAll("_", " ")}`}
        </Text>
      </Group>
      <div className={classes.controls}>
        <SegmentedControl
          size="sm"
          aria-label="View"
          value={view}
          data={rosterViews.map((value) => ({ value, label: viewLabels[value] }))}
          onChange={(value) => onChoose({ ...choice, view: value as RosterView })}
        />
        <Group gap={6} wrap="nowrap">
          <Tooltip label="Back">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Earlier"
              disabled={stepDate(view, date, -1) === null}
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button
            variant="default"
            size="sm"
            disabled={choice.date === undefined || choice.date === today}
            onClick={() => onChoose({ ...choice, view, date: undefined })}
          >
            Today
          </Button>
          <Tooltip label="On">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Later"
              disabled={stepDate(view, date, 1) === null}
              onClick={() => go(1)}
            >
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
        <Text className={classes.period ?? ""} component="p">
          {title}
          {isLoaded && (
            <span className={classes.total}>
              {hoursText(total)} h{drafts > 0 && `, ${counted(drafts, "draft")}`}
            </span>
          )}
        </Text>
        {!isNarrow && (
          <TextInput
            type="search"
            aria-label="Search employees"
            placeholder="Search employees"
            leftSection={<IconSearch size={16} aria-hidden />}
            className={classes.search ?? ""}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        {mayChange && (
          <Group gap={6} wrap="nowrap">
            <Button
              size="sm"
              leftSection={<IconPlus size={16} aria-hidden />}
              disabled={!isLoaded || employees.data.length === 0}
              onClick={() =>
                openNew(null, [days.some((day) => day.date === today) ? today : first])
              }
            >
              Add
            </Button>
            <Menu position="bottom-end" width={250}>
              <Menu.Target>
                <ActionIcon variant="default" size={34} aria-label="More for the roster">
                  <IconDots size={18} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconCopy size={16} aria-hidden />}
                  disabled={!isWeekly || shown.length === 0}
                  onClick={() => {
                    const from = days[0]?.from ?? 0;
                    copy(
                      shown.filter((one) => one.from >= from).map(({ shift }) => shift),
                      true,
                    );
                  }}
                >
                  {view === "2weeks" ? "Copy these 2 weeks" : "Copy this week"}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconClipboard size={16} aria-hidden />}
                  disabled={!isWeekly || copied?.isPeriod !== true || copied.firstDay === first}
                  onClick={() => paste(first)}
                >
                  {copied?.isPeriod
                    ? `Paste ${counted(copied.shifts.length, "shift")} as drafts`
                    : "Paste as drafts"}
                </Menu.Item>
                <Menu.Item
                  leftSection={<IconCalendarUser size={16} aria-hidden />}
                  disabled={drafts === 0}
                  onClick={() =>
                    publish(
                      shown.map(({ id }) => id),
                      true,
                    )
                  }
                >
                  {drafts > 0 ? `Publish ${counted(drafts, "draft")}` : "Publish drafts"}
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item
                  leftSection={<IconUsersGroup size={16} aria-hidden />}
                  onClick={() => setPlanning(true)}
                >
                  Staffing needs …
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        )}
      </div>
      {failed ? (
        <LoadFailure
          what="The roster"
          error={failed.error}
          retry={() => {
            void employees.refetch();
            void shifts.refetch();
          }}
          retrying={employees.isFetching || shifts.isFetching}
        />
      ) : employees.data?.length === 0 ? (
        <EmptyState
          icon={<IconUsersGroup size={26} stroke={1.6} aria-hidden />}
          title="Nobody to plan for yet"
          action={links.employees({ children: "Employees" })}
        >
          The roster has a row for every employee.
          {mayChange ? " Add the first on the page of employees." : " A manager adds them."}
        </EmptyState>
      ) : !employees.data ? (
        <Skeleton height={420} radius="lg" role="status" aria-label="Loading the roster" />
      ) : isNarrow ? (
        <RosterAgenda
          days={days}
          shifts={shown}
          slots={slots}
          employeeOf={employeeOf}
          place={place}
          dyeOf={dyeOf}
          today={today}
          isLoaded={isLoaded}
          mayChange={mayChange}
          onOpen={openShift}
          onNew={(day) => openNew(null, [day])}
        />
      ) : (
        <>
          <RosterGrid
            employees={people}
            days={days}
            hours={hours}
            shiftsOf={shiftsOf}
            byId={byId}
            slots={slots}
            place={place}
            dyeOf={dyeOf}
            today={today}
            mayChange={mayChange}
            selected={selected}
            refusal={refusal}
            label={`Roster, ${title}`}
            dayLink={(day, parts) => links.roster({ view: "day", date: day }, parts)}
            troubleOf={troubleOf}
            onPlans={carryOut}
            onOpen={openShift}
            onNew={openNew}
            onSelect={select}
            onDelete={remove}
            onCopy={(ids) =>
              copy(
                ids.flatMap((id) => byId.get(id)?.shift ?? []),
                false,
              )
            }
            onPaste={(employeeId, day) =>
              copied?.isPeriod ? paste(first) : paste(day, employeeId)
            }
            onClear={clear}
            onStep={go}
          />
          {people.length === 0 && <Text c="dimmed">Nobody is called “{search}”.</Text>}
          {!isLoaded && (
            <Skeleton height={4} radius="xl" role="status" aria-label="Loading shifts" />
          )}
          <Legend mayChange={mayChange} />
        </>
      )}
      {chosen.length > 0 && (
        <RosterBar
          chosen={chosen}
          onSwap={() => {
            setRefusal(null);
            swap(chosen.map(({ id }) => id));
            setSelected(new Set());
          }}
          onPublish={(published) => publish([...selected], published)}
          onCopy={() =>
            copy(
              chosen.map(({ shift }) => shift),
              false,
            )
          }
          onDelete={() => remove([...selected])}
          onClear={() => setSelected(new Set())}
        />
      )}
      {form && (
        <ShiftForm
          key={form.shift?.id ?? `${form.employeeId} ${form.dates[0]}`}
          open={form}
          employees={employees.data ?? []}
          positions={positions}
          place={place}
          wordConflicts={wordConflicts}
          onSave={saveForm}
          onDelete={(shift) => remove([shift.id])}
          close={() => setForm(null)}
        />
      )}
      {isPlanning && staffing.data && (
        <Suspense fallback={null}>
          <StaffingDialog
            plan={staffing.data.data}
            version={staffing.data.version}
            timeZone={timeZone}
            positions={positions}
            close={() => setPlanning(false)}
          />
        </Suspense>
      )}
    </Stack>
  );
}

function Legend({ mayChange }: { mayChange: boolean }) {
  return (
    <div className={classes.legend}>
      <span>
        <i data-draft="false" /> Published
      </span>
      {mayChange && (
        <>
          <span>
            <i data-draft="true" /> Draft, seen by managers only
          </span>
          <span className={classes.keysHint}>
            Arrows go about, Enter opens; with Alt they move and hand over, with Shift they change
            the times. Space selects, Delete deletes.
          </span>
        </>
      )}
    </div>
  );
}

/** What a form saves is answered to the form, so that it can say what was refused. */
function useSaveShifts() {
  const key = useRef({ batch: "", key: "" });
  return (batch: ShiftBatch) => {
    const text = JSON.stringify(batch);
    if (key.current.batch !== text) {
      key.current = { batch: text, key: newIdempotencyKey() };
    }
    return answer(
      api.POST("/api/v1/shifts/batch", {
        headers: { "Idempotency-Key": key.current.key },
        body: batch,
      }),
    );
  };
}

/** The same function for the life of the page, so that rows are drawn again only when needed. */
function useStable<Parameters extends unknown[]>(
  call: (...parameters: Parameters) => void,
): (...parameters: Parameters) => void {
  const latest = useRef(call);
  latest.current = call;
  return useCallback((...parameters: Parameters) => latest.current(...parameters), []);
}
