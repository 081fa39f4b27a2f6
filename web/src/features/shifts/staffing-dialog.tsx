import {
  ActionIcon,
  Alert,
  Autocomplete,
  Button,
  Group,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { StaffingPlan } from "@/api/types";
import { parseWallTime } from "@/lib/wall-clock";
import { Dialog } from "@/ui/dialog";
import { showUndo } from "@/ui/toasts";
import classes from "./roster.module.css";
import { needsOf, type StaffingLine, staffingLines } from "./staffing-lines";

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** How many people are needed when; saved as a whole. */
export function StaffingDialog({
  plan,
  version,
  timeZone,
  positions,
  close,
}: {
  plan: StaffingPlan;
  version: string | null;
  timeZone: string;
  positions: readonly string[];
  close: () => void;
}) {
  const queryClient = useQueryClient();
  const [zone, setZone] = useState(plan.time_zone ?? timeZone);
  const [lines, setLines] = useState<readonly StaffingLine[]>(() => staffingLines(plan.needs));
  const put = (body: { time_zone: string; needs: StaffingPlan["needs"] }, ifMatch: string | null) =>
    answer(
      api.PUT("/api/v1/staffing-needs", {
        body,
        ...(ifMatch === null ? {} : { headers: { "If-Match": ifMatch } }),
      }),
    );
  const save = useMutation({
    mutationFn: () => put({ time_zone: zone, needs: needsOf(lines) }, version),
    onSuccess: async () => {
      close();
      await refresh(queryClient, "staffing-needs");
      showUndo("Staffing needs are saved.", () => {
        void put({ time_zone: plan.time_zone ?? timeZone, needs: plan.needs }, null).then(() =>
          refresh(queryClient, "staffing-needs"),
        );
      });
    },
  });
  const isWhole = lines.every(
    ({ position, days, from, to }) =>
      position.trim() && days.length > 0 && parseWallTime(from) && parseWallTime(to),
  );

  function change(key: number, part: Partial<StaffingLine>) {
    setLines((before) => before.map((line) => (line.key === key ? { ...line, ...part } : line)));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isWhole) {
      save.mutate();
    }
  }

  return (
    <Dialog isOpen title="Staffing needs" onClose={close} isSticky>
      <form onSubmit={submit} aria-label="Staffing needs">
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            How many people a position takes, at every moment of these times. A time that is not
            after the first is that of the next day.
          </Text>
          <Select
            label="Time zone of the lab"
            searchable
            allowDeselect={false}
            limit={60}
            data={Intl.supportedValuesOf("timeZone")}
            value={zone}
            onChange={(value) => value && setZone(value)}
          />
          {lines.map((line, index) => (
            <fieldset key={line.key} className={classes.need}>
              <legend>Need {index + 1}</legend>
              <Autocomplete
                label="Position"
                size="sm"
                maxLength={100}
                data={[...positions]}
                value={line.position}
                onChange={(position) => change(line.key, { position })}
              />
              <Group gap={4} role="group" aria-label={`Days of need ${index + 1}`}>
                {weekdays.map((name, place) => {
                  const day = place + 1;
                  const isOn = line.days.includes(day);
                  return (
                    <button
                      key={name}
                      type="button"
                      className={classes.weekday}
                      aria-pressed={isOn}
                      onClick={() =>
                        change(line.key, {
                          days: isOn
                            ? line.days.filter((other) => other !== day)
                            : [...line.days, day].sort(),
                        })
                      }
                    >
                      {name}
                    </button>
                  );
                })}
              </Group>
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <TextInput
                  label="From"
                  value={line.from}
                  error={line.from !== "" && !parseWallTime(line.from)}
                  onChange={(event) => change(line.key, { from: event.currentTarget.value })}
                />
                <TextInput
                  label="To"
                  value={line.to}
                  error={line.to !== "" && !parseWallTime(line.to)}
                  onChange={(event) => change(line.key, { to: event.currentTarget.value })}
                />
                <TextInput
                  type="number"
                  label="People"
                  min={1}
                  max={999}
                  required
                  withAsterisk={false}
                  value={String(line.number)}
                  onChange={(event) =>
                    change(line.key, {
                      number: Math.max(1, Number(event.currentTarget.value) || 1),
                    })
                  }
                />
                <ActionIcon
                  size={34}
                  aria-label={`Remove need ${index + 1}`}
                  onClick={() => setLines((before) => before.filter(({ key }) => key !== line.key))}
                >
                  <IconTrash size={17} aria-hidden />
                </ActionIcon>
              </Group>
            </fieldset>
          ))}
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() =>
              setLines((before) => [
                ...before,
                {
                  key: Math.max(0, ...before.map(({ key }) => key)) + 1,
                  position: "",
                  days: [1, 2, 3, 4, 5],
                  from: "08:00",
                  to: "16:00",
                  number: 1,
                },
              ])
            }
          >
            Add a need
          </Button>
          {save.error !== null && (
            <Alert color="safranin" variant="light" role="alert">
              {save.error instanceof Problem && save.error.status === 412
                ? "Somebody else has changed the needs meanwhile: close this and look again."
                : save.error instanceof Problem && save.error.fields[0]
                  ? save.error.fields[0].detail
                  : explain(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!isWhole}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
