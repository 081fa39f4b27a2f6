import {
  Alert,
  Autocomplete,
  Button,
  Group,
  NativeSelect,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain, Problem } from "@/api/problem";
import type { Employee, Shift, ShiftBatch, ShiftBatchOutcome } from "@/api/types";
import { addDays, dayLabel, type Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { readableDuration } from "@/lib/duration";
import { fromInstant, parseWallTime, type WallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { instantOf, longestSeconds, type Span, spanOnDay } from "./roster-model";
import { type Conflict, conflictsOf } from "./use-shift-writes";

/** What a form is opened for: a shift, or new ones of an employee on these days. */
export interface OpenShift {
  readonly shift: Shift | null;
  readonly employeeId: string | null;
  readonly dates: readonly string[];
  readonly span?: Span | undefined;
}

/** What a new shift begins with: whatever the last one had. */
let usual = { from: "08:00", to: "16:00", position: "" };

export function ShiftForm({
  open,
  employees,
  positions,
  place,
  wordConflicts,
  onSave,
  onDelete,
  close,
}: {
  open: OpenShift;
  employees: readonly Employee[];
  positions: readonly string[];
  place: Place;
  /** The shifts that stand in the way, as a sentence. */
  wordConflicts: (conflicts: readonly Conflict[]) => string;
  onSave: (batch: ShiftBatch) => Promise<ShiftBatchOutcome>;
  onDelete: (shift: Shift) => void;
  close: () => void;
}) {
  const { shift } = open;
  const { timeZone, locale } = place;
  const [values, setValues] = useState(() => initialValues(open, employees, timeZone));
  const set = (change: Partial<typeof values>) => setValues((before) => ({ ...before, ...change }));

  const from = parseWallTime(values.from);
  const to = parseWallTime(values.to);
  const isSeveral = shift === null && open.dates.length > 1;
  const dates = isSeveral ? open.dates : [values.date];
  const daysLater = values.daysLater === "" ? undefined : Number(values.daysLater);
  const spans =
    from && to && values.date
      ? dates.map((date) => spanOnDay(date, from, to, timeZone, daysLater))
      : [];
  const trouble = spans.map(troubleOf).find((text) => text !== null) ?? null;
  const first = spans[0];

  const save = useMutation({
    mutationFn: () => {
      const content = {
        employee_id: values.employeeId,
        position: values.position.trim() || null,
        note: values.note.trim() || null,
        published: values.isPublished,
      };
      const times = spans.map((span) => ({
        starts_at: instantOf(span.from),
        ends_at: instantOf(span.to),
      }));
      return onSave(
        shift
          ? { update: times.map((time) => ({ id: shift.id, ...content, ...time })) }
          : { create: times.map((time) => ({ ...content, ...time })) },
      );
    },
    onSuccess: () => {
      usual = { from: values.from, to: values.to, position: values.position.trim() };
      close();
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (spans.length > 0 && trouble === null) {
      save.mutate();
    }
  }

  const title = shift
    ? "Edit shift"
    : isSeveral
      ? `New shifts on ${open.dates.length} days`
      : "New shift";
  const conflicts = conflictsOf(save.error);
  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <NativeSelect
            label="Employee"
            data={employees.map((one) => ({ value: one.id, label: nameOf(one) }))}
            value={values.employeeId}
            onChange={(event) => set({ employeeId: event.currentTarget.value })}
          />
          {isSeveral ? (
            <Text size="sm">On {open.dates.map((date) => dayLabel(date, locale)).join(", ")}.</Text>
          ) : (
            <TextInput
              type="date"
              label="Date"
              required
              withAsterisk={false}
              value={values.date}
              onChange={(event) => set({ date: event.currentTarget.value })}
            />
          )}
          <div className={classes.times}>
            <TextInput
              label="From"
              required
              withAsterisk={false}
              data-autofocus
              autoComplete="off"
              value={values.from}
              error={values.from !== "" && !from ? "Such as 22:00" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ from: event.currentTarget.value })}
            />
            <TextInput
              label="To"
              required
              withAsterisk={false}
              autoComplete="off"
              value={values.to}
              error={values.to !== "" && !to ? "Such as 6:00" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ to: event.currentTarget.value })}
            />
            <NativeSelect
              label="Ends"
              value={
                values.daysLater === ""
                  ? from && to && isBefore(to, from)
                    ? "1"
                    : "0"
                  : values.daysLater
              }
              data={[
                { value: "0", label: "the same day" },
                { value: "1", label: "the next day" },
                { value: "2", label: "two days later" },
              ]}
              onChange={(event) => set({ daysLater: event.currentTarget.value })}
            />
          </div>
          <Text size="sm" c={trouble ? "error" : "dimmed"} role="status">
            {trouble ??
              (first
                ? lengthText(first, from, to, daysLater)
                : "Times as the clock shows them.")}{" "}
            <span className={classes.zoneName}>{timeZone}</span>
          </Text>
          <Autocomplete
            label="Position"
            size="sm"
            maxLength={100}
            data={[...positions]}
            value={values.position}
            onChange={(position) => set({ position })}
          />
          <Textarea
            label="Note"
            size="sm"
            autosize
            minRows={1}
            maxRows={4}
            maxLength={1000}
            value={values.note}
            onChange={(event) => set({ note: event.currentTarget.value })}
          />
          <Switch
            label="Published"
            description="Members see what is published; drafts are the managers’."
            checked={values.isPublished}
            onChange={(event) => set({ isPublished: event.currentTarget.checked })}
          />
          {save.error !== null && (
            <Alert color="safranin" variant="light" role="alert">
              {conflicts ? wordConflicts(conflicts) : detailOf(save.error)}
            </Alert>
          )}
          <Group justify="space-between" gap="xs">
            {shift ? (
              <Button
                variant="subtle"
                color="safranin"
                onClick={() => {
                  onDelete(shift);
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
              <Button type="submit" loading={save.isPending} disabled={trouble !== null}>
                {isSeveral ? `Add ${counted(open.dates.length, "shift")}` : "Save"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function initialValues(open: OpenShift, employees: readonly Employee[], timeZone: string) {
  const { shift } = open;
  const span =
    shift ??
    (open.span && { starts_at: instantOf(open.span.from), ends_at: instantOf(open.span.to) });
  const start = span && fromInstant(span.starts_at, timeZone);
  const end = span && fromInstant(span.ends_at, timeZone);
  const daysLater =
    start && end ? [0, 1, 2].find((days) => addDays(start.date, days) === end.date) : undefined;
  return {
    employeeId: shift?.employee_id ?? open.employeeId ?? employees[0]?.id ?? "",
    date: start?.date ?? open.dates[0] ?? "",
    from: start ? clockText(start.time) : usual.from,
    to: end ? clockText(end.time) : usual.to,
    daysLater: daysLater === undefined ? "" : String(daysLater),
    position: shift ? (shift.position ?? "") : usual.position,
    note: shift?.note ?? "",
    isPublished: shift?.published ?? false,
  };
}

const clockText = ({ hour, minute }: WallTime) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

function isBefore(to: WallTime, from: WallTime): boolean {
  return to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
}

function troubleOf({ from, to }: Span): string | null {
  if (to <= from) {
    return "It would end before it starts.";
  }
  return to - from > longestSeconds ? "A shift is at most 48 hours long." : null;
}

/** How long it really is; where the clocks change meanwhile, that is said. */
function lengthText(
  { from, to }: Span,
  start: WallTime | null,
  end: WallTime | null,
  daysLater: number | undefined,
): string {
  if (!start || !end) {
    return "";
  }
  const onTheClock =
    (end.hour - start.hour) * 3600 +
    (end.minute - start.minute) * 60 +
    (daysLater ?? (isBefore(end, start) ? 1 : 0)) * 86_400;
  const length = to - from;
  const change = length - onTheClock;
  const said =
    change === 0 ? "" : change < 0 ? ", because clocks go forward" : ", because clocks go back";
  return `${readableDuration(length)}${said}.`;
}

function detailOf(error: unknown): string {
  const detail = error instanceof Problem ? error.fields[0]?.detail : undefined;
  return detail ?? explain(error);
}
