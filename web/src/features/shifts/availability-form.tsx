import {
  Alert,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import { explain, Problem } from "@/api/problem";
import type { Availability, Employee, NewAvailability } from "@/api/types";
import { isDate, parseWallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import classes from "./leave.module.css";
import { useAvailability } from "./leave-actions";
import { availabilityLabels, weekdayLabels } from "./leave-wording";
import { nameOf } from "./queries";

/** Times at which somebody cannot work, or would rather: new ones, or one to change. */
export function AvailabilityForm({
  entry,
  employeeId,
  employees,
  today,
  close,
}: {
  entry: Availability | null;
  employeeId: string;
  /** Of whom it may be, for managers; nobody to choose from for members. */
  employees: readonly Employee[];
  today: string;
  close: () => void;
}) {
  const { add, change, remove } = useAvailability();
  const [whose, setWhose] = useState(employeeId);
  const [kind, setKind] = useState<Availability["kind"]>(entry?.kind ?? "cannot");
  const [isWeekly, setWeekly] = useState(entry === null || entry.weekday != null);
  const [days, setDays] = useState<readonly number[]>(entry?.weekday ? [entry.weekday] : []);
  const [date, setDate] = useState(entry?.date ?? today);
  const [isWhole, setWhole] = useState(!entry?.start_time && !entry?.end_time);
  const [from, setFrom] = useState(entry?.start_time ?? "");
  const [to, setTo] = useState(entry?.end_time ?? "");
  const [note, setNote] = useState(entry?.note ?? "");
  const save = entry ? change : add;
  const problem = save.error instanceof Problem ? save.error : null;
  const start = isWhole ? null : clockOf(from);
  const end = isWhole ? null : clockOf(to);
  const isRightTime = (text: string) => text.trim() === "" || parseWallTime(text) !== null;
  const isBackwards = end !== null && end <= (start ?? "00:00");
  const hasDay = isWeekly ? days.length > 0 : isDate(date);
  const isRight =
    hasDay &&
    !isBackwards &&
    (isWhole || (isRightTime(from) && isRightTime(to) && (start !== null || end !== null)));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isRight) {
      return;
    }
    const what: NewAvailability = {
      kind,
      start_time: start,
      end_time: end,
      note: note.trim() || null,
      employee_id: whose,
    };
    const entries = isWeekly
      ? days.map((weekday) => ({ ...what, weekday, date: null }))
      : [{ ...what, weekday: null, date }];
    if (entry) {
      const [changed] = entries;
      if (changed) {
        change.mutate({ before: entry, entry: changed }, { onSuccess: close });
      }
    } else {
      add.mutate(entries, { onSuccess: close });
    }
  }

  function press(day: number) {
    setDays((before) =>
      entry
        ? [day]
        : before.includes(day)
          ? before.filter((other) => other !== day)
          : [...before, day].sort(),
    );
  }

  const title = entry ? "Change the time" : "Add times";
  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          {employees.length > 0 && (
            <NativeSelect
              label="Whose"
              disabled={entry !== null}
              value={whose}
              data={employees.map((one) => ({ value: one.id, label: nameOf(one) }))}
              onChange={(event) => setWhose(event.currentTarget.value)}
            />
          )}
          <SegmentedControl
            size="sm"
            aria-label="What"
            value={kind}
            data={(["cannot", "prefers"] as const).map((value) => ({
              value,
              label: availabilityLabels[value],
            }))}
            onChange={(value) => setKind(value as Availability["kind"])}
          />
          <SegmentedControl
            size="sm"
            aria-label="When"
            value={isWeekly ? "weekly" : "date"}
            data={[
              { value: "weekly", label: "Every week" },
              { value: "date", label: "On a date" },
            ]}
            onChange={(value) => setWeekly(value === "weekly")}
          />
          {isWeekly ? (
            <Group gap={4} role="group" aria-label="Weekdays">
              {weekdayLabels.map((label, index) => (
                <button
                  key={label}
                  type="button"
                  className={classes.weekday}
                  aria-pressed={days.includes(index + 1)}
                  onClick={() => press(index + 1)}
                >
                  {label.slice(0, 3)}
                </button>
              ))}
            </Group>
          ) : (
            <TextInput
              type="date"
              label="Date"
              required
              withAsterisk={false}
              value={date}
              error={problem?.field("date")}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
          )}
          <Switch
            label="All day"
            checked={isWhole}
            onChange={(event) => setWhole(event.currentTarget.checked)}
          />
          {!isWhole && (
            <Group grow align="flex-start">
              <TextInput
                label="From"
                placeholder="the day’s beginning"
                autoComplete="off"
                value={from}
                error={isRightTime(from) ? problem?.field("start_time") : "Such as 13:00"}
                onChange={(event) => setFrom(event.currentTarget.value)}
              />
              <TextInput
                label="To"
                placeholder="the day’s end"
                autoComplete="off"
                value={to}
                error={
                  isBackwards
                    ? "It ends on the same day; add what is after midnight by itself."
                    : isRightTime(to)
                      ? problem?.field("end_time")
                      : "Such as 17:30"
                }
                onChange={(event) => setTo(event.currentTarget.value)}
              />
            </Group>
          )}
          <Textarea
            label="Note"
            size="sm"
            autosize
            minRows={1}
            maxRows={4}
            maxLength={1000}
            value={note}
            error={problem?.field("note")}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {save.error !== null && (problem?.fields.length ?? 0) === 0 && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(save.error)}
            </Alert>
          )}
          <Group justify="space-between" gap="xs">
            {entry ? (
              <Button
                variant="subtle"
                color="safranin"
                onClick={() => {
                  remove.mutate(entry);
                  close();
                }}
              >
                Delete
              </Button>
            ) : (
              <span />
            )}
            <Group gap="xs">
              <Button variant="subtle" color="gray" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending} disabled={!isRight}>
                Save
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** `13:00` of what was typed; null for nothing. */
function clockOf(text: string): string | null {
  const time = parseWallTime(text);
  return time
    ? `${String(time.hour).padStart(2, "0")}:${String(time.minute).padStart(2, "0")}`
    : null;
}
