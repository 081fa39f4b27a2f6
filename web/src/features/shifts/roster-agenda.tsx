import { Badge, Button, Skeleton, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconPlus } from "@tabler/icons-react";
import type { Employee } from "@/api/types";
import { dayTitle, type Place, timeOfDay } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import type { ZonedDay } from "@/lib/zoned-day";
import { closedUntil, isClosed } from "./closed-days";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { AwayOnDay } from "./roster-leave";
import { type DrawnShift, hoursText, instantOf, secondsByDay } from "./roster-model";
import type { Slot } from "./shortages";
import { SlotList } from "./shortages-of-day";

/** Who is on duty, day after day, where there is no room for a grid. */
export function RosterAgenda({
  days,
  shifts,
  slots,
  employeeOf,
  place,
  dyeOf,
  today,
  isLoaded,
  mayChange,
  border,
  onOpen,
  onNew,
}: {
  days: readonly ZonedDay[];
  shifts: readonly DrawnShift[];
  slots: readonly Slot[];
  employeeOf: ReadonlyMap<string, Employee>;
  place: Place;
  dyeOf: ReadonlyMap<string, number>;
  today: string;
  isLoaded: boolean;
  mayChange: boolean;
  /** Shifts that start before it are closed, in seconds. */
  border: number;
  onOpen: (one: DrawnShift) => void;
  onNew: (date: string) => void;
}) {
  if (!isLoaded) {
    return <Skeleton height={240} radius="lg" role="status" aria-label="Loading shifts" />;
  }
  const sorted = [...shifts].sort((one, other) => one.from - other.from);
  const sums = secondsByDay(shifts, days);
  return (
    <div className={classes.agenda}>
      {days.map((day, index) => {
        const here = sorted.filter(({ from, to }) => from < day.to && to > day.from);
        const short = slots.filter(({ date, missing }) => date === day.date && missing > 0);
        const title = dayTitle(day.date, today, place.locale);
        return (
          <section key={day.date} aria-label={title} className={classes.agendaDay}>
            <header data-today={day.date === today}>
              <Title order={2} size="h3">
                {title}
              </Title>
              <span className="tabular">{hoursText(sums[index] ?? 0)} h</span>
              {isClosed(day, border) ? (
                <Badge
                  variant="light"
                  color="gray"
                  leftSection={<IconLock size={12} aria-hidden />}
                  title={closedUntil(border, place)}
                >
                  Closed
                </Badge>
              ) : mayChange ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Add a shift on ${title}`}
                  onClick={() => onNew(day.date)}
                >
                  <IconPlus size={16} aria-hidden />
                </Button>
              ) : null}
            </header>
            {short.length > 0 && (
              <div className={classes.agendaShort}>
                <IconAlertTriangle size={16} aria-hidden />
                <SlotList slots={short} place={place} />
              </div>
            )}
            <AwayOnDay day={day} days={days} employeeOf={employeeOf} />
            {here.length === 0 ? (
              <Text size="sm" c="dimmed" px="md" py="sm">
                Nobody is on duty.
              </Text>
            ) : (
              <ul>
                {here.map((one) => (
                  <li key={one.id}>
                    <button
                      type="button"
                      className={classes.agendaShift}
                      data-draft={!one.shift.published}
                      data-dye={dyeOf.get(one.shift.position ?? "")}
                      onClick={() => onOpen(one)}
                    >
                      <span className="tabular">
                        {one.from < day.from && "… "}
                        {timeOfDay(instantOf(one.from), place)}–
                        {timeOfDay(instantOf(one.to), place)}
                        {one.to > day.to && " …"}
                      </span>
                      <strong>
                        {nameOf(
                          employeeOf.get(one.shift.employee_id) ?? {
                            first_name: "Somebody",
                            last_name: "new",
                          },
                        )}
                      </strong>
                      <span>
                        {[
                          one.shift.position,
                          readableDuration(one.to - one.from),
                          one.shift.published ? null : "draft",
                        ]
                          .filter(Boolean)
                          .join(" · ")}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </div>
  );
}
