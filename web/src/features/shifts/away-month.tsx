import { type CSSProperties, useMemo } from "react";
import type { Employee, LeaveRequest } from "@/api/types";
import { addDays, dayLabel, type Place, weekdayName } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import classes from "./leave.module.css";
import {
  daysOfLeave,
  kindLabels,
  leaveKinds,
  lengthText,
  spanText,
  statusLabels,
} from "./leave-wording";
import { nameOf } from "./queries";

/** Who is away on the days of a month: a line for each who is, a bar for each leave. */
export function AwayMonth({
  title,
  first,
  days,
  leave,
  employees,
  today,
  place,
  onOpen,
}: {
  title: string;
  /** The first day of the month, and how many it has. */
  first: string;
  days: number;
  /** What touches the month, approved or waiting. */
  leave: readonly LeaveRequest[];
  employees: readonly Employee[];
  today: string;
  place: Place;
  onOpen: (leave: LeaveRequest) => void;
}) {
  const dates = useMemo(
    () => Array.from({ length: days }, (_, index) => addDays(first, index)),
    [first, days],
  );
  const placed = leave.map((one) => {
    const span = daysOfLeave(one, place.timeZone);
    const from = Math.max(
      0,
      dates.findIndex((date) => date >= span.first),
    );
    const after = dates.findIndex((date) => date > span.last);
    return { one, from, to: after === -1 ? days : after };
  });
  const rows = employees
    .map((employee) => ({
      employee,
      bars: placed.filter(({ one }) => one.employee_id === employee.id),
    }))
    .filter(({ bars }) => bars.length > 0);
  const sums = dates.map(
    (_date, column) =>
      new Set(
        placed
          .filter(({ from, to }) => from <= column && column < to)
          .map(({ one }) => one.employee_id),
      ).size,
  );
  const most = Math.max(...sums);
  const fullest = dates[sums.indexOf(most)];

  return (
    <>
      <section
        className={classes.month}
        aria-label={title}
        style={{ "--days": days } as CSSProperties}
      >
        <div className={classes.line} aria-hidden>
          <span className={classes.whoCell} />
          <div className={classes.track}>
            <Back dates={dates} today={today} />
            {dates.map((date) => (
              <span
                key={date}
                className={classes.dayCell}
                data-today={date === today}
                data-rest={isRest(date)}
              >
                {weekdayName(date, place.locale).slice(0, 2)}
                <strong>{Number(date.slice(8))}</strong>
              </span>
            ))}
          </div>
        </div>
        <ul className={classes.people}>
          {rows.map(({ employee, bars }) => (
            <li key={employee.id}>
              <div className={classes.line}>
                <span className={classes.whoCell}>{nameOf(employee)}</span>
                <div className={classes.track}>
                  <Back dates={dates} today={today} />
                  {bars.map(({ one, from, to }) => (
                    <button
                      key={one.id}
                      type="button"
                      className={classes.bar}
                      data-kind={one.kind}
                      data-status={one.status}
                      style={{ gridColumn: `${from + 1} / ${to + 1}` }}
                      aria-label={`${nameOf(employee)}, ${kindLabels[one.kind].toLowerCase()}, ${spanText(one, place)}, ${statusLabels[one.status].toLowerCase()}`}
                      title={`${kindLabels[one.kind]}, ${spanText(one, place)}, ${lengthText(one)}, ${statusLabels[one.status].toLowerCase()}`}
                      onClick={() => onOpen(one)}
                    >
                      {to - from > 2 && kindLabels[one.kind]}
                    </button>
                  ))}
                </div>
              </div>
            </li>
          ))}
        </ul>
        <div className={classes.line} aria-hidden>
          <span className={classes.whoCell}>Away</span>
          <div className={classes.track}>
            {sums.map((sum, column) => (
              <span key={dates[column]} className={classes.sum}>
                {sum > 0 ? sum : ""}
              </span>
            ))}
          </div>
        </div>
      </section>
      <p className={classes.when} role="status">
        {fullest && most > 0 && (
          <>
            {counted(rows.length, "employee")} in this month; most on{" "}
            {dayLabel(fullest, place.locale)}: {most}.
          </>
        )}
      </p>
      <div className={classes.legend} aria-hidden>
        {leaveKinds
          .filter((kind) => leave.some((one) => one.kind === kind))
          .map((kind) => (
            <span key={kind}>
              <i className={classes.swatch} data-kind={kind} /> {kindLabels[kind]}
            </span>
          ))}
        {leave.some(({ status }) => status === "requested") && (
          <span>
            <i className={classes.swatch} data-status="requested" /> Waiting for a decision
          </span>
        )}
      </div>
    </>
  );
}

function Back({ dates, today }: { dates: readonly string[]; today: string }) {
  return (
    <div className={classes.back} aria-hidden>
      {dates.map((date) => (
        <i key={date} data-rest={isRest(date)} data-today={date === today} />
      ))}
    </div>
  );
}

function isRest(date: string): boolean {
  return [0, 6].includes(new Date(`${date}T12:00:00Z`).getUTCDay());
}
