import { ActionIcon, Button, Group, Menu, Skeleton, Stack, Text, Title } from "@mantine/core";
import {
  IconCopy,
  IconDots,
  IconPencil,
  IconPlus,
  IconRepeat,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { usePlace } from "@/api/me";
import type { ShiftGeneration, ShiftPattern, ShiftTemplate } from "@/api/types";
import { addDays, dateAndTime, dateRange } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { locationsQuery } from "./catalogue-queries";
import { clocksText, cycleOf, lengthText, sumOf, workedSeconds } from "./cycle";
import {
  useDuplicatePattern,
  useRemovePattern,
  useRemoveTemplate,
  useTakeBack,
} from "./pattern-actions";
import { generationsQuery, patternsQuery, templatesQuery } from "./pattern-queries";
import classes from "./patterns.module.css";
import { peopleQuery } from "./queries";
import { briefHours, dyesOf } from "./roster-model";
import { TemplateForm } from "./template-form";

export interface PatternsLinks {
  readonly pattern: (
    patternId: string | null,
    parts: { className?: string; children: ReactNode },
  ) => ReactNode;
  readonly apply: (
    patternId: string,
    parts: { className?: string; children: ReactNode },
  ) => ReactNode;
  readonly roster: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
}

/** Days drawn of a cycle in the list; longer ones are cut. */
const mostDrawn = 56;
const firstGenerations = 8;

/** Shifts that come again: patterns, what they are made of, and what was made of them. */
export function PatternsPage({ links }: { links: PatternsLinks }) {
  usePageTitle("Patterns");
  const patterns = useQuery(patternsQuery);
  const templates = useQuery(templatesQuery);
  const generations = useQuery(generationsQuery);
  const [form, setForm] = useState<{ template: ShiftTemplate | null } | null>(null);
  const templateOf = useMemo(
    () => new Map(templates.data?.map((one) => [one.id, one])),
    [templates.data],
  );
  const dyeOf = useMemo(() => dyesOf((templates.data ?? []).map(({ id }) => id)), [templates.data]);
  const failed = [patterns, templates].find(({ isError, data }) => isError && data === undefined);

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center">
        <Title order={1}>Patterns</Title>
        {links.pattern(null, {
          className: classes.mainButton ?? "",
          children: (
            <>
              <IconPlus size={16} aria-hidden /> New pattern
            </>
          ),
        })}
      </Group>
      {failed ? (
        <LoadFailure
          what="The patterns"
          error={failed.error}
          retry={() => {
            void patterns.refetch();
            void templates.refetch();
          }}
          retrying={patterns.isFetching || templates.isFetching}
        />
      ) : !patterns.data || !templates.data ? (
        <Skeleton height={260} radius="lg" role="status" aria-label="Loading patterns" />
      ) : (
        <>
          {patterns.data.length === 0 ? (
            <EmptyState
              icon={<IconRepeat size={26} stroke={1.6} aria-hidden />}
              title="No patterns yet"
            >
              A pattern says which shifts come again on which days: two weeks on and one off, or
              nights that rotate. It is filled in once and makes the roster of months.
            </EmptyState>
          ) : (
            <ul className={classes.patterns}>
              {patterns.data.map((pattern) => (
                <PatternLine
                  key={pattern.id}
                  pattern={pattern}
                  taken={patterns.data}
                  templateOf={templateOf}
                  dyeOf={dyeOf}
                  links={links}
                />
              ))}
            </ul>
          )}
          <div className={classes.columns}>
            <Templates
              templates={templates.data}
              patterns={patterns.data}
              dyeOf={dyeOf}
              onOpen={(template) => setForm({ template })}
            />
            <Generations generations={generations.data} links={links} />
          </div>
        </>
      )}
      {form && (
        <TemplateForm
          key={form.template?.id ?? "new"}
          template={form.template}
          close={() => setForm(null)}
        />
      )}
    </Stack>
  );
}

function PatternLine({
  pattern,
  taken,
  templateOf,
  dyeOf,
  links,
}: {
  pattern: ShiftPattern;
  taken: readonly ShiftPattern[];
  templateOf: ReadonlyMap<string, ShiftTemplate>;
  dyeOf: ReadonlyMap<string, number>;
  links: PatternsLinks;
}) {
  const duplicate = useDuplicatePattern();
  const remove = useRemovePattern();
  const cycle = cycleOf(pattern);
  const { shifts, seconds } = sumOf(cycle, templateOf);
  const days = pattern.cycle_days;
  return (
    <li className={classes.pattern}>
      <div className={classes.grow}>
        {links.pattern(pattern.id, {
          className: classes.patternName ?? "",
          children: pattern.name,
        })}
        <Text size="sm" c="dimmed">
          {lengthText(days)}, {counted(shifts, "shift")}
          {shifts > 0 &&
            `, ${briefHours((seconds * 7) / days)} h a week${days === 7 ? "" : " on average"}`}
        </Text>
      </div>
      <div className={classes.strip} aria-hidden>
        {cycle.slice(0, mostDrawn).map((has, day) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
          <i key={day} data-week-begins={day > 0 && day % 7 === 0}>
            {has.map((id) => (
              <b key={id} className={classes.stripe} data-dye={dyeOf.get(id)} />
            ))}
          </i>
        ))}
        {cycle.length > mostDrawn && "…"}
      </div>
      <Group gap={4} wrap="nowrap">
        {links.apply(pattern.id, { className: classes.linkButton ?? "", children: "Apply …" })}
        <Menu position="bottom-end" width={170}>
          <Menu.Target>
            <ActionIcon size={34} aria-label={`More for ${pattern.name}`}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconCopy size={16} aria-hidden />}
              onClick={() => duplicate.mutate({ pattern, name: copyName(pattern.name, taken) })}
            >
              Duplicate
            </Menu.Item>
            <Menu.Item
              color="safranin"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => remove.mutate(pattern)}
            >
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </li>
  );
}

function Templates({
  templates,
  patterns,
  dyeOf,
  onOpen,
}: {
  templates: readonly ShiftTemplate[];
  patterns: readonly ShiftPattern[];
  dyeOf: ReadonlyMap<string, number>;
  onOpen: (template: ShiftTemplate | null) => void;
}) {
  const remove = useRemoveTemplate();
  const locations = useQuery(locationsQuery);
  const locationOf = new Map(locations.data?.map(({ id, name }) => [id, name]));
  const usesOf = new Map<string, number>();
  for (const { entries } of patterns) {
    for (const id of new Set(entries.map((one) => one.template_id))) {
      usesOf.set(id, (usesOf.get(id) ?? 0) + 1);
    }
  }
  return (
    <section className={classes.card} aria-labelledby="templates">
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Title order={2} size="h3" id="templates">
          Shifts to repeat
        </Title>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={() => onOpen(null)}
        >
          New shift
        </Button>
      </Group>
      {templates.length === 0 ? (
        <Text size="sm" c="dimmed">
          Such as “Night, 22:00 to 06:00”. Patterns are filled with them.
        </Text>
      ) : (
        <ul className={classes.lines}>
          {templates.map((template) => (
            <li key={template.id} className={classes.line}>
              <i className={classes.dot} data-dye={dyeOf.get(template.id)} aria-hidden />
              <div className={classes.grow}>
                <p className={classes.lineName}>{template.name}</p>
                <Text size="sm" c="dimmed">
                  {[
                    `${clocksText(template)}, ${briefHours(workedSeconds(template))} h`,
                    template.position,
                    template.location_id && locationOf.get(template.location_id),
                    usesOf.has(template.id) &&
                      `in ${counted(usesOf.get(template.id) ?? 0, "pattern")}`,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </Text>
              </div>
              <ActionIcon
                size={34}
                aria-label={`Edit ${template.name}`}
                title="Edit"
                onClick={() => onOpen(template)}
              >
                <IconPencil size={17} stroke={1.8} aria-hidden />
              </ActionIcon>
              {!usesOf.has(template.id) && (
                <ActionIcon
                  size={34}
                  aria-label={`Delete ${template.name}`}
                  title="Delete"
                  onClick={() => remove.mutate(template)}
                >
                  <IconTrash size={17} stroke={1.8} aria-hidden />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Generations({
  generations,
  links,
}: {
  generations: readonly ShiftGeneration[] | undefined;
  links: PatternsLinks;
}) {
  const place = usePlace();
  const people = useQuery(peopleQuery);
  const takeBack = useTakeBack();
  const [isUnfolded, setUnfolded] = useState(false);
  const personOf = new Map(people.data?.map(({ id, name }) => [id, name]));
  const shown = (generations ?? []).slice(0, isUnfolded ? undefined : firstGenerations);
  return (
    <section className={classes.card} aria-labelledby="generations">
      <Title order={2} size="h3" id="generations" mb="xs">
        Applied
      </Title>
      {generations === undefined ? (
        <Skeleton height={80} role="status" aria-label="Loading what was applied" />
      ) : generations.length === 0 ? (
        <Text size="sm" c="dimmed">
          What patterns made is listed here, and can be taken back as one.
        </Text>
      ) : (
        <ul className={classes.lines}>
          {shown.map((one) => (
            <li key={one.id} className={classes.line}>
              <div className={classes.grow}>
                <p className={classes.lineName}>{one.pattern_name}</p>
                <Text size="sm" c="dimmed">
                  {counted(one.shift_count, "shift")},{" "}
                  {links.roster(one.from, {
                    className: classes.textLink ?? "",
                    children: dateRange(one.from, addDays(one.to, -1), place.locale),
                  })}
                </Text>
                <Text size="xs" c="dimmed">
                  {personOf.get(one.person_id) ?? "Somebody"}, {dateAndTime(one.created_at, place)}
                </Text>
              </div>
              <Button
                variant="default"
                size="xs"
                aria-label={`Take back ${one.pattern_name}, ${counted(one.shift_count, "shift")}`}
                loading={takeBack.isPending && takeBack.variables?.id === one.id}
                onClick={() => takeBack.mutate(one)}
              >
                Take back
              </Button>
            </li>
          ))}
        </ul>
      )}
      {(generations?.length ?? 0) > firstGenerations && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="xs"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          {isUnfolded
            ? "Only the latest"
            : `${(generations?.length ?? 0) - firstGenerations} earlier`}
        </Button>
      )}
    </section>
  );
}

/** `Nights (2)`, or the next number that no other pattern has. */
function copyName(name: string, taken: readonly ShiftPattern[]): string {
  const names = new Set(taken.map((one) => one.name));
  const plain = name.replace(/ \(\d+\)$/, "").slice(0, 94);
  for (let number = 2; ; number += 1) {
    const next = `${plain} (${number})`;
    if (!names.has(next)) {
      return next;
    }
  }
}
