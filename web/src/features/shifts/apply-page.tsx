import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowLeft, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import type { Employee, GeneratedShifts, GenerateShifts, ShiftPattern } from "@/api/types";
import { addDays, dayOf, daysBetween, daysInMonth, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { matches } from "@/lib/search";
import { isDate } from "@/lib/wall-clock";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { ApplyPreview } from "./apply-preview";
import { locationsQuery } from "./catalogue-queries";
import { lengthText } from "./cycle";
import { useGenerate } from "./pattern-actions";
import { generationPreviewQuery, patternQuery, templatesQuery } from "./pattern-queries";
import classes from "./patterns.module.css";
import { employeesQuery, nameOf } from "./queries";

export interface ApplyLinks {
  readonly pattern: (
    patternId: string,
    parts: { className?: string; children: ReactNode },
  ) => ReactNode;
  readonly employees: (parts: { className?: string; children: ReactNode }) => ReactNode;
}

const mostDays = 731;
const mostEmployees = 500;

/** A pattern laid over some people and days: seen first, then made. */
export function ApplyPage({
  patternId,
  links,
  onDone,
}: {
  patternId: string;
  links: ApplyLinks;
  onDone: (firstDay: string) => void;
}) {
  const pattern = useQuery(patternQuery(patternId));
  const employees = useQuery(employeesQuery);
  usePageTitle(pattern.data ? `Apply ${pattern.data.data.name}` : "Apply a pattern");
  const failed = [pattern, employees].find(({ isError, data }) => isError && data === undefined);
  if (failed) {
    return (
      <>
        <Title order={1}>Apply a pattern</Title>
        <LoadFailure
          what="The pattern"
          error={failed.error}
          retry={() => {
            void pattern.refetch();
            void employees.refetch();
          }}
          retrying={pattern.isFetching || employees.isFetching}
        />
      </>
    );
  }
  if (!pattern.data || !employees.data) {
    return <Skeleton height={420} radius="lg" role="status" aria-label="Loading the pattern" />;
  }
  return (
    <Application
      pattern={pattern.data.data}
      employees={employees.data}
      links={links}
      onDone={onDone}
    />
  );
}

function Application({
  pattern,
  employees,
  links,
  onDone,
}: {
  pattern: ShiftPattern;
  employees: readonly Employee[];
  links: ApplyLinks;
  onDone: (firstDay: string) => void;
}) {
  const place = usePlace();
  const { timeZone } = place;
  const templates = useQuery(templatesQuery);
  const locations = useQuery(locationsQuery);
  const [days, setDays] = useState(() => nextMonth(dayOf(serverClock.now(), timeZone)));
  const [offsets, setOffsets] = useState<ReadonlyMap<string, number>>(new Map());
  const [locationId, setLocationId] = useState("");
  const [isPublished, setPublished] = useState(false);
  const [isLeavingOut, setLeavingOut] = useState(false);
  const [reason, setReason] = useState("");
  const [search, setSearch] = useState("");
  const generate = useGenerate();

  const zone = locations.data?.find(({ id }) => id === locationId)?.time_zone;
  const known = new Set(employees.map(({ id }) => id));
  const chosen = [...offsets].filter(([id]) => known.has(id));
  const trouble = troubleOf(days, chosen.length);
  const wish: GenerateShifts | null =
    trouble === null && chosen.length > 0
      ? {
          employees: chosen.map(([employee_id, offset_days]) => ({ employee_id, offset_days })),
          from: days.from,
          to: addDays(days.to, 1),
          published: isPublished,
          ...(zone === undefined ? {} : { time_zone: zone }),
        }
      : null;
  // Typing a date, or choosing many people, asks once.
  const [asked] = useDebouncedValue(wish === null ? "" : JSON.stringify(wish), 250);
  const preview = useQuery({
    ...generationPreviewQuery(
      pattern.id,
      asked === "" ? ({} as GenerateShifts) : JSON.parse(asked),
    ),
    enabled: asked !== "",
  });
  const isCurrent = wish !== null && asked === JSON.stringify(wish) && !preview.isPlaceholderData;
  const found = wish === null ? undefined : preview.data;
  const standing = found ? outcomeOf(found) : null;
  const key = useRef({ body: "", key: "" });

  function submit() {
    if (!wish || !standing) {
      return;
    }
    const body: GenerateShifts = {
      ...wish,
      skip_conflicts: isLeavingOut && standing.inTheWay > 0,
      ...(standing.blocked > 0 && reason.trim() !== "" ? { override_reason: reason.trim() } : {}),
    };
    const text = JSON.stringify(body);
    if (key.current.body !== text) {
      key.current = { body: text, key: newIdempotencyKey() };
    }
    generate.mutate(
      { patternId: pattern.id, wish: body, key: key.current.key },
      { onSuccess: () => onDone(wish.from) },
    );
  }

  const isReady =
    isCurrent &&
    found !== undefined &&
    standing !== null &&
    found.shifts.length > 0 &&
    (standing.inTheWay === 0 || isLeavingOut) &&
    (standing.blocked === 0 || reason.trim() !== "");

  return (
    <Stack gap="md" data-wide-page>
      <div>
        {links.pattern(pattern.id, {
          className: classes.back ?? "",
          children: (
            <>
              <IconArrowLeft size={15} aria-hidden /> {pattern.name}
            </>
          ),
        })}
        <Title order={1}>Apply to people</Title>
      </div>
      <div className={classes.application}>
        <div className={classes.card}>
          <Stack gap="sm">
            <Group grow align="flex-start" gap="xs">
              <TextInput
                type="date"
                label="From"
                value={days.from}
                onChange={(event) => setDays({ ...days, from: event.currentTarget.value })}
              />
              <TextInput
                type="date"
                label="To, that day too"
                value={days.to}
                error={trouble}
                onChange={(event) => setDays({ ...days, to: event.currentTarget.value })}
              />
            </Group>
            <NativeSelect
              label="By the clocks of"
              value={locationId}
              data={[
                { value: "", label: "each shift’s location, else your own" },
                ...(locations.data ?? [])
                  .filter(({ archived }) => !archived)
                  .map(({ id, name, time_zone }) => ({
                    value: id,
                    label: `${name} (${time_zone.replaceAll("_", " ")})`,
                  })),
              ]}
              onChange={(event) => setLocationId(event.currentTarget.value)}
            />
            <People
              employees={employees}
              cycleDays={pattern.cycle_days}
              offsets={offsets}
              search={search}
              onSearch={setSearch}
              onChange={setOffsets}
              links={links}
            />
            <Switch
              label="Publish at once"
              description="Otherwise these are drafts, which managers see and publish later."
              checked={isPublished}
              onChange={(event) => setPublished(event.currentTarget.checked)}
            />
          </Stack>
        </div>
        <section className={classes.card} aria-label="Preview" data-waiting={!isCurrent}>
          {wish === null ? (
            <EmptyState
              icon={<IconSearch size={26} stroke={1.6} aria-hidden />}
              title="Nothing to show yet"
            >
              {trouble ??
                "Choose who works by this pattern. What it would make is shown here first."}
            </EmptyState>
          ) : preview.isError && !preview.isFetching ? (
            <Alert color="safranin" variant="light" role="alert" title="This can’t be applied">
              {detailOf(preview.error)}
            </Alert>
          ) : !found || !templates.data ? (
            <Skeleton height={240} radius="md" role="status" aria-label="Working out the preview" />
          ) : (
            <Stack gap="md">
              <ApplyPreview
                found={found}
                from={days.from}
                to={addDays(days.to, 1)}
                employees={employees.filter(({ id }) => offsets.has(id))}
                templates={templates.data}
                place={place}
              />
              {standing && standing.inTheWay > 0 && (
                <Checkbox
                  checked={isLeavingOut}
                  label={`Leave out ${standing.inTheWay === 1 ? "the one that stands" : `the ${standing.inTheWay} that stand`} against something, and make the others`}
                  onChange={(event) => setLeavingOut(event.currentTarget.checked)}
                />
              )}
              {standing && standing.blocked > 0 && (
                <Textarea
                  label="Why it may be against the rules that block"
                  description="Kept with your name, and seen by managers."
                  autosize
                  minRows={2}
                  maxLength={500}
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
              )}
              {generate.error !== null && (
                <Alert color="safranin" variant="light" role="alert">
                  {detailOf(generate.error)}
                </Alert>
              )}
              <Group gap="sm">
                <Button disabled={!isReady} loading={generate.isPending} onClick={submit}>
                  {found.shifts.length === 0
                    ? "Nothing to add"
                    : `Add ${counted(found.shifts.length, isPublished ? "published shift" : "draft")}`}
                </Button>
                {!isReady && isCurrent && found.shifts.length > 0 && (
                  <Text size="sm" c="dimmed">
                    {standing && standing.inTheWay > 0 && !isLeavingOut
                      ? "All of them or none: say whether to leave some out."
                      : "A reason is needed."}
                  </Text>
                )}
              </Group>
            </Stack>
          )}
        </section>
      </div>
    </Stack>
  );
}

function People({
  employees,
  cycleDays,
  offsets,
  search,
  onSearch,
  onChange,
  links,
}: {
  employees: readonly Employee[];
  cycleDays: number;
  offsets: ReadonlyMap<string, number>;
  search: string;
  onSearch: (search: string) => void;
  onChange: (offsets: ReadonlyMap<string, number>) => void;
  links: ApplyLinks;
}) {
  const shown = useMemo(
    () => employees.filter((one) => matches(nameOf(one), search)),
    [employees, search],
  );
  const step = cycleDays % 7 === 0 ? 7 : 1;
  const steps = cycleDays / step;
  const areAllShown = shown.length > 0 && shown.every(({ id }) => offsets.has(id));
  // In the order of the list, whoever was ticked first.
  const inOrder = (next: ReadonlyMap<string, number>) =>
    new Map(
      employees.flatMap(({ id }) => (next.has(id) ? [[id, next.get(id) ?? 0] as const] : [])),
    );

  function tick(ids: readonly string[], isOn: boolean) {
    const next = new Map(offsets);
    for (const id of ids) {
      if (isOn) {
        next.set(id, next.get(id) ?? 0);
      } else {
        next.delete(id);
      }
    }
    onChange(inOrder(next));
  }

  if (employees.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        There are no employees yet. {links.employees({ children: "Add the first" })}
      </Text>
    );
  }
  return (
    <fieldset className={classes.people}>
      <legend>Who</legend>
      <Group gap="xs" wrap="nowrap">
        <TextInput
          type="search"
          aria-label="Search employees"
          placeholder="Search employees"
          leftSection={<IconSearch size={16} aria-hidden />}
          className={classes.grow ?? ""}
          value={search}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
        {steps > 1 && (
          <Button
            variant="default"
            size="sm"
            flex="none"
            disabled={offsets.size < 2}
            onClick={() => {
              const ids = [...offsets.keys()];
              onChange(
                new Map(
                  ids.map((id, place) => [
                    id,
                    ids.length >= steps
                      ? (place % steps) * step
                      : Math.floor((place * steps) / ids.length) * step,
                  ]),
                ),
              );
            }}
          >
            Stagger
          </Button>
        )}
      </Group>
      <Checkbox
        mt="xs"
        size="sm"
        label={
          offsets.size === 0
            ? search === ""
              ? "Everybody"
              : "All of these"
            : `${counted(offsets.size, "person").replace("persons", "people")} chosen`
        }
        checked={areAllShown}
        indeterminate={!areAllShown && offsets.size > 0}
        onChange={() =>
          tick(
            shown.map(({ id }) => id),
            !areAllShown,
          )
        }
      />
      <ul className={classes.peopleList}>
        {shown.map((employee) => {
          const offset = offsets.get(employee.id);
          const name = nameOf(employee);
          return (
            <li key={employee.id} className={classes.person}>
              <Checkbox
                size="sm"
                className={classes.grow ?? ""}
                label={name}
                checked={offset !== undefined}
                onChange={(event) => tick([employee.id], event.currentTarget.checked)}
              />
              {offset !== undefined && steps > 1 && (
                <NativeSelect
                  size="xs"
                  aria-label={`How far ahead ${name} is`}
                  value={String(offset)}
                  data={Array.from({ length: steps }, (_, number) => ({
                    value: String(number * step),
                    label: number === 0 ? "as planned" : `${lengthText(number * step)} ahead`,
                  }))}
                  onChange={(event) =>
                    onChange(new Map(offsets).set(employee.id, Number(event.currentTarget.value)))
                  }
                />
              )}
            </li>
          );
        })}
      </ul>
      {shown.length === 0 && (
        <Text size="sm" c="dimmed">
          Nobody is called “{search}”.
        </Text>
      )}
    </fieldset>
  );
}

/** What stands against applying the whole, as the preview tells. */
function outcomeOf(found: GeneratedShifts) {
  return {
    inTheWay: found.left_out.filter(({ reason }) => reason === "overlap" || reason === "leave")
      .length,
    blocked: (found.warnings ?? []).filter(({ effect }) => effect === "block").length,
  };
}

function troubleOf({ from, to }: { from: string; to: string }, people: number): string | null {
  if (!isDate(from) || !isDate(to)) {
    return "Choose two days.";
  }
  if (to < from) {
    return "It ends before it begins.";
  }
  if (daysBetween(from, to) >= mostDays) {
    return "Two years at most.";
  }
  return people > mostEmployees ? "500 people at most at once." : null;
}

function nextMonth(today: string) {
  const next = shiftMonth(yearMonthOf(today), 1);
  const month = `${next.year}-${String(next.month).padStart(2, "0")}`;
  return { from: `${month}-01`, to: `${month}-${String(daysInMonth(next)).padStart(2, "0")}` };
}

function detailOf(error: unknown): string {
  const detail = error instanceof Problem ? error.fields[0]?.detail : undefined;
  return error instanceof Problem && error.code === "labour_rule_broken"
    ? error.message
    : (detail ?? explain(error));
}
