import { Badge, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import type { Employee, GeneratedShifts, LabourRuleViolation, ShiftTemplate } from "@/api/types";
import { addDays, dayLabel, dayOf, daysBetween, type Place, weekdayName } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { readableDuration } from "@/lib/duration";
import { clocksText } from "./cycle";
import classes from "./patterns.module.css";
import { nameOf } from "./queries";
import { briefHours, dyesOf, secondsOf } from "./roster-model";
import { spokenSpan } from "./shift-chip";

type Made = GeneratedShifts["shifts"][number];
type LeftOut = GeneratedShifts["left_out"][number];

const reasons: Record<LeftOut["reason"], string> = {
  overlap: "has other shifts then",
  leave: "is on leave then",
  no_such_time: "the clocks leave this time out",
  closed: "these days are closed",
  shorter_than_break: "the clocks leave no more of it than the break",
};
const mostDrawn = 62;
const mostListed = 12;

/** What a pattern would make: a table of days, and what stands against it. */
export function ApplyPreview({
  found,
  from,
  to,
  employees,
  templates,
  place,
}: {
  found: GeneratedShifts;
  from: string;
  /** The first day that gets none. */
  to: string;
  employees: readonly Employee[];
  templates: readonly ShiftTemplate[];
  place: Place;
}) {
  const templateOf = useMemo(() => new Map(templates.map((one) => [one.id, one])), [templates]);
  const dyeOf = useMemo(() => dyesOf(templates.map(({ id }) => id)), [templates]);
  const nameOfId = useMemo(
    () => new Map(employees.map((one) => [one.id, nameOf(one)])),
    [employees],
  );
  const days = useMemo(
    () =>
      Array.from({ length: Math.min(daysBetween(from, to), mostDrawn) }, (_, day) =>
        addDays(from, day),
      ),
    [from, to],
  );
  const cells = useMemo(() => cellsOf(found), [found]);
  const seconds = found.shifts.reduce(
    (sum, one) => sum + one.duration_seconds - one.break_minutes * 60,
    0,
  );
  const warnings = found.warnings ?? [];
  const odd = oddNights(found.shifts);
  const who = (id: string) => nameOfId.get(id) ?? "Somebody";
  const what = (id: string) => templateOf.get(id)?.name ?? "a shift";

  return (
    <>
      <div role="status">
        <Title order={2} size="h3">
          {counted(found.shifts.length, "shift")}, {briefHours(seconds)} h
          {found.left_out.length > 0 && `; ${found.left_out.length} can’t be made`}
        </Title>
        {warnings.length > 0 && (
          <Text size="sm" c="dimmed">
            {counted(warnings.length, "time")} against a labour rule
          </Text>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <section className={classes.previewFrame} aria-label="Shifts by person and day" tabIndex={0}>
        <table className={classes.preview}>
          <thead>
            <tr>
              <th scope="col">Who</th>
              {days.map((day) => (
                <th key={day} scope="col" data-weekend={isWeekend(day)}>
                  <small>{weekdayName(day, place.locale).slice(0, 2)}</small>
                  {Number(day.slice(8))}
                </th>
              ))}
              <th scope="col">Hours</th>
            </tr>
          </thead>
          <tbody>
            {employees.map((employee) => {
              const own = cells.get(employee.id);
              return (
                <tr key={employee.id}>
                  <th scope="row">{nameOf(employee)}</th>
                  {days.map((day) => (
                    <td key={day} data-weekend={isWeekend(day)}>
                      {own?.made.get(day)?.map((one) => (
                        <Mark
                          key={one.template_id}
                          name={what(one.template_id)}
                          dye={dyeOf.get(one.template_id)}
                          title={`${what(one.template_id)}, ${spokenSpan(
                            { from: secondsOf(one.starts_at), to: secondsOf(one.ends_at) },
                            { ...place, timeZone: one.time_zone },
                          )}`}
                        />
                      ))}
                      {own?.leftOut.get(day)?.map((one) => (
                        <Mark
                          key={`no ${one.template_id}`}
                          name="×"
                          isLeftOut
                          title={`${what(one.template_id)} can’t be made: ${reasons[one.reason]}`}
                        />
                      ))}
                    </td>
                  ))}
                  <td className={classes.previewSum}>{briefHours(own?.seconds ?? 0)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {daysBetween(from, to) > mostDrawn && (
        <Text size="sm" c="dimmed">
          The first {mostDrawn} days are drawn; sums and lists are of all of them.
        </Text>
      )}
      {odd.length > 0 && (
        <Listed title="Clocks change">
          {odd.map(({ shift, employeeIds }) => (
            <li key={`${shift.template_id} ${shift.date} ${shift.time_zone}`}>
              <strong>
                {dayLabel(shift.date, place.locale)}, {what(shift.template_id)}:
              </strong>{" "}
              {readableDuration(shift.duration_seconds)} in fact,{" "}
              {readableDuration(shift.nominal_seconds)} by the clocks (
              {employeeIds.map(who).join(", ")})
            </li>
          ))}
        </Listed>
      )}
      {found.left_out.length > 0 && (
        <Listed title="Can’t be made" more={found.left_out.length - mostListed}>
          {found.left_out.slice(0, mostListed).map((one) => (
            <li key={`${one.employee_id} ${one.template_id} ${one.date}`}>
              <strong>
                {who(one.employee_id)}, {dayLabel(one.date, place.locale)}, {what(one.template_id)}:
              </strong>{" "}
              {reasonText(one, templateOf.get(one.template_id), place)}
            </li>
          ))}
        </Listed>
      )}
      {warnings.length > 0 && (
        <Listed title="Against labour rules" more={warnings.length - mostListed}>
          {[...warnings]
            .sort((one, other) => one.effect.localeCompare(other.effect))
            .slice(0, mostListed)
            .map((one) => (
              <li key={`${one.rule_id} ${one.employee_id} ${one.starts_at}`}>
                <strong>{who(one.employee_id)}</strong>, {breachDays(one, place)}: {one.detail}{" "}
                <Badge
                  component="span"
                  size="sm"
                  variant="light"
                  color={one.effect === "block" ? "safranin" : "gray"}
                >
                  {one.rule} {one.effect === "block" ? "blocks" : "warns"}
                </Badge>
              </li>
            ))}
        </Listed>
      )}
    </>
  );
}

function Mark({
  name,
  title,
  dye,
  isLeftOut = false,
}: {
  name: string;
  title: string;
  dye?: number | undefined;
  isLeftOut?: boolean;
}) {
  return (
    <span className={classes.mark} data-dye={dye} data-left-out={isLeftOut} title={title}>
      <span aria-hidden>{name.slice(0, 2)}</span>
      <span className={classes.spoken}>{title}</span>
    </span>
  );
}

function Listed({
  title,
  more = 0,
  children,
}: {
  title: string;
  more?: number;
  children: React.ReactNode;
}) {
  return (
    <div>
      <Title order={3} size="sm" mb={4}>
        {title}
      </Title>
      <ul className={classes.listed}>{children}</ul>
      {more > 0 && (
        <Text size="sm" c="dimmed">
          And {more} more.
        </Text>
      )}
    </div>
  );
}

function cellsOf(found: GeneratedShifts) {
  const cells = new Map<
    string,
    { made: Map<string, Made[]>; leftOut: Map<string, LeftOut[]>; seconds: number }
  >();
  const of = (id: string) => {
    const known = cells.get(id) ?? { made: new Map(), leftOut: new Map(), seconds: 0 };
    cells.set(id, known);
    return known;
  };
  for (const one of found.shifts) {
    const cell = of(one.employee_id);
    cell.made.set(one.date, [...(cell.made.get(one.date) ?? []), one]);
    cell.seconds += one.duration_seconds - one.break_minutes * 60;
  }
  for (const one of found.left_out) {
    const { leftOut } = of(one.employee_id);
    leftOut.set(one.date, [...(leftOut.get(one.date) ?? []), one]);
  }
  return cells;
}

/** Shifts that are not as long as the clocks say, each once, with whose they are. */
function oddNights(shifts: readonly Made[]) {
  const nights = new Map<string, { shift: Made; employeeIds: string[] }>();
  for (const shift of shifts) {
    if (shift.duration_seconds !== shift.nominal_seconds) {
      const key = `${shift.template_id} ${shift.date} ${shift.time_zone}`;
      const known = nights.get(key);
      if (known) {
        known.employeeIds.push(shift.employee_id);
      } else {
        nights.set(key, { shift, employeeIds: [shift.employee_id] });
      }
    }
  }
  return [...nights.values()];
}

function reasonText(one: LeftOut, template: ShiftTemplate | undefined, place: Place): string {
  const [met] = one.conflicts;
  if (one.reason !== "overlap" || !met) {
    return reasons[one.reason];
  }
  const span = spokenSpan({ from: secondsOf(met.starts_at), to: secondsOf(met.ends_at) }, place);
  return met.shift_id
    ? `has another shift then, ${span}`
    : `${template ? clocksText(template) : "it"} overlaps another of this pattern, ${span}`;
}

function breachDays(
  { starts_at, ends_at }: LabourRuleViolation,
  { locale, timeZone }: Place,
): string {
  const first = dayOf(starts_at, timeZone);
  const last = dayOf(Date.parse(ends_at) - 1, timeZone);
  return first === last
    ? dayLabel(first, locale)
    : `${dayLabel(first, locale)} to ${dayLabel(last, locale)}`;
}

function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay());
}
