import {
  ActionIcon,
  Badge,
  Button,
  Group,
  Skeleton,
  Stack,
  Switch,
  Text,
  Title,
} from "@mantine/core";
import { IconPencil, IconPlus, IconScale, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/api/me";
import type { Employee, LabourRule } from "@/api/types";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showFailure } from "@/ui/toasts";
import classes from "./labour.module.css";
import { LabourFindings, type LabourFindingsLinks } from "./labour-findings";
import { labourRulesQuery, useLabourRuleChanges } from "./labour-queries";
import { LabourRuleForm, type OpenRule } from "./labour-rule-form";
import { demandOf, usualRules } from "./labour-wording";
import { employeesQuery, nameOf } from "./queries";

export interface LabourChoice {
  /** The month whose findings are shown, `YYYY-MM`; without one, this month. */
  readonly month?: string;
  /** Only what somebody let be, or only the rest. */
  readonly show?: "open" | "overridden";
}

/** What shifts are held to, and what is against it. */
export function LabourRulesPage({
  choice,
  onChoose,
  links,
}: {
  choice: LabourChoice;
  onChoose: (choice: LabourChoice) => void;
  links: LabourFindingsLinks;
}) {
  usePageTitle("Labour rules");
  const { person } = useMe();
  const rules = useQuery(labourRulesQuery);
  const employees = useQuery(employeesQuery);
  const [open, setOpen] = useState<OpenRule | null>(null);
  const employeeOf = new Map(employees.data?.map((one) => [one.id, one]));

  return (
    <div className={classes.columns}>
      <section className={classes.card} aria-labelledby="labour-rules">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2} size="h3" id="labour-rules">
              Labour rules
            </Title>
            <Text size="sm" c="dimmed" mt={4}>
              What every change of the roster is held to. A rule that blocks takes a reason to be
              overridden.
            </Text>
          </div>
          {rules.data !== undefined && rules.data.length > 0 && (
            <Button
              flex="none"
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setOpen({ rule: null })}
            >
              Add rule
            </Button>
          )}
        </Group>
        {rules.isPending ? (
          <Skeleton height={200} mt="md" radius="md" role="status" aria-label="Loading rules" />
        ) : rules.data === undefined ? (
          <LoadFailure
            what="The rules"
            error={rules.error}
            retry={() => void rules.refetch()}
            retrying={rules.isFetching}
          />
        ) : rules.data.length === 0 ? (
          <EmptyState
            icon={<IconScale size={26} stroke={1.6} aria-hidden />}
            title="No rules yet"
            action={
              <Stack gap={6} mt="xs" w="100%" maw="26rem">
                {usualRules.map((limits) => (
                  <Button
                    key={limits.kind}
                    variant="default"
                    fullWidth
                    h="auto"
                    py={7}
                    classNames={{ label: classes.wrapping ?? "" }}
                    onClick={() => setOpen({ rule: null, limits })}
                  >
                    {demandOf(limits)}
                  </Button>
                ))}
              </Stack>
            }
          >
            Shifts are held to nothing but that nobody has two at once. Begin with what many labs
            hold, or change it as you add it; what the law wants where you are is for you to know.
          </EmptyState>
        ) : (
          <ul className={classes.rules}>
            {rules.data.map((rule) => (
              <Rule
                key={rule.id}
                rule={rule}
                employee={rule.employee_id ? employeeOf.get(rule.employee_id) : undefined}
                ownZone={person.time_zone}
                onEdit={() => setOpen({ rule })}
              />
            ))}
          </ul>
        )}
      </section>
      <LabourFindings
        choice={choice}
        onChoose={onChoose}
        links={links}
        hasRules={(rules.data ?? []).some(({ enabled }) => enabled)}
        employeeOf={employeeOf}
      />
      {open && (
        <LabourRuleForm
          key={open.rule?.id ?? open.limits?.kind ?? "new"}
          open={open}
          employees={employees.data ?? []}
          close={() => setOpen(null)}
        />
      )}
    </div>
  );
}

function Rule({
  rule,
  employee,
  ownZone,
  onEdit,
}: {
  rule: LabourRule;
  employee: Employee | undefined;
  ownZone: string;
  onEdit: () => void;
}) {
  const { change, remove } = useLabourRuleChanges();
  const demand = demandOf(rule);
  const scope = [
    rule.position !== null && `shifts of ${rule.position}`,
    rule.employee_id !== null && (employee ? nameOf(employee) : "one employee"),
  ].filter(Boolean);
  return (
    <li className={classes.rule} data-off={!rule.enabled}>
      <Switch
        aria-label={`${rule.name}: switched on`}
        checked={change.isPending ? !rule.enabled : rule.enabled}
        disabled={change.isPending}
        onChange={(event) =>
          change.mutate(
            { before: rule, to: { enabled: event.currentTarget.checked } },
            { onError: (error) => showFailure("The rule wasn’t changed", error) },
          )
        }
      />
      <div className={classes.what}>
        <div className={classes.name}>
          {rule.name}{" "}
          {rule.enabled ? (
            <Badge size="sm" variant="light" color={rule.effect === "block" ? "safranin" : "gray"}>
              {rule.effect === "block" ? "Blocks" : "Warns"}
            </Badge>
          ) : (
            <Badge size="sm" variant="light" color="gray">
              Off
            </Badge>
          )}
        </div>
        <p className={classes.demand}>
          {demand !== rule.name && `${demand}. `}
          For {scope.length === 0 ? "everybody" : scope.join(", of ")}
          {rule.time_zone !== ownZone && `; days of ${rule.time_zone.replaceAll("_", " ")}`}.
        </p>
      </div>
      <ActionIcon size={34} aria-label={`Edit ${rule.name}`} title="Edit" onClick={onEdit}>
        <IconPencil size={17} stroke={1.8} aria-hidden />
      </ActionIcon>
      <ActionIcon
        size={34}
        aria-label={`Delete ${rule.name}`}
        title="Delete"
        disabled={remove.isPending}
        onClick={() => remove.mutate(rule)}
      >
        <IconTrash size={17} stroke={1.8} aria-hidden />
      </ActionIcon>
    </li>
  );
}
