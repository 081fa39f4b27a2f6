import {
  Alert,
  Autocomplete,
  Button,
  Group,
  NativeSelect,
  NumberInput,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain, Problem } from "@/api/problem";
import type { OpenShiftBatch } from "@/api/types";
import { addDays, type Place } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { readableDuration } from "@/lib/duration";
import { fromInstant, parseWallTime, type WallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { locationsQuery, positionsQuery } from "./catalogue-queries";
import { batchOf, type OpenGroup } from "./open-shift-groups";
import { staffingQuery } from "./queries";
import classes from "./requests.module.css";
import { instantOf, longestSeconds, spanOnDay } from "./roster-model";

const mostNeeded = 50;
const longestBreakMinutes = 720;

/** Adds open shifts, or changes those of a group. */
export function OpenShiftForm({
  group,
  claimed,
  today,
  place,
  onSave,
  close,
}: {
  group: OpenGroup | null;
  /** Which of the group somebody has claimed. */
  claimed: ReadonlySet<string>;
  today: string;
  place: Place;
  onSave: (batch: OpenShiftBatch) => Promise<unknown>;
  close: () => void;
}) {
  const positions = useQuery(positionsQuery);
  const locations = useQuery(locationsQuery);
  const staffing = useQuery(staffingQuery);
  const [values, setValues] = useState(() => initialValues(group, today, place.timeZone));
  const [failure, setFailure] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const set = (change: Partial<typeof values>) => setValues((was) => ({ ...was, ...change }));

  const from = parseWallTime(values.from);
  const to = parseWallTime(values.to);
  const span =
    from && to && values.date
      ? spanOnDay(values.date, from, to, place.timeZone, values.daysLater ?? undefined)
      : null;
  const number = Number(values.number);
  const breakMinutes = Number(values.breakMinutes);
  const trouble =
    span && span.to <= span.from
      ? "It would end before it starts."
      : span && span.to - span.from > longestSeconds
        ? "A shift is at most 48 hours long."
        : span && span.to - span.from <= breakMinutes * 60
          ? "The break is as long as the shift."
          : null;
  const title = group ? "Edit open shift" : "New open shift";
  const names = [
    ...new Set([
      ...(positions.data ?? []).map(({ name }) => name),
      ...(staffing.data?.data.needs ?? []).map(({ position }) => position),
    ]),
  ].sort((one, other) => one.localeCompare(other));
  const places = (locations.data ?? []).filter(
    ({ id, archived }) => !archived || id === values.locationId,
  );

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!span || trouble !== null) {
      return;
    }
    const content = {
      starts_at: instantOf(span.from),
      ends_at: instantOf(span.to),
      break_minutes: breakMinutes,
      position: values.position.trim() || null,
      location_id: values.locationId || null,
      note: values.note.trim() || null,
      published: values.isPublished,
    };
    setSaving(true);
    try {
      await onSave(batchOf(group, content, number, claimed));
      close();
    } catch (error) {
      setFailure(error);
    } finally {
      setSaving(false);
    }
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={(event) => void submit(event)} aria-label={title}>
        <Stack gap="sm">
          {claimed.size > 0 && (
            <Text size="sm">
              {counted(claimed.size, "claim")} {claimed.size === 1 ? "waits" : "wait"} for approval.
              A change of times or details overtakes {claimed.size === 1 ? "it" : "them"}; another
              number does not.
            </Text>
          )}
          <Group grow align="flex-start" gap="sm">
            <TextInput
              type="date"
              label="Date"
              required
              withAsterisk={false}
              value={values.date}
              onChange={(event) => set({ date: event.currentTarget.value, daysLater: null })}
            />
            <NumberInput
              label="People needed"
              size="sm"
              min={1}
              max={mostNeeded}
              allowDecimal={false}
              clampBehavior="blur"
              required
              withAsterisk={false}
              value={values.number}
              onChange={(value) => set({ number: value })}
            />
          </Group>
          <div className={classes.form}>
            <TextInput
              label="From"
              required
              withAsterisk={false}
              data-autofocus
              autoComplete="off"
              value={values.from}
              error={values.from !== "" && !from ? "Such as 22:00" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ from: event.currentTarget.value, daysLater: null })}
            />
            <TextInput
              label="To"
              required
              withAsterisk={false}
              autoComplete="off"
              value={values.to}
              error={values.to !== "" && !to ? "Such as 6:00" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ to: event.currentTarget.value, daysLater: null })}
            />
            <NumberInput
              label="Break, minutes"
              size="sm"
              min={0}
              max={longestBreakMinutes}
              allowDecimal={false}
              clampBehavior="blur"
              value={values.breakMinutes}
              onChange={(value) => set({ breakMinutes: value })}
            />
          </div>
          <Text size="sm" c={trouble ? "error" : "dimmed"} role="status">
            {trouble ??
              (span
                ? `${readableDuration(span.to - span.from)}${isNextDay(from, to) ? ", to the next day" : ""}.`
                : "Times as the clock shows them.")}{" "}
            {place.timeZone.replaceAll("_", " ")}
          </Text>
          <Autocomplete
            label="Position"
            size="sm"
            maxLength={100}
            data={names}
            value={values.position}
            onChange={(position) => set({ position })}
          />
          {places.length > 0 && (
            <NativeSelect
              label="Location"
              data={[
                { value: "", label: "None" },
                ...places.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              value={values.locationId}
              onChange={(event) => set({ locationId: event.currentTarget.value })}
            />
          )}
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
            description="Members see and claim what is published."
            checked={values.isPublished}
            onChange={(event) => set({ isPublished: event.currentTarget.checked })}
          />
          {failure !== null && (
            <Alert color="safranin" variant="light" role="alert">
              {detailOf(failure)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={isSaving}
              disabled={trouble !== null || !span || !(number >= 1 && number <= mostNeeded)}
            >
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function initialValues(group: OpenGroup | null, today: string, timeZone: string) {
  const shift = group?.first;
  const start = shift && fromInstant(shift.starts_at, timeZone);
  const end = shift && fromInstant(shift.ends_at, timeZone);
  const daysLater =
    start && end
      ? ([0, 1, 2].find((days) => addDays(start.date, days) === end.date) ?? null)
      : null;
  return {
    date: start?.date ?? addDays(today, 1),
    number: (group?.all.length ?? 1) as number | string,
    from: start ? clockText(start.time) : "08:00",
    to: end ? clockText(end.time) : "16:00",
    daysLater,
    breakMinutes: (shift?.break_minutes ?? 0) as number | string,
    position: shift?.position ?? "",
    locationId: shift?.location_id ?? "",
    note: shift?.note ?? "",
    isPublished: shift?.published ?? true,
  };
}

const clockText = ({ hour, minute }: WallTime) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

function isNextDay(from: WallTime | null, to: WallTime | null): boolean {
  return from !== null && to !== null && to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
}

function detailOf(error: unknown): string {
  return (error instanceof Problem ? error.fields[0]?.detail : undefined) ?? explain(error);
}
