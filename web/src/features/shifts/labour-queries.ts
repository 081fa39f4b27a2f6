/** What is asked and done about labour rules, each change with a way back. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { LabourRule, LabourRuleViolation, NewLabourRule } from "@/api/types";
import { everyPage } from "@/api/whole-list";
import { showFailure, showUndo } from "@/ui/toasts";

/** The rules, in the order in which they were added. */
export const labourRulesQuery = queryOptions({
  queryKey: ["labour-rules"],
  queryFn: ({ signal }): Promise<LabourRule[]> =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/labour-rules", { signal, params: { query: { limit: 200, ...cursor } } }),
      ),
    ),
});

/** What is against the rules in a half-open range of dates; it changes with the shifts. */
export const labourChecksQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ["shifts", "checks", from, to],
    queryFn: ({ signal }): Promise<LabourRuleViolation[]> =>
      everyPage((cursor) =>
        answer(
          api.GET("/api/v1/shifts/checks", {
            signal,
            params: { query: { from, to, limit: 500, ...cursor } },
          }),
        ),
      ),
    placeholderData: keepPreviousData,
  });

export type LabourRuleChange = Partial<
  Pick<
    LabourRule,
    | "name"
    | "effect"
    | "enabled"
    | "limit_minutes"
    | "limit_days"
    | "break_minutes"
    | "position"
    | "employee_id"
    | "time_zone"
  >
>;

const add = (rule: NewLabourRule, key: string) =>
  answer(api.POST("/api/v1/labour-rules", { body: rule, headers: { "Idempotency-Key": key } }));

const change = (id: string, to: LabourRuleChange) =>
  answer(
    api.PATCH("/api/v1/labour-rules/{labour_rule_id}", {
      params: { path: { labour_rule_id: id } },
      body: withoutNoLimits(to),
    }),
  );

const remove = (id: string) =>
  answer(
    api.DELETE("/api/v1/labour-rules/{labour_rule_id}", {
      params: { path: { labour_rule_id: id } },
    }),
  );

export function useLabourRuleChanges() {
  const queryClient = useQueryClient();
  const onSettled = () => refresh(queryClient, "labour-rules", "shifts");
  const back = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled,
  });
  return {
    add: useMutation({
      mutationFn: ({ rule, key }: { rule: NewLabourRule; key: string }) => add(rule, key),
      onSuccess: (rule) =>
        showUndo(`“${rule.name}” is added.`, () => back.mutate(() => remove(rule.id))),
      onSettled,
    }),
    change: useMutation({
      mutationFn: ({ before, to }: { before: LabourRule; to: LabourRuleChange }) =>
        change(before.id, to),
      onSuccess: (rule, { before, to }) =>
        showUndo(
          to.enabled === undefined
            ? `“${rule.name}” is changed.`
            : `“${rule.name}” is switched ${rule.enabled ? "on" : "off"}.`,
          () => back.mutate(() => change(before.id, contentOf(before))),
        ),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (rule: LabourRule) => remove(rule.id),
      onSuccess: (_gone, rule) =>
        showUndo(`“${rule.name}” is deleted.`, () =>
          back.mutate(() =>
            add(
              { ...withoutNoLimits(contentOf(rule)), kind: rule.kind } as NewLabourRule,
              newIdempotencyKey(),
            ),
          ),
        ),
      onError: (error) => showFailure("The rule wasn’t deleted", error),
      onSettled,
    }),
  };
}

function contentOf({
  name,
  effect,
  enabled,
  limit_minutes,
  limit_days,
  break_minutes,
  position,
  employee_id,
  time_zone,
}: LabourRule) {
  return {
    name,
    effect,
    enabled,
    limit_minutes,
    limit_days,
    break_minutes,
    position,
    employee_id,
    time_zone,
  };
}

/** A limit that a kind of rule does not have is not sent. */
function withoutNoLimits({
  limit_minutes,
  limit_days,
  break_minutes,
  ...others
}: LabourRuleChange) {
  return {
    ...others,
    ...(limit_minutes == null ? {} : { limit_minutes }),
    ...(limit_days == null ? {} : { limit_days }),
    ...(break_minutes == null ? {} : { break_minutes }),
  };
}
