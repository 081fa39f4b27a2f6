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
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain, Problem } from "@/api/problem";
import type { Employee, Shift, ShiftBatch, ShiftBatchOutcome } from "@/api/types";
import { dayLabel, type Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { parseWallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { locationsQuery, positionsQuery } from "./catalogue-queries";
import { nameOf } from "./queries";
import { type Refused, refusedOf } from "./refusals";
import classes from "./roster.module.css";
import { instantOf, spanOnDay } from "./roster-model";
import {
  type FormValues,
  initialValues,
  isBefore,
  lengthText,
  longestBreak,
  type OpenShift,
  parseBreak,
  rememberUsual,
  troubleOf,
} from "./shift-form-values";
import { ShiftHints } from "./shift-hints-notice";
import { ViolationList } from "./violation-list";

/** A form for a shift, or for new ones on several days, which says why it was refused. */
export function ShiftForm({
  open,
  employees,
  positions,
  place,
  who,
  wordRefused,
  onSave,
  onDelete,
  close,
}: {
  open: OpenShift;
  employees: readonly Employee[];
  positions: readonly string[];
  place: Place;
  who: (employeeId: string) => string;
  /** Why it was refused, as a sentence; `wanted` are the shifts that were sent, in their order. */
  wordRefused: (
    refused: Refused,
    wanted: readonly { employee_id: string; starts_at: string; ends_at: string }[],
  ) => string;
  onSave: (batch: ShiftBatch) => Promise<ShiftBatchOutcome>;
  onDelete: (shift: Shift) => void;
  close: () => void;
}) {
  const { shift } = open;
  const { timeZone, locale } = place;
  const [values, setValues] = useState(() => initialValues(open, employees, timeZone));
  const [reason, setReason] = useState("");
  const set = (change: Partial<FormValues>) => setValues((before) => ({ ...before, ...change }));

  const from = parseWallTime(values.from);
  const to = parseWallTime(values.to);
  const isSeveral = shift === null && open.dates.length > 1;
  const dates = isSeveral ? open.dates : [values.date];
  const daysLater = values.daysLater === "" ? undefined : Number(values.daysLater);
  const spans =
    from && to && values.date
      ? dates.map((date) => spanOnDay(date, from, to, timeZone, daysLater))
      : [];
  const breakMinutes = parseBreak(values.breakMinutes);
  const trouble =
    spans.map((span) => troubleOf(span, breakMinutes ?? 0)).find((text) => text !== null) ?? null;
  const first = spans[0];
  const locations = useQuery(locationsQuery).data ?? [];
  const places = locations.filter(({ id, archived }) => !archived || id === values.locationId);
  const kept = useQuery(positionsQuery).data ?? [];
  const known = [...new Set([...positions, ...kept.map(({ name }) => name)])].sort((one, other) =>
    one.localeCompare(other),
  );

  const wanted = spans.map((span) => ({
    employee_id: values.employeeId,
    starts_at: instantOf(span.from),
    ends_at: instantOf(span.to),
    break_minutes: breakMinutes ?? 0,
    position: values.position.trim() || null,
    location_id: values.locationId || null,
    note: values.note.trim() || null,
    published: values.isPublished,
  }));

  const save = useMutation({
    mutationFn: () =>
      onSave({
        ...(shift
          ? { update: wanted.map((one) => ({ id: shift.id, ...one })) }
          : { create: wanted }),
        ...(blocks && reason.trim() !== "" ? { override_reason: reason.trim() } : {}),
      }),
    onSuccess: () => {
      rememberUsual(values);
      close();
    },
  });
  const refused = refusedOf(save.error);
  const blocks = refused?.kind === "labour" ? refused.violations : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (spans.length > 0 && trouble === null && breakMinutes !== null) {
      save.mutate();
    }
  }

  const title = shift
    ? "Edit shift"
    : isSeveral
      ? `New shifts on ${open.dates.length} days`
      : "New shift";
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
                ? lengthText(first, from, to, daysLater, breakMinutes ?? 0)
                : "Times as the clock shows them.")}{" "}
            <span className={classes.zoneName}>{timeZone}</span>
          </Text>
          <div className={classes.work}>
            <Autocomplete
              label="Position"
              size="sm"
              maxLength={100}
              data={known}
              value={values.position}
              onChange={(position) => set({ position })}
            />
            <TextInput
              label="Break"
              autoComplete="off"
              inputMode="numeric"
              placeholder="0"
              rightSection={
                <Text size="xs" c="dimmed" aria-hidden>
                  min
                </Text>
              }
              aria-label="Break, minutes"
              value={values.breakMinutes}
              error={breakMinutes === null ? `0 to ${longestBreak}` : null}
              onChange={(event) => set({ breakMinutes: event.currentTarget.value })}
            />
          </div>
          {places.length > 0 && (
            <NativeSelect
              label="Location"
              value={values.locationId}
              data={[
                { value: "", label: "None" },
                ...places.map(({ id, name, archived }) => ({
                  value: id,
                  label: archived ? `${name} (archived)` : name,
                })),
              ]}
              onChange={(event) => set({ locationId: event.currentTarget.value })}
            />
          )}
          <ShiftHints
            employee={employees.find(({ id }) => id === values.employeeId)}
            spans={spans}
            position={values.position.trim()}
            place={place}
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
            <Alert
              ref={showAtOnce}
              color="safranin"
              variant="light"
              role="alert"
              title={blocks ? "Nothing was changed: it is against a labour rule" : undefined}
            >
              {blocks ? (
                <ViolationList violations={blocks} who={who} />
              ) : refused ? (
                wordRefused(refused, wanted)
              ) : (
                detailOf(save.error)
              )}
            </Alert>
          )}
          {blocks && (
            <TextInput
              ref={focusAtOnce}
              label="Reason to allow it nevertheless"
              description="It is kept, and managers see it."
              autoComplete="off"
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
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
                {blocks && reason.trim() !== ""
                  ? "Save nevertheless"
                  : isSeveral
                    ? `Add ${counted(open.dates.length, "shift")}`
                    : "Save"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function detailOf(error: unknown): string {
  const detail = error instanceof Problem ? error.fields[0]?.detail : undefined;
  return detail ?? explain(error);
}

/** What comes at the end of a long form is seen by whoever has to know it. */
function showAtOnce(element: HTMLElement | null) {
  element?.scrollIntoView({ block: "nearest" });
}

function focusAtOnce(element: HTMLElement | null) {
  element?.focus();
  element?.scrollIntoView({ block: "center" });
}
