import {
  ActionIcon,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
  Tooltip,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconBeach,
  IconChevronLeft,
  IconChevronRight,
  IconPlus,
  IconUserOff,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Employee, LeaveRequest } from "@/api/types";
import {
  addDays,
  dayOf,
  daysInMonth,
  monthTitle,
  shiftMonth,
  type YearMonth,
  yearMonthOf,
} from "@/lib/calendar";
import { useCommands } from "@/lib/commands";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { AvailabilityView } from "./availability-view";
import { AwayMonth } from "./away-month";
import { DeclineDialog } from "./decline-dialog";
import classes from "./leave.module.css";
import { useDecideLeave } from "./leave-actions";
import type { LeaveChoice, LeaveView } from "./leave-choice";
import { LeaveForm } from "./leave-form";
import { leaveQuery } from "./leave-queries";
import { LeaveRow } from "./leave-row";
import { employeesQuery, nameOf } from "./queries";
import { WaitingLeave } from "./waiting-leave";

const daysBack = 365;

export interface LeaveLinks {
  readonly roster: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
  readonly employees: (parts: { className?: string; children: ReactNode }) => ReactNode;
}

/** Who is away when, who wants to be, and when people can work. */
export function LeavePage({
  choice,
  onChoose,
  links,
}: {
  choice: LeaveChoice;
  onChoose: (choice: LeaveChoice) => void;
  links: LeaveLinks;
}) {
  usePageTitle("Leave and availability");
  const { person, role } = useMe();
  const { timeZone } = usePlace();
  const decides = role !== "member";
  const today = dayOf(serverClock.now(), timeZone);
  const view: LeaveView = choice.view === "away" && !decides ? "leave" : (choice.view ?? "leave");
  const employees = useQuery(employeesQuery);
  const own = employees.data?.find(({ person_id }) => person_id === person.id);
  const mine = useMemo(
    () => (decides ? (employees.data ?? []) : own ? [own] : []),
    [decides, employees.data, own],
  );
  const [isAsking, setAsking] = useState(false);
  const only = decides ? choice.employee : undefined;
  const mayAsk = mine.length > 0;
  const ask = decides ? "Enter leave" : "Ask for leave";
  useCommands(
    mayAsk
      ? [
          {
            id: "leave.add",
            group: "Shifts",
            label: ask,
            words: "vacation holiday sick absence time off away",
            run: () => setAsking(true),
          },
        ]
      : [],
  );

  function show(next: LeaveView) {
    const { view: _before, ...rest } = choice;
    onChoose(next === "leave" ? rest : { ...rest, view: next });
  }

  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1}>Leave and availability</Title>
        {mayAsk && view !== "availability" && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAsking(true)}>
            {ask}
          </Button>
        )}
      </Group>
      <div className={classes.controls}>
        <SegmentedControl
          size="sm"
          aria-label="What to show"
          value={view}
          data={[
            { value: "leave", label: "Leave" },
            ...(decides ? [{ value: "away", label: "Who is away" }] : []),
            { value: "availability", label: "Availability" },
          ]}
          onChange={(value) => show(value as LeaveView)}
        />
        {decides && mine.length > 0 && view !== "away" && (
          <NativeSelect
            className={`${classes.whose} ${classes.end}`}
            aria-label="Whose"
            value={only ?? ""}
            data={[
              { value: "", label: "Everybody" },
              ...mine.map((one) => ({ value: one.id, label: nameOf(one) })),
            ]}
            onChange={(event) => {
              const { employee: _before, ...rest } = choice;
              const { value } = event.currentTarget;
              onChoose(value === "" ? rest : { ...rest, employee: value });
            }}
          />
        )}
      </div>
      {employees.data === undefined ? (
        employees.isError ? (
          <LoadFailure
            what="The employees"
            error={employees.error}
            retry={() => void employees.refetch()}
            retrying={employees.isFetching}
          />
        ) : (
          <Skeleton height={240} radius="lg" role="status" aria-label="Loading leave" />
        )
      ) : mine.length === 0 ? (
        <EmptyState
          icon={<IconUserOff size={26} stroke={1.6} aria-hidden />}
          title={decides ? "No employees yet" : "You are no employee here yet"}
        >
          {decides ? (
            <>Leave is somebody’s. {links.employees({ children: "Add employees" })} first.</>
          ) : (
            "A manager links your account to an employee; then you can ask for leave here."
          )}
        </EmptyState>
      ) : view === "availability" ? (
        <AvailabilityView employees={mine} own={own} only={only} decides={decides} today={today} />
      ) : view === "away" ? (
        <AwayView choice={choice} onChoose={onChoose} employees={mine} today={today} />
      ) : (
        <LeaveLists
          employees={employees.data}
          only={only}
          decides={decides}
          today={today}
          showsPast={choice.past === "shown"}
          onPast={(isShown) => {
            const { past: _before, ...rest } = choice;
            onChoose(isShown ? { ...rest, past: "shown" } : rest);
          }}
          rosterLink={links.roster}
        />
      )}
      {isAsking && (
        <LeaveForm employees={mine} own={own} today={today} close={() => setAsking(false)} />
      )}
    </Stack>
  );
}

/** What waits, what is to come and, if asked for, what is past. */
function LeaveLists({
  employees,
  only,
  decides,
  today,
  showsPast,
  onPast,
  rosterLink,
}: {
  employees: readonly Employee[];
  only: string | undefined;
  decides: boolean;
  today: string;
  showsPast: boolean;
  onPast: (isShown: boolean) => void;
  rosterLink: LeaveLinks["roster"];
}) {
  const waiting = useQuery(leaveQuery({ status: "requested", employeeId: only }));
  const all = useQuery(leaveQuery({ from: today }));
  const past = useQuery({
    ...leaveQuery({ from: addDays(today, -daysBack), to: today, employeeId: only }),
    enabled: showsPast,
  });
  const decide = useDecideLeave();
  const [declining, setDeclining] = useState<LeaveRequest | null>(null);
  const employeeOf = useMemo(() => new Map(employees.map((one) => [one.id, one])), [employees]);
  const called = (id: string) => {
    const employee = employeeOf.get(id);
    return employee ? nameOf(employee) : "Somebody";
  };
  const failed = [waiting, all].find(({ isError, data }) => isError && data === undefined);
  if (failed) {
    return (
      <LoadFailure
        what="Leave"
        error={failed.error}
        retry={() => {
          void waiting.refetch();
          void all.refetch();
        }}
        retrying={waiting.isFetching || all.isFetching}
      />
    );
  }
  if (waiting.data === undefined || all.data === undefined) {
    return <Skeleton height={240} radius="lg" role="status" aria-label="Loading leave" />;
  }
  // To managers, what waits is a list by itself; to others it is the first thing to come.
  const apart = decides ? waiting.data : [];
  const toCome = all.data.filter(
    (leave) =>
      (only === undefined || leave.employee_id === only) &&
      !(decides && leave.status === "requested"),
  );
  const over = (past.data ?? [])
    .filter(
      (leave) =>
        !toCome.some(({ id }) => id === leave.id) && !(decides && leave.status === "requested"),
    )
    .reverse();
  const row = (leave: LeaveRequest) => (
    <LeaveRow
      key={leave.id}
      leave={leave}
      who={decides ? called(leave.employee_id) : null}
      decide={decide}
      onDecline={decides ? setDeclining : null}
    />
  );

  return (
    <Stack gap="lg">
      {decides && (
        <section aria-labelledby="waiting-leave">
          <Title order={2} size="h3" id="waiting-leave" mb="xs">
            Waiting for a decision{apart.length > 0 && ` (${apart.length})`}
          </Title>
          {apart.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing waits.
            </Text>
          ) : (
            <ul className={classes.list}>
              {apart.map((leave) => (
                <WaitingLeave
                  key={leave.id}
                  leave={leave}
                  others={all.data}
                  employeeOf={employeeOf}
                  decide={decide}
                  onDecline={setDeclining}
                  rosterLink={rosterLink}
                />
              ))}
            </ul>
          )}
        </section>
      )}
      <section aria-labelledby="leave-to-come">
        <Title order={2} size="h3" id="leave-to-come" mb="xs">
          {decides ? "Now and to come" : "Your leave"}
        </Title>
        {toCome.length === 0 ? (
          <EmptyState
            icon={<IconBeach size={26} stroke={1.6} aria-hidden />}
            title={decides ? "Nobody is going to be away" : "No leave to come"}
          >
            {decides
              ? "Leave that is approved shows here."
              : "What you ask for shows here, with what became of it."}
          </EmptyState>
        ) : (
          <ul className={classes.list}>{toCome.map(row)}</ul>
        )}
      </section>
      <section aria-labelledby="past-leave">
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h3" id="past-leave">
            The last twelve months
          </Title>
          <Button
            variant="default"
            size="compact-md"
            aria-expanded={showsPast}
            onClick={() => onPast(!showsPast)}
          >
            {showsPast ? "Hide past leave" : "Show past leave"}
          </Button>
        </Group>
        {showsPast &&
          (past.isError && past.data === undefined ? (
            <LoadFailure
              what="Past leave"
              error={past.error}
              retry={() => void past.refetch()}
              retrying={past.isFetching}
            />
          ) : past.data === undefined ? (
            <Skeleton height={120} radius="lg" role="status" aria-label="Loading past leave" />
          ) : over.length === 0 ? (
            <Text size="sm" c="dimmed">
              There was none.
            </Text>
          ) : (
            <ul className={classes.list}>{over.map(row)}</ul>
          ))}
      </section>
      {declining && (
        <DeclineDialog
          leave={declining}
          who={called(declining.employee_id)}
          decide={decide}
          close={() => setDeclining(null)}
        />
      )}
    </Stack>
  );
}

/** A month of leave, a line for each who is away. */
function AwayView({
  choice,
  onChoose,
  employees,
  today,
}: {
  choice: LeaveChoice;
  onChoose: (choice: LeaveChoice) => void;
  employees: readonly Employee[];
  today: string;
}) {
  const place = usePlace();
  const isNarrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const shown = yearMonthOf(choice.month ? `${choice.month}-01` : today);
  const first = `${monthText(shown)}-01`;
  const days = daysInMonth(shown);
  const title = monthTitle(shown, place.locale);
  const leave = useQuery(leaveQuery({ from: first, to: addDays(first, days) }));
  const decide = useDecideLeave();
  const [openId, setOpenId] = useState<string | null>(null);
  const [declining, setDeclining] = useState<LeaveRequest | null>(null);
  const open = leave.data?.find(({ id }) => id === openId);
  const standing = (leave.data ?? []).filter(
    ({ status }) => status === "approved" || status === "requested",
  );
  const called = (id: string) => {
    const employee = employees.find((one) => one.id === id);
    return employee ? nameOf(employee) : "Somebody";
  };
  const step = (by: -1 | 1) => go(monthText(shiftMonth(shown, by)));
  const isLimit = (by: -1 | 1) => {
    const { year } = shiftMonth(shown, by);
    return year < 1972 || year > 2098;
  };

  function go(month: string) {
    const { month: _before, ...rest } = choice;
    onChoose(month === today.slice(0, 7) ? rest : { ...rest, month });
  }

  return (
    <Stack gap="sm">
      <div className={classes.controls}>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Group gap={6} wrap="nowrap" className={classes.end ?? ""}>
          <Tooltip label="Back">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Previous month"
              disabled={isLimit(-1)}
              onClick={() => step(-1)}
            >
              <IconChevronLeft size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button
            variant="default"
            size="sm"
            disabled={monthText(shown) === today.slice(0, 7)}
            onClick={() => go(today.slice(0, 7))}
          >
            This month
          </Button>
          <Tooltip label="On">
            <ActionIcon
              variant="default"
              size={34}
              aria-label="Next month"
              disabled={isLimit(1)}
              onClick={() => step(1)}
            >
              <IconChevronRight size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      </div>
      {leave.data === undefined ? (
        leave.isError ? (
          <LoadFailure
            what="Leave"
            error={leave.error}
            retry={() => void leave.refetch()}
            retrying={leave.isFetching}
          />
        ) : (
          <Skeleton height={240} radius="lg" role="status" aria-label="Loading leave" />
        )
      ) : standing.length === 0 ? (
        <EmptyState
          icon={<IconBeach size={26} stroke={1.6} aria-hidden />}
          title={`Nobody is away in ${title}`}
        >
          Leave that is approved or waits for a decision shows here.
        </EmptyState>
      ) : isNarrow ? (
        <ul className={classes.list}>
          {standing.map((one) => (
            <LeaveRow
              key={one.id}
              leave={one}
              who={called(one.employee_id)}
              decide={decide}
              onDecline={setDeclining}
            />
          ))}
        </ul>
      ) : (
        <AwayMonth
          title={`Who is away in ${title}`}
          first={first}
          days={days}
          leave={standing}
          employees={employees}
          today={today}
          place={place}
          onOpen={({ id }) => setOpenId(id)}
        />
      )}
      <Dialog isOpen={open !== undefined} title="Leave" onClose={() => setOpenId(null)}>
        {open && (
          <ul className={classes.list}>
            <LeaveRow
              leave={open}
              who={called(open.employee_id)}
              decide={decide}
              onDecline={(one) => {
                setOpenId(null);
                setDeclining(one);
              }}
            />
          </ul>
        )}
      </Dialog>
      {declining && (
        <DeclineDialog
          leave={declining}
          who={called(declining.employee_id)}
          decide={decide}
          close={() => setDeclining(null)}
        />
      )}
    </Stack>
  );
}

function monthText({ year, month }: YearMonth): string {
  return `${year}-${String(month).padStart(2, "0")}`;
}
