import {
  Alert,
  Autocomplete,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { ShiftTemplate } from "@/api/types";
import { dayLabel, dayOf } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { parseWallTime, type WallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { locationsQuery, positionsQuery } from "./catalogue-queries";
import { endClock, nominalMinutes } from "./cycle";
import { hoursOf, parseHours } from "./labour-wording";
import { useSaveTemplate } from "./pattern-actions";
import classes from "./patterns.module.css";
import { type OddShift, oddShifts } from "./template-times";

/** A shift as it is done again and again, to add or to change. */
export function TemplateForm({
  template,
  onSaved,
  close,
}: {
  template: ShiftTemplate | null;
  onSaved?: (template: ShiftTemplate) => void;
  close: () => void;
}) {
  const { locale, timeZone: ownZone } = usePlace();
  const positions = useQuery(positionsQuery);
  const locations = useQuery(locationsQuery);
  const [key] = useState(newIdempotencyKey);
  const save = useSaveTemplate(template);
  const [values, setValues] = useState(() => ({
    name: template?.name ?? "",
    from: template?.start_time ?? "08:00",
    ends: template?.duration_minutes != null ? "after" : "at",
    to: template ? endClock(template) : "16:00",
    length: template ? hoursOf(nominalMinutes(template)) : "8",
    pause: String(template?.break_minutes ?? 0),
    position: template?.position ?? "",
    locationId: template?.location_id ?? "",
    note: template?.note ?? "",
  }));
  const set = (part: Partial<typeof values>) => setValues((before) => ({ ...before, ...part }));

  const from = parseWallTime(values.from);
  const to = parseWallTime(values.to);
  const length = parseHours(values.length);
  const pause = /^\s*\d{1,4}\s*$/.test(values.pause) ? Number(values.pause) : null;
  const isFixed = values.ends === "after";
  const times =
    from && (isFixed ? length !== null && length <= 2880 : to)
      ? {
          start_time: clockText(from),
          end_time: isFixed || !to ? null : clockText(to),
          duration_minutes: isFixed ? length : null,
        }
      : null;
  const isBreakTooLong = times !== null && pause !== null && pause >= nominalMinutes(times);
  const isWhole = times !== null && pause !== null && !isBreakTooLong && values.name.trim() !== "";
  const place = locations.data?.find(({ id }) => id === values.locationId);
  const timeZone = place?.time_zone ?? ownZone;
  const problem = save.error instanceof Problem ? save.error : null;
  const title = template ? `Edit ${template.name}` : "New shift for patterns";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isWhole && times && pause !== null) {
      save.mutate(
        {
          key,
          body: {
            ...times,
            name: values.name.trim(),
            break_minutes: pause,
            position: values.position.trim() || null,
            location_id: values.locationId || null,
            note: values.note.trim() || null,
          },
        },
        {
          onSuccess: (saved) => {
            onSaved?.(saved);
            close();
          },
        },
      );
    }
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="Night"
            maxLength={100}
            data-autofocus
            autoComplete="off"
            value={values.name}
            error={problem?.field("name")}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <div className={classes.times}>
            <TextInput
              label="From"
              autoComplete="off"
              value={values.from}
              error={values.from !== "" && !from ? "Such as 22:00" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ from: event.currentTarget.value })}
            />
            {isFixed ? (
              <TextInput
                label="Hours"
                autoComplete="off"
                value={values.length}
                error={values.length !== "" && times === null ? "Up to 48" : null}
                onFocus={(event) => event.currentTarget.select()}
                onChange={(event) => set({ length: event.currentTarget.value })}
              />
            ) : (
              <TextInput
                label="To"
                autoComplete="off"
                value={values.to}
                error={values.to !== "" && !to ? "Such as 6:00" : null}
                onFocus={(event) => event.currentTarget.select()}
                onChange={(event) => set({ to: event.currentTarget.value })}
              />
            )}
            <TextInput
              label="Break, minutes"
              inputMode="numeric"
              autoComplete="off"
              value={values.pause}
              error={isBreakTooLong ? "Too long" : pause === null ? "Such as 30" : null}
              onFocus={(event) => event.currentTarget.select()}
              onChange={(event) => set({ pause: event.currentTarget.value })}
            />
          </div>
          <SegmentedControl
            size="sm"
            fullWidth
            aria-label="When it ends"
            value={values.ends}
            data={[
              { value: "at", label: "Ends by the clock" },
              { value: "after", label: "Has a fixed length" },
            ]}
            onChange={(ends) => set({ ends })}
          />
          <div role="status" className={classes.lengths}>
            {times && (
              <Lengths times={times} pause={pause ?? 0} timeZone={timeZone} locale={locale} />
            )}
          </div>
          <Group grow align="flex-start">
            <Autocomplete
              label="Position"
              size="sm"
              maxLength={100}
              data={positions.data?.map(({ name }) => name) ?? []}
              value={values.position}
              onChange={(position) => set({ position })}
            />
            <NativeSelect
              label="Location"
              value={values.locationId}
              data={[
                { value: "", label: "None" },
                ...(locations.data ?? [])
                  .filter(({ id, archived }) => !archived || id === values.locationId)
                  .map(({ id, name }) => ({ value: id, label: name })),
              ]}
              onChange={(event) => set({ locationId: event.currentTarget.value })}
            />
          </Group>
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
          {save.error !== null && problem?.field("name") == null && (
            <Alert color="safranin" variant="light" role="alert">
              {problem?.fields[0]?.detail ?? explain(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={!isWhole} loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** How long the shift is, and on which of the coming nights the clocks make it another. */
function Lengths({
  times,
  pause,
  timeZone,
  locale,
}: {
  times: Pick<ShiftTemplate, "start_time" | "end_time" | "duration_minutes">;
  pause: number;
  timeZone: string;
  locale: string;
}) {
  const today = dayOf(serverClock.now(), timeZone);
  const minutes = nominalMinutes(times);
  const odd = oddShifts(times, timeZone, today);
  return (
    <>
      <Text size="sm">
        {readableDuration(minutes * 60)}
        {pause > 0 && pause < minutes && `, ${readableDuration((minutes - pause) * 60)} of work`}
        {times.duration_minutes !== null && `, to ${endClock(times)}`}.{" "}
        <Text span size="xs" c="dimmed">
          {timeZone.replaceAll("_", " ")}
        </Text>
      </Text>
      {odd.map((one) => (
        <Text key={one.date} size="sm" c="dimmed">
          {oddText(one, locale)}
        </Text>
      ))}
    </>
  );
}

/** `Sat 28 Mar 2026: 7 h, because clocks go forward.` */
export function oddText(
  { date, seconds, difference, endsAt, isForward }: OddShift,
  locale: string,
) {
  const what = difference === 0 ? `ends at ${endsAt}` : readableDuration(seconds);
  return `${dayLabel(date, locale)} ${date.slice(0, 4)}: ${what}, because clocks go ${isForward ? "forward" : "back"}.`;
}

const clockText = ({ hour, minute }: WallTime) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
