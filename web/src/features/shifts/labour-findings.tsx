import {
  ActionIcon,
  Badge,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useMe } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Employee, LabourRuleViolation } from "@/api/types";
import { dateRange, dayOf, monthTitle, shiftMonth, shortDate, yearMonthOf } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { LoadFailure } from "@/ui/notices";
import classes from "./labour.module.css";
import { labourChecksQuery } from "./labour-queries";
import type { LabourChoice } from "./labour-rules-page";
import { nameOf, peopleQuery } from "./queries";

export interface LabourFindingsLinks {
  readonly roster: (date: string, parts: { className?: string; children: ReactNode }) => ReactNode;
}

/** More than this many are not drawn at once. */
const mostShown = 200;

/** What is against the rules in a month, and who let it be. */
export function LabourFindings({
  choice,
  onChoose,
  links,
  hasRules,
  employeeOf,
}: {
  choice: LabourChoice;
  onChoose: (choice: LabourChoice) => void;
  links: LabourFindingsLinks;
  hasRules: boolean;
  employeeOf: ReadonlyMap<string, Employee>;
}) {
  const { person } = useMe();
  const { locale, time_zone: timeZone } = person;
  const month = choice.month ?? dayOf(serverClock.now(), timeZone).slice(0, 7);
  const next = stepped(month, 1);
  const checks = useQuery(labourChecksQuery(`${month}-01`, `${next}-01`));
  const people = useQuery(peopleQuery);
  const personOf = useMemo(
    () => new Map(people.data?.map(({ id, name }) => [id, name])),
    [people.data],
  );
  const all = checks.data ?? [];
  const overridden = all.filter(({ override }) => override).length;
  const shown = all.filter(
    ({ override }) =>
      choice.show === undefined || (choice.show === "overridden") === Boolean(override),
  );
  const go = (by: -1 | 1) => onChoose({ ...choice, month: stepped(month, by) });

  return (
    <section className={classes.card} aria-labelledby="labour-findings">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h3" id="labour-findings">
            Against the rules
          </Title>
          <Group gap={4} wrap="nowrap">
            <ActionIcon
              variant="default"
              size={32}
              aria-label="Month before"
              disabled={month <= "1973-02"}
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={17} aria-hidden />
            </ActionIcon>
            <Text size="sm" fw={550} ta="center" miw="8.5rem">
              {monthTitle(yearMonthOf(`${month}-01`), locale)}
            </Text>
            <ActionIcon
              variant="default"
              size={32}
              aria-label="Month after"
              disabled={month >= "2096-12"}
              onClick={() => go(1)}
            >
              <IconChevronRight size={17} aria-hidden />
            </ActionIcon>
          </Group>
        </Group>
        {overridden > 0 && (
          <SegmentedControl
            size="xs"
            aria-label="Which"
            value={choice.show ?? "all"}
            data={[
              { value: "all", label: `All ${all.length}` },
              { value: "open", label: `Open ${all.length - overridden}` },
              { value: "overridden", label: `Overridden ${overridden}` },
            ]}
            onChange={(value) => {
              const { show: _show, ...others } = choice;
              onChoose(
                value === "open" || value === "overridden" ? { ...others, show: value } : others,
              );
            }}
          />
        )}
        {checks.isPending ? (
          <Skeleton height={120} radius="md" role="status" aria-label="Loading findings" />
        ) : checks.data === undefined ? (
          <LoadFailure
            what="What is against the rules"
            error={checks.error}
            retry={() => void checks.refetch()}
            retrying={checks.isFetching}
          />
        ) : shown.length === 0 ? (
          <Text size="sm" c="dimmed" role="status">
            {hasRules
              ? all.length === 0
                ? "Nothing in this month is against the rules, drafts included."
                : "None of these."
              : "Without rules nothing is against them."}
          </Text>
        ) : (
          <>
            <ul className={classes.findings} data-waiting={checks.isPlaceholderData}>
              {shown.slice(0, mostShown).map((one) => (
                <Finding
                  key={`${one.rule_id} ${one.employee_id} ${one.starts_at}`}
                  finding={one}
                  employee={employeeOf.get(one.employee_id)}
                  by={one.override ? personOf.get(one.override.person_id) : undefined}
                  locale={locale}
                  timeZone={timeZone}
                  links={links}
                />
              ))}
            </ul>
            {shown.length > mostShown && (
              <Text size="sm" c="dimmed">
                And {counted(shown.length - mostShown, "more")}.
              </Text>
            )}
          </>
        )}
      </Stack>
    </section>
  );
}

function Finding({
  finding,
  employee,
  by,
  locale,
  timeZone,
  links,
}: {
  finding: LabourRuleViolation;
  employee: Employee | undefined;
  by: string | undefined;
  locale: string;
  timeZone: string;
  links: LabourFindingsLinks;
}) {
  const { override } = finding;
  const first = dayOf(finding.starts_at, timeZone);
  const last = dayOf(Date.parse(finding.ends_at) - 1, timeZone);
  return (
    <li className={classes.finding}>
      <div className={classes.name}>
        {employee ? nameOf(employee) : "Somebody"}{" "}
        <Badge
          size="sm"
          variant="light"
          color={finding.effect === "block" && !override ? "safranin" : "gray"}
        >
          {override ? "Overridden" : finding.effect === "block" ? "Blocks" : "Warns"}
        </Badge>
      </div>
      <p className={classes.demand}>
        {finding.rule}: {finding.detail}{" "}
        {links.roster(first, {
          className: classes.when ?? "",
          children: first === last ? shortDate(first, locale) : dateRange(first, last, locale),
        })}
      </p>
      {override && (
        <p className={classes.reason}>
          “{override.reason}”
          <span>
            {by ?? "Somebody"}, {shortDate(dayOf(override.created_at, timeZone), locale)}
          </span>
        </p>
      )}
    </li>
  );
}

function stepped(month: string, by: number): string {
  const { year, month: number } = shiftMonth(yearMonthOf(`${month}-01`), by);
  return `${year}-${String(number).padStart(2, "0")}`;
}
