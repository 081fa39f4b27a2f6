import {
  Alert,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { Employee, LeaveKind, NewLeaveRequest } from "@/api/types";
import { addDays } from "@/lib/calendar";
import { isDate, parseWallTime, toInstant } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { locationsQuery } from "./catalogue-queries";
import { useAskForLeave } from "./leave-actions";
import { shiftsDuringQuery } from "./leave-queries";
import { kindLabels, leaveKinds, lengthText, spanText } from "./leave-wording";
import { PlannedShifts } from "./planned-shifts";
import { nameOf } from "./queries";

/** Leave to ask for or, as a manager, to enter for somebody. */
export function LeaveForm({
  employees,
  own,
  today,
  close,
}: {
  /** Of whom it may be: oneself alone, or everybody. */
  employees: readonly Employee[];
  own: Employee | undefined;
  today: string;
  close: () => void;
}) {
  const { person, role } = useMe();
  const decides = role !== "member";
  const locations = useQuery(locationsQuery);
  const ask = useAskForLeave();
  const [key, setKey] = useState(newIdempotencyKey);
  const [employeeId, setEmployeeId] = useState(own?.id ?? employees[0]?.id ?? "");
  const [kind, setKind] = useState<LeaveKind>("vacation");
  const [isWhole, setWhole] = useState(true);
  const [first, setFirst] = useState(today);
  const [last, setLast] = useState(today);
  const [from, setFrom] = useState("09:00");
  const [to, setTo] = useState("12:00");
  const [note, setNote] = useState("");
  const [isApproved, setApproved] = useState(decides);

  const employee = employees.find(({ id }) => id === employeeId);
  const who = employee ? nameOf(employee) : "Somebody";
  const timeZone =
    locations.data?.find(({ id }) => id === employee?.location_id)?.time_zone ?? person.time_zone;
  const span = spanOf({ isWhole, first, last, from, to, timeZone });
  const isBackwards = isWhole && isDate(first) && isDate(last) && last < first;
  const planned = useQuery({
    ...shiftsDuringQuery(employeeId, span?.starts_at ?? "", span?.ends_at ?? ""),
    enabled: span !== null && employeeId !== "",
  });
  const problem = ask.error instanceof Problem ? ask.error : null;
  const place = { locale: person.locale, timeZone };

  /** What was refused is another request once it is changed. */
  function change<Value>(set: (value: Value) => void) {
    return (value: Value) => {
      set(value);
      setKey(newIdempotencyKey());
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!span) {
      return;
    }
    const leave: NewLeaveRequest = {
      kind,
      employee_id: employeeId,
      time_zone: timeZone,
      ...(isWhole
        ? { first_day: first, last_day: last }
        : { starts_at: span.starts_at, ends_at: span.ends_at }),
      ...(note.trim() === "" ? {} : { note: note.trim() }),
      ...(isApproved ? { status: "approved" } : {}),
    };
    const done = isApproved
      ? `${employee === own ? "You are" : `${who} is`} away, ${spanText(span, place)}.`
      : `${employee === own ? "You have" : `${who} has`} asked for leave, ${spanText(span, place)}.`;
    ask.mutate({ leave, key, done }, { onSuccess: close });
  }

  const title = decides ? "Enter leave" : "Ask for leave";
  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          {decides && (
            <NativeSelect
              label="Whose"
              value={employeeId}
              data={employees.map((one) => ({
                value: one.id,
                label: one === own ? `${nameOf(one)} (you)` : nameOf(one),
              }))}
              onChange={(event) => change(setEmployeeId)(event.currentTarget.value)}
            />
          )}
          <NativeSelect
            label="Kind"
            data-autofocus
            value={kind}
            data={leaveKinds.map((value) => ({ value, label: kindLabels[value] }))}
            onChange={(event) => change(setKind)(event.currentTarget.value as LeaveKind)}
          />
          <SegmentedControl
            size="sm"
            aria-label="How long"
            value={isWhole ? "days" : "hours"}
            data={[
              { value: "days", label: "Whole days" },
              { value: "hours", label: "Hours" },
            ]}
            onChange={(value) => change(setWhole)(value === "days")}
          />
          {isWhole ? (
            <Group grow align="flex-start">
              <TextInput
                type="date"
                label="First day"
                required
                withAsterisk={false}
                value={first}
                error={problem?.field("first_day")}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  change(setFirst)(value);
                  if (isDate(value) && last < value) {
                    setLast(value);
                  }
                }}
              />
              <TextInput
                type="date"
                label="Last day"
                required
                withAsterisk={false}
                value={last}
                error={isBackwards ? "This is before the first day." : problem?.field("last_day")}
                onChange={(event) => change(setLast)(event.currentTarget.value)}
              />
            </Group>
          ) : (
            <Group grow align="flex-start">
              <TextInput
                type="date"
                label="Date"
                required
                withAsterisk={false}
                value={first}
                error={problem?.field("starts_at")}
                onChange={(event) => change(setFirst)(event.currentTarget.value)}
              />
              <TextInput
                label="From"
                required
                withAsterisk={false}
                autoComplete="off"
                value={from}
                error={from !== "" && !parseWallTime(from) ? "Such as 9:00" : null}
                onChange={(event) => change(setFrom)(event.currentTarget.value)}
              />
              <TextInput
                label="To"
                required
                withAsterisk={false}
                autoComplete="off"
                value={to}
                error={
                  to !== "" && !parseWallTime(to) ? "Such as 12:00" : problem?.field("ends_at")
                }
                onChange={(event) => change(setTo)(event.currentTarget.value)}
              />
            </Group>
          )}
          <div role="status">
            {span && (
              <Text size="sm" c="dimmed">
                {spanText(span, place)}: {lengthText(span)}
                {timeZone !== person.time_zone && `, in ${timeZone.replaceAll("_", " ")}`}.
              </Text>
            )}
            {span && planned.data && planned.data.shifts.length > 0 && (
              <Text size="sm">
                <PlannedShifts found={planned.data} place={place} />
              </Text>
            )}
          </div>
          <Textarea
            label="Note"
            description={decides ? "The employee and managers read it." : "Managers read it."}
            size="sm"
            autosize
            minRows={1}
            maxRows={4}
            maxLength={1000}
            value={note}
            error={problem?.field("note")}
            onChange={(event) => change(setNote)(event.currentTarget.value)}
          />
          {decides && (
            <Switch
              label="Approve at once"
              description="Otherwise it waits for a decision."
              checked={isApproved}
              onChange={(event) => change(setApproved)(event.currentTarget.checked)}
            />
          )}
          {ask.error !== null && (problem?.fields.length ?? 0) === 0 && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(ask.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={ask.isPending} disabled={span === null}>
              {decides ? "Save" : "Ask"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** What was typed as a span of time; null while it is none. */
function spanOf({
  isWhole,
  first,
  last,
  from,
  to,
  timeZone,
}: {
  isWhole: boolean;
  first: string;
  last: string;
  from: string;
  to: string;
  timeZone: string;
}) {
  const midnight = { hour: 0, minute: 0, second: 0 };
  if (isWhole) {
    return isDate(first) && isDate(last) && last >= first
      ? {
          first_day: first,
          last_day: last,
          starts_at: toInstant(first, midnight, timeZone).instant,
          ends_at: toInstant(addDays(last, 1), midnight, timeZone).instant,
        }
      : null;
  }
  const begin = parseWallTime(from);
  const end = parseWallTime(to);
  if (!isDate(first) || !begin || !end) {
    return null;
  }
  // An end that is not after the beginning is the next day's.
  const isNextDay = end.hour * 60 + end.minute <= begin.hour * 60 + begin.minute;
  return {
    first_day: null,
    last_day: null,
    starts_at: toInstant(first, begin, timeZone).instant,
    ends_at: toInstant(addDays(first, isNextDay ? 1 : 0), end, timeZone).instant,
  };
}
