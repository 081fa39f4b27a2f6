import { Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { useMe } from "@/api/me";
import type { Shift } from "@/api/types";
import { counted } from "@/lib/counted";
import { matches } from "@/lib/search";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { closedUntil, isClosed } from "./closed-days";
import { OverrideDialog } from "./override-dialog";
import type { ToPublish } from "./publish-dialog";
import { nameOf } from "./queries";
import { RosterAgenda } from "./roster-agenda";
import { RosterBar } from "./roster-bar";
import type { RosterChoice } from "./roster-choice";
import { RosterGrid } from "./roster-grid";
import { RosterLegend } from "./roster-legend";
import { RosterMenu } from "./roster-menu";
import { type DrawnShift, type Span, secondsOf } from "./roster-model";
import { RosterToolbar } from "./roster-toolbar";
import { ShiftDetails } from "./shift-details";
import { ShiftForm } from "./shift-form";
import type { OpenShift } from "./shift-form-values";
import { useRosterChanges } from "./use-roster-changes";
import { useRosterData } from "./use-roster-data";
import { useRosterPeriod } from "./use-roster-period";
import { useSelectedShifts } from "./use-selected-shifts";
import { useShiftClipboard } from "./use-shift-clipboard";

const StaffingDialog = lazy(async () => ({
  default: (await import("./staffing-dialog")).StaffingDialog,
}));

const PublishDialog = lazy(async () => ({
  default: (await import("./publish-dialog")).PublishDialog,
}));

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
  const period = useRosterPeriod(choice);
  const { days, place, today, isNarrow } = period;
  usePageTitle(`Roster, ${period.title}`);
  const data = useRosterData(period);
  const { employees, employeeOf, byId, shown } = data;
  const [search, setSearch] = useState("");
  const people = useMemo(
    () => (employees ?? []).filter((one) => matches(nameOf(one), search)),
    [employees, search],
  );
  const changes = useRosterChanges(data, place);
  const clipboard = useShiftClipboard(period, data, changes.add);
  const selection = useSelectedShifts(byId);
  const [form, setForm] = useState<OpenShift | null>(null);
  const [lookedAt, setLookedAt] = useState<Shift | null>(null);
  const [isPlanning, setPlanning] = useState(false);
  const [publishing, setPublishing] = useState<ToPublish | null>(null);

  function remove(ids: readonly string[]) {
    selection.clear();
    changes.remove(ids);
  }

  function clear(): boolean {
    const had = selection.ids.size > 0 || changes.refusal !== null;
    selection.clear();
    changes.forgetRefusal();
    return had;
  }

  function step(direction: -1 | 1) {
    const next = period.stepped(direction);
    if (next) {
      changes.forgetRefusal();
      onChoose(next);
    }
  }

  function openNew(employeeId: string | null, dates: readonly string[], span?: Span) {
    const day = days.find(({ date }) => dates.includes(date));
    if (employeeId !== null && day && isClosed(day, data.border)) {
      changes.sayClosed(employeeId, span ?? day);
    } else {
      setForm({ shift: null, employeeId, dates, span });
    }
  }
  const openShift = useStable((one: DrawnShift) =>
    mayChange && one.from >= data.border
      ? setForm({ shift: one.shift, employeeId: one.shift.employee_id, dates: [] })
      : setLookedAt(one.shift),
  );

  return (
    <Stack gap="md" data-wide-page>
      <Group justify="space-between" align="center" gap="xs">
        <Title order={1}>Roster</Title>
        <Text size="sm" c="dimmed" component="p" m={0}>
          Times in {place.timeZone.replaceAll("_", " ")}
          {place.timeZone !== person.time_zone &&
            `; yours is ${person.time_zone.replaceAll("_", " ")}`}
        </Text>
      </Group>
      <RosterToolbar
        period={period}
        data={data}
        choice={choice}
        onChoose={onChoose}
        onStep={step}
        search={search}
        onSearch={setSearch}
        onAdd={mayChange ? () => openNew(null, [period.nearestDay]) : null}
        menu={
          <RosterMenu
            period={period}
            data={data}
            clipboard={clipboard}
            onPublish={() =>
              setPublishing({
                span: { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 },
                title: period.title,
              })
            }
            onStaffing={() => setPlanning(true)}
          />
        }
      />
      {data.failure ? (
        <LoadFailure
          what="The roster"
          error={data.failure}
          retry={data.retry}
          retrying={data.isRetrying}
        />
      ) : employees?.length === 0 ? (
        <EmptyState
          icon={<IconUsersGroup size={26} stroke={1.6} aria-hidden />}
          title="Nobody to plan for yet"
          action={links.employees({ children: "Employees" })}
        >
          The roster has a row for every employee.
          {mayChange ? " Add the first on the page of employees." : " A manager adds them."}
        </EmptyState>
      ) : !employees ? (
        <Skeleton height={420} radius="lg" role="status" aria-label="Loading the roster" />
      ) : isNarrow ? (
        <RosterAgenda
          days={days}
          shifts={shown}
          slots={data.slots}
          employeeOf={employeeOf}
          place={place}
          dyeOf={data.dyeOf}
          today={today}
          isLoaded={data.isLoaded}
          mayChange={mayChange}
          border={data.border}
          onOpen={openShift}
          onNew={(day) => openNew(null, [day])}
        />
      ) : (
        <>
          <RosterGrid
            employees={people}
            days={days}
            hours={period.hours}
            shiftsOf={data.shiftsOf}
            byId={byId}
            slots={data.slots}
            place={place}
            dyeOf={data.dyeOf}
            today={today}
            border={data.border}
            mayChange={mayChange}
            selected={selection.ids}
            refusal={changes.refusal}
            label={`Roster, ${period.title}`}
            dayLink={(day, parts) => links.roster({ view: "day", date: day }, parts)}
            troubleOf={changes.troubleOf}
            onPlans={changes.carryOut}
            onOpen={openShift}
            onNew={openNew}
            onSelect={selection.toggle}
            onDelete={remove}
            onCopy={clipboard.copyShifts}
            onPaste={clipboard.pasteAt}
            onClear={clear}
            onStep={step}
          />
          {people.length === 0 && <Text c="dimmed">Nobody is called “{search}”.</Text>}
          {!data.isLoaded && (
            <Skeleton height={4} radius="xl" role="status" aria-label="Loading shifts" />
          )}
          <RosterLegend
            mayChange={mayChange}
            hasClosed={days.some((day) => isClosed(day, data.border))}
          />
        </>
      )}
      {selection.shifts.length > 0 && (
        <RosterBar
          chosen={selection.shifts}
          onSwap={() => {
            changes.swap(selection.shifts.map(({ id }) => id));
            selection.clear();
          }}
          onPublish={() => setPublishing(publicationOf(selection.shifts))}
          onMakeDrafts={() => changes.makeDrafts([...selection.ids])}
          onCopy={() => clipboard.copyShifts([...selection.ids])}
          onDelete={() => remove([...selection.ids])}
          onClear={selection.clear}
        />
      )}
      {form && (
        <ShiftForm
          key={form.shift?.id ?? `${form.employeeId} ${form.dates[0]}`}
          open={form}
          employees={employees ?? []}
          positions={data.positions}
          place={place}
          who={changes.who}
          wordRefused={changes.wordRefused}
          onSave={changes.saveForm}
          onDelete={(shift) => remove([shift.id])}
          close={() => setForm(null)}
        />
      )}
      {lookedAt && (
        <ShiftDetails
          shift={lookedAt}
          employee={employeeOf.get(lookedAt.employee_id)}
          place={place}
          closed={
            mayChange && secondsOf(lookedAt.starts_at) < data.border
              ? closedUntil(data.border, place)
              : null
          }
          close={() => setLookedAt(null)}
        />
      )}
      {changes.blocked && (
        <OverrideDialog blocked={changes.blocked} who={changes.who} close={changes.forgetBlocked} />
      )}
      {publishing && (
        <Suspense fallback={null}>
          <PublishDialog
            what={publishing}
            employees={employees ?? []}
            place={place}
            close={() => {
              selection.clear();
              setPublishing(null);
            }}
          />
        </Suspense>
      )}
      {isPlanning && data.staffing && (
        <Suspense fallback={null}>
          <StaffingDialog
            plan={data.staffing.data}
            version={data.staffing.version}
            timeZone={place.timeZone}
            positions={data.positions}
            close={() => setPlanning(false)}
          />
        </Suspense>
      )}
    </Stack>
  );
}

/** These shifts, and the span that has all of them. */
function publicationOf(shifts: readonly DrawnShift[]): ToPublish {
  return {
    span: {
      from: Math.min(...shifts.map(({ from }) => from)),
      to: Math.max(...shifts.map(({ to }) => to)),
    },
    title: counted(shifts.length, "shift"),
    shiftIds: shifts.map(({ id }) => id),
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
