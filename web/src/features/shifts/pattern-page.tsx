import {
  ActionIcon,
  Alert,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
} from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowLeft,
  IconPencil,
  IconPlus,
  IconRepeat,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, isProblem, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { ShiftPattern, ShiftTemplate } from "@/api/types";
import { addDays, dayOf, weekdayName } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { isDate } from "@/lib/wall-clock";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import {
  type Cycle,
  clocksText,
  cycleOf,
  entriesOf,
  lengthText,
  longestCycleDays,
  repeated,
  resized,
  sumOf,
  without,
} from "./cycle";
import { CycleGrid } from "./cycle-grid";
import { useSavePattern } from "./pattern-actions";
import { patternQuery, templatesQuery } from "./pattern-queries";
import classes from "./patterns.module.css";
import { briefHours, dyesOf } from "./roster-model";
import { TemplateForm } from "./template-form";

export interface PatternLinks {
  readonly patterns: (parts: { className?: string; children: ReactNode }) => ReactNode;
  readonly apply: (
    patternId: string,
    parts: { className?: string; children: ReactNode },
  ) => ReactNode;
}

interface Loaded {
  readonly data: ShiftPattern;
  readonly version: string | null;
}

interface Values {
  readonly name: string;
  readonly startsOn: string;
  readonly cycle: Cycle;
}

/** A pattern to fill in: who does what on which day, until it begins again. */
export function PatternPage({
  patternId,
  links,
  onSaved,
  onDirty,
}: {
  /** Null for a new one. */
  patternId: string | null;
  links: PatternLinks;
  onSaved: (patternId: string) => void;
  /** Told whether there is something that would be lost. */
  onDirty: (isDirty: boolean) => void;
}) {
  const templates = useQuery(templatesQuery);
  const pattern = useQuery({ ...patternQuery(patternId ?? ""), enabled: patternId !== null });
  const failed = [templates, ...(patternId === null ? [] : [pattern])].find(
    ({ isError, data }) => isError && data === undefined,
  );
  usePageTitle(patternId === null ? "New pattern" : (pattern.data?.data.name ?? "Pattern"));

  if (failed) {
    return (
      <>
        <Title order={1}>Pattern</Title>
        <LoadFailure
          what="The pattern"
          error={failed.error}
          retry={() => {
            void templates.refetch();
            void pattern.refetch();
          }}
          retrying={templates.isFetching || pattern.isFetching}
        />
      </>
    );
  }
  if (!templates.data || (patternId !== null && !pattern.data)) {
    return <Skeleton height={420} radius="lg" role="status" aria-label="Loading the pattern" />;
  }
  return (
    <Editor
      loaded={pattern.data ?? null}
      templates={templates.data}
      links={links}
      onSaved={onSaved}
      onDirty={onDirty}
    />
  );
}

function Editor({
  loaded,
  templates,
  links,
  onSaved,
  onDirty,
}: {
  loaded: Loaded | null;
  templates: readonly ShiftTemplate[];
  links: PatternLinks;
  onSaved: (patternId: string) => void;
  onDirty: (isDirty: boolean) => void;
}) {
  const { locale, timeZone } = usePlace();
  const [base, setBase] = useState(loaded);
  const [start] = useState(() => emptyValues(dayOf(serverClock.now(), timeZone)));
  const [values, setValues] = useState<Values>(() => (loaded ? valuesOf(loaded.data) : start));
  const [past, setPast] = useState<readonly Cycle[]>([]);
  const [unit, setUnit] = useState<"weeks" | "days">(
    values.cycle.length % 7 === 0 ? "weeks" : "days",
  );
  const [lengthTyped, setLengthTyped] = useState<string | null>(null);
  const [chosenBrush, setBrush] = useState<string | null | undefined>(undefined);
  const [selection, setSelection] = useState({ at: 0, first: 0, last: 0 });
  const [form, setForm] = useState<{ template: ShiftTemplate | null } | null>(null);
  const [key, setKey] = useState(newIdempotencyKey);
  const save = useSavePattern(base?.data ?? null, base?.version ?? null);

  const saved = base ? valuesOf(base.data) : start;
  const isDirty =
    values.name.trim() !== saved.name ||
    values.startsOn !== saved.startsOn ||
    JSON.stringify(values.cycle) !== JSON.stringify(saved.cycle);
  useEffect(() => onDirty(isDirty), [isDirty, onDirty]);

  // What somebody else changed is shown, unless it would take away what is being written.
  if (loaded && base && loaded.data.updated_at > base.data.updated_at && !isDirty) {
    setBase(loaded);
    setValues(valuesOf(loaded.data));
    setPast([]);
  }

  const dyeOf = useMemo(() => dyesOf(templates.map(({ id }) => id)), [templates]);
  const templateOf = useMemo(() => new Map(templates.map((one) => [one.id, one])), [templates]);
  // Until one is chosen, a press puts the first.
  const brush = chosenBrush === undefined ? (templates[0]?.id ?? null) : chosenBrush;
  const { cycle } = values;
  const days = cycle.length;
  const { shifts, seconds } = sumOf(cycle, templateOf);
  const weekdays =
    days % 7 === 0 && isDate(values.startsOn)
      ? Array.from({ length: 7 }, (_, day) => weekdayName(addDays(values.startsOn, day), locale))
      : null;
  const shown = {
    at: Math.min(selection.at, days - 1),
    first: Math.min(selection.first, days - 1),
    last: Math.min(selection.last, days - 1),
  };
  const problem = save.error instanceof Problem ? save.error : null;
  const isWhole = values.name.trim() !== "" && isDate(values.startsOn) && lengthTyped === null;
  const many = shown.last - shown.first + 1;

  function setCycle(next: Cycle) {
    setPast((before) => [...before.slice(-99), cycle]);
    setValues((before) => ({ ...before, cycle: next }));
  }

  function takeBack() {
    const before = past.at(-1);
    if (before) {
      setPast(past.slice(0, -1));
      setValues((now) => ({ ...now, cycle: before }));
      if (before.length !== days) {
        setLengthTyped(null);
        setUnit(before.length % 7 === 0 ? unit : "days");
      }
    }
  }

  function setLength(text: string, of: "weeks" | "days") {
    const number = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) * (of === "weeks" ? 7 : 1) : 0;
    if (number >= 1 && number <= longestCycleDays) {
      setLengthTyped(null);
      if (number !== days) {
        setCycle(resized(cycle, number));
      }
    } else {
      setLengthTyped(text);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isWhole) {
      return;
    }
    const known = without(cycle, new Set(templateOf.keys()));
    save.mutate(
      {
        key,
        body: {
          name: values.name.trim(),
          starts_on: values.startsOn,
          cycle_days: days,
          entries: entriesOf(known),
        },
      },
      {
        onSuccess: (stored) => {
          setKey(newIdempotencyKey());
          setBase(stored);
          setValues(valuesOf(stored.data));
          if (base === null) {
            onDirty(false);
            onSaved(stored.data.id);
          }
        },
      },
    );
  }

  return (
    <Stack gap="md">
      <div>
        {links.patterns({
          className: classes.back ?? "",
          children: (
            <>
              <IconArrowLeft size={15} aria-hidden /> Patterns
            </>
          ),
        })}
        <Title order={1}>{base ? base.data.name : "New pattern"}</Title>
      </div>
      <form onSubmit={submit} aria-label={base ? `Edit ${base.data.name}` : "New pattern"}>
        <Stack gap="md">
          <div className={classes.facts}>
            <TextInput
              label="Name"
              placeholder="Two weeks on, one off"
              maxLength={100}
              autoComplete="off"
              className={classes.grow ?? ""}
              value={values.name}
              error={problem?.field("name")}
              onChange={(event) => {
                const name = event.currentTarget.value;
                setValues((before) => ({ ...before, name }));
              }}
            />
            <Group gap={6} align="flex-start" wrap="nowrap">
              <TextInput
                label="Begins again after"
                inputMode="numeric"
                autoComplete="off"
                w={130}
                value={lengthTyped ?? String(unit === "weeks" ? days / 7 : days)}
                error={lengthTyped === null ? null : "1 to 366 days"}
                onFocus={(event) => event.currentTarget.select()}
                onChange={(event) => setLength(event.currentTarget.value, unit)}
              />
              <NativeSelect
                aria-label="Weeks or days"
                mt={26}
                value={unit}
                data={["weeks", "days"]}
                onChange={(event) => {
                  const next = event.currentTarget.value as "weeks" | "days";
                  setUnit(next);
                  setLength(String(next === "weeks" ? Math.ceil(days / 7) : days), next);
                }}
              />
            </Group>
            <TextInput
              type="date"
              label="A first day of it"
              value={values.startsOn}
              error={isDate(values.startsOn) ? null : "Choose a day."}
              onChange={(event) => {
                const startsOn = event.currentTarget.value;
                setValues((before) => ({ ...before, startsOn }));
              }}
            />
          </div>
          {templates.length === 0 ? (
            <div className={classes.card}>
              <EmptyState
                icon={<IconRepeat size={26} stroke={1.6} aria-hidden />}
                title="First, a shift that comes again"
                action={
                  <Button mt="xs" onClick={() => setForm({ template: null })}>
                    New shift
                  </Button>
                }
              >
                Such as a night from 22:00 to 06:00. A pattern says on which days it is.
              </EmptyState>
            </div>
          ) : (
            <div className={classes.card}>
              <fieldset className={classes.brushes} aria-label="What a press puts">
                {templates.map((template, place) => (
                  <button
                    key={template.id}
                    type="button"
                    className={classes.brush}
                    data-dye={dyeOf.get(template.id)}
                    aria-pressed={brush === template.id}
                    onClick={() => setBrush(template.id)}
                  >
                    {place < 9 && <kbd aria-hidden>{place + 1}</kbd>}
                    <span>
                      <strong>{template.name}</strong> <small>{clocksText(template)}</small>
                    </span>
                  </button>
                ))}
                <button
                  type="button"
                  className={classes.brush}
                  aria-pressed={brush === null}
                  onClick={() => setBrush(null)}
                >
                  <kbd aria-hidden>0</kbd>
                  <span>
                    <strong>Free</strong>
                  </span>
                </button>
                {brush !== null && templateOf.has(brush) && (
                  <Tooltip label={`Edit ${templateOf.get(brush)?.name}`}>
                    <ActionIcon
                      size={36}
                      aria-label={`Edit ${templateOf.get(brush)?.name}`}
                      onClick={() => setForm({ template: templateOf.get(brush) ?? null })}
                    >
                      <IconPencil size={17} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                )}
                <Button
                  variant="subtle"
                  size="sm"
                  leftSection={<IconPlus size={16} aria-hidden />}
                  onClick={() => setForm({ template: null })}
                >
                  New shift
                </Button>
              </fieldset>
              <CycleGrid
                cycle={cycle}
                templates={templates}
                dyeOf={dyeOf}
                brush={brush}
                weekdays={weekdays}
                selection={shown}
                onSelect={setSelection}
                onChange={setCycle}
                onTakeBack={takeBack}
              />
              <Group justify="space-between" gap="xs" mt="sm" wrap="wrap">
                <Text size="sm" role="status">
                  {counted(shifts, "shift")}, {briefHours(seconds)} h in {lengthText(days)}
                  {days !== 7 &&
                    shifts > 0 &&
                    `; ${briefHours((seconds * 7) / days)} h a week on average`}
                  .
                </Text>
                <Group gap={4}>
                  <Button
                    variant="subtle"
                    color="gray"
                    size="compact-sm"
                    leftSection={<IconRepeat size={15} aria-hidden />}
                    disabled={shown.last >= days - 1}
                    onClick={() => setCycle(repeated(cycle, shown))}
                  >
                    Repeat {many === 1 ? "this day" : `these ${many} days`} to the end
                  </Button>
                  <Button
                    variant="subtle"
                    color="gray"
                    size="compact-sm"
                    leftSection={<IconArrowBackUp size={15} aria-hidden />}
                    disabled={past.length === 0}
                    onClick={takeBack}
                  >
                    Take back
                  </Button>
                </Group>
              </Group>
              <p className={classes.hint}>
                Press a day or draw over several. By keys: arrows go about, 1 to 9 put a shift and 0
                makes free, with Shift a second one on the same day; Shift and arrows select, Ctrl C
                and V copy, Ctrl D repeats to the end, Ctrl Z takes back.
              </p>
            </div>
          )}
          {save.error !== null && problem?.field("name") == null && (
            <Alert color="safranin" variant="light" role="alert">
              {isProblem(save.error, "stale")
                ? "Somebody else has changed this pattern meanwhile."
                : (problem?.fields[0]?.detail ?? explain(save.error))}
              {isProblem(save.error, "stale") && loaded && (
                <Button
                  variant="light"
                  color="safranin"
                  size="compact-sm"
                  ml="sm"
                  onClick={() => {
                    setBase(loaded);
                    save.reset();
                  }}
                >
                  Keep mine
                </Button>
              )}
            </Alert>
          )}
          <Group gap="xs">
            <Button type="submit" disabled={!isWhole || !isDirty} loading={save.isPending}>
              {base ? "Save" : "Add pattern"}
            </Button>
            {base &&
              !isDirty &&
              links.apply(base.data.id, {
                className: classes.linkButton ?? "",
                children: "Apply to people …",
              })}
            {base && isDirty && (
              <Button
                variant="default"
                onClick={() => {
                  setValues(saved);
                  setPast([]);
                  setLengthTyped(null);
                  setUnit(saved.cycle.length % 7 === 0 ? "weeks" : "days");
                }}
              >
                Discard changes
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {form && (
        <TemplateForm
          key={form.template?.id ?? "new"}
          template={form.template}
          onSaved={({ id }) => setBrush(id)}
          close={() => setForm(null)}
        />
      )}
    </Stack>
  );
}

function emptyValues(today: string): Values {
  const monday = addDays(today, -((new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % 7));
  return { name: "", startsOn: monday, cycle: resized([], 14) };
}

function valuesOf(pattern: ShiftPattern): Values {
  return { name: pattern.name, startsOn: pattern.starts_on, cycle: cycleOf(pattern) };
}
