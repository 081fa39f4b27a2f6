import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { addDays } from "@/lib/calendar";
import { zonedDay } from "@/lib/zoned-day";
import { borderOf } from "./closed-days";
import { employeesQuery, shiftClosingQuery, shiftsQuery, staffingQuery } from "./queries";
import { type DrawnShift, drawn, dyesOf, instantOf, secondsByDay } from "./roster-model";
import { slotsOf } from "./shortages";
import { isSame } from "./use-placed-rows";
import type { RosterPeriod } from "./use-roster-period";

/** Beside the days that are shown, what lies so near that it may stand in the way of a change. */
const marginDays = 2;

export type RosterData = ReturnType<typeof useRosterData>;

/** Everybody, their shifts of a period and around it, and how many people are needed. */
export function useRosterData({ days, first, last, place: { timeZone } }: RosterPeriod) {
  const staffing = useQuery(staffingQuery);
  const plan = staffing.data?.data ?? null;
  const employees = useQuery(employeesQuery);
  const closing = useQuery(shiftClosingQuery);
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
  const positions = useKept(
    useMemo(
      () =>
        [
          ...new Set([
            ...all.flatMap(({ shift }) => shift.position ?? []),
            ...(plan?.needs ?? []).map(({ position }) => position),
          ]),
        ].sort((one, other) => one.localeCompare(other)),
      [all, plan],
    ),
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
  const total = useMemo(
    () => secondsByDay(shown, days).reduce((sum, one) => sum + one, 0),
    [shown, days],
  );
  const employeeOf = useMemo(
    () => new Map(employees.data?.map((one) => [one.id, one])),
    [employees.data],
  );
  const failed = [employees, shifts].find(({ isError, data }) => isError && data === undefined);

  return {
    /** Undefined until they are known. */
    employees: employees.data,
    employeeOf,
    byId,
    shiftsOf,
    /** What lies in the period, at least in part. */
    shown,
    drafts: shown.filter(({ shift }) => !shift.published).length,
    /** The hours that lie in the period, in seconds. */
    total,
    positions,
    dyeOf,
    slots,
    /** Shifts that start before it are closed; in seconds, and 0 where none are. */
    border: borderOf(closing.data?.data),
    /** With the version that a change of it names. */
    staffing: staffing.data,
    isLoaded: employees.data !== undefined && shifts.data !== undefined,
    failure: failed?.error ?? null,
    isRetrying: employees.isFetching || shifts.isFetching,
    retry: () => {
      void employees.refetch();
      void shifts.refetch();
    },
  };
}

/** The list as it was before, as long as the same is in it. */
function useKept<Item>(list: readonly Item[]): readonly Item[] {
  const kept = useRef(list);
  if (!isSame(kept.current, list)) {
    kept.current = list;
  }
  return kept.current;
}
