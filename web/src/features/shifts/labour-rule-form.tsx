import {
  Alert,
  Autocomplete,
  Button,
  Group,
  NativeSelect,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { Employee, LabourRule } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { positionsQuery } from "./catalogue-queries";
import { useLabourRuleChanges } from "./labour-queries";
import {
  demandOf,
  hoursOf,
  type Limits,
  parseHours,
  type RuleKind,
  ruleKinds,
  usualRules,
} from "./labour-wording";
import { nameOf } from "./queries";

/** What the form is opened for: a rule to change, or a new one that begins with these limits. */
export interface OpenRule {
  readonly rule: LabourRule | null;
  readonly limits?: Limits;
}

type Scope = "everybody" | "position" | "employee";

/** A labour rule to add or to change. */
export function LabourRuleForm({
  open,
  employees,
  close,
}: {
  open: OpenRule;
  employees: readonly Employee[];
  close: () => void;
}) {
  const { rule } = open;
  const { person } = useMe();
  const positions = useQuery(positionsQuery);
  const { add, change } = useLabourRuleChanges();
  const [key] = useState(newIdempotencyKey);
  const [values, setValues] = useState(() => ({
    ...textsOf(rule ?? open.limits ?? usualOf("minimum_rest")),
    name: rule?.name ?? null,
    effect: rule?.effect ?? "block",
    scope: (rule?.position ? "position" : rule?.employee_id ? "employee" : "everybody") as Scope,
    position: rule?.position ?? "",
    employeeId: rule?.employee_id ?? employees[0]?.id ?? "",
    timeZone: rule?.time_zone ?? person.time_zone,
  }));
  const set = (part: Partial<typeof values>) => setValues((before) => ({ ...before, ...part }));
  const limits = limitsOf(values);
  const demand = limits && demandOf(limits);
  // As long as nobody calls it otherwise, a rule is called what it demands.
  const name = values.name ?? demand ?? "";
  const isWhole =
    limits !== null &&
    name.trim() !== "" &&
    (values.scope !== "position" || values.position.trim() !== "") &&
    (values.scope !== "employee" || values.employeeId !== "");
  const error = add.error ?? change.error;
  const problem = error instanceof Problem ? error : null;
  const title = rule ? "Edit rule" : "New rule";
  const isDays = values.kind === "maximum_consecutive_days";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isWhole || limits === null) {
      return;
    }
    const { kind, ...limit } = limits;
    const content = {
      name: name.trim(),
      effect: values.effect,
      position: values.scope === "position" ? values.position.trim() : null,
      employee_id: values.scope === "employee" ? values.employeeId : null,
      time_zone: values.timeZone,
    };
    if (rule) {
      change.mutate({ before: rule, to: { ...content, ...limit } }, { onSuccess: close });
    } else {
      add.mutate(
        { rule: { ...content, ...limit, kind, enabled: true }, key },
        { onSuccess: close },
      );
    }
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <NativeSelect
            label="What it is about"
            data={[...ruleKinds]}
            value={values.kind}
            disabled={rule !== null}
            description={rule ? "To change this, add another rule." : undefined}
            onChange={(event) => set(textsOf(usualOf(event.currentTarget.value as RuleKind)))}
          />
          <Group grow align="flex-start">
            <TextInput
              label={limitLabel(values.kind)}
              data-autofocus
              autoComplete="off"
              inputMode={isDays ? "numeric" : "text"}
              value={values.limit}
              error={values.limit !== "" && limits === null ? limitHint(values.kind) : null}
              onChange={(event) => set({ limit: event.currentTarget.value })}
            />
            {values.kind === "break_after" && (
              <TextInput
                label="Minutes of break"
                inputMode="numeric"
                autoComplete="off"
                value={values.pause}
                onChange={(event) => set({ pause: event.currentTarget.value })}
              />
            )}
          </Group>
          <TextInput
            label="Name"
            maxLength={100}
            autoComplete="off"
            value={name}
            error={problem?.field("name")}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <Radio.Group
            label="What it does"
            value={values.effect}
            onChange={(effect) => set({ effect: effect as LabourRule["effect"] })}
          >
            <Stack gap={6} mt={4}>
              <Radio value="block" label="Blocks: nothing is changed without a reason" />
              <Radio value="warn" label="Warns: it is changed, and said" />
            </Stack>
          </Radio.Group>
          <div>
            <Text size="sm" fw={550} mb={4} id="rule-scope">
              For whom
            </Text>
            <SegmentedControl
              fullWidth
              size="sm"
              aria-labelledby="rule-scope"
              value={values.scope}
              data={[
                { value: "everybody", label: "Everybody" },
                { value: "position", label: "A position" },
                { value: "employee", label: "One person", disabled: employees.length === 0 },
              ]}
              onChange={(scope) => set({ scope: scope as Scope })}
            />
          </div>
          {values.scope === "position" && (
            <Autocomplete
              label="Position"
              size="sm"
              maxLength={100}
              data={positions.data?.map(({ name }) => name) ?? []}
              value={values.position}
              onChange={(position) => set({ position })}
            />
          )}
          {values.scope === "employee" && (
            <NativeSelect
              label="Employee"
              data={employees.map((one) => ({ value: one.id, label: nameOf(one) }))}
              value={values.employeeId}
              onChange={(event) => set({ employeeId: event.currentTarget.value })}
            />
          )}
          <Select
            label="Whose days and weeks"
            searchable
            allowDeselect={false}
            limit={60}
            data={zonesWith(values.timeZone)}
            value={values.timeZone}
            onChange={(timeZone) => timeZone && set({ timeZone })}
          />
          {error !== null && problem?.field("name") == null && (
            <Alert color="safranin" variant="light" role="alert">
              {problem?.fields[0]?.detail ?? explain(error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={!isWhole} loading={add.isPending || change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

const usualOf = (kind: RuleKind): Limits =>
  usualRules.find((one) => one.kind === kind) ?? (usualRules[0] as Limits);

function textsOf({ kind, limit_minutes, limit_days, break_minutes }: Limits) {
  return {
    kind,
    limit: limit_days === null ? hoursOf(limit_minutes ?? 0) : String(limit_days),
    pause: String(break_minutes ?? 30),
  };
}

/** Null for what is no limit of this kind. */
function limitsOf({ kind, limit, pause }: ReturnType<typeof textsOf>): Limits | null {
  if (kind === "maximum_consecutive_days") {
    const days = wholeNumber(limit, 60);
    return days === null
      ? null
      : { kind, limit_days: days, limit_minutes: null, break_minutes: null };
  }
  const minutes = parseHours(limit);
  const most = kind === "maximum_daily_hours" ? 2880 : 10_080;
  const rest = kind === "break_after" ? wholeNumber(pause, 720) : null;
  if (minutes === null || minutes > most || (kind === "break_after" && rest === null)) {
    return null;
  }
  return { kind, limit_minutes: minutes, limit_days: null, break_minutes: rest };
}

function wholeNumber(text: string, most: number): number | null {
  const number = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : null;
}

function limitLabel(kind: RuleKind): string {
  return {
    minimum_rest: "Hours of rest",
    maximum_daily_hours: "Hours a day",
    maximum_weekly_hours: "Hours a week",
    maximum_consecutive_days: "Days in a row",
    break_after: "After hours of work",
  }[kind];
}

function limitHint(kind: RuleKind): string {
  return kind === "maximum_consecutive_days" ? "1 to 60 days." : "Such as 11 or 7:30.";
}

function zonesWith(timeZone: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes(timeZone) ? known : [timeZone, ...known];
}
