/** What managers do with rates, each with a way back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { BillingSettings, Rate } from "@/api/types";
import { showFailure, showUndo } from "@/ui/toasts";
import { roundingText } from "./rounding";

export interface NewRate {
  readonly person_id: string | null;
  readonly project_id: string | null;
  /** Null ends the rate from that day on. */
  readonly hourly_rate: string | null;
  /** Null: since ever. */
  readonly effective_from: string | null;
  /** Whose days are meant; one's own if absent. */
  readonly time_zone?: string;
}

export type RateChange = Pick<NewRate, "hourly_rate" | "effective_from">;

const add = (rate: NewRate, key: string) =>
  answer(api.POST("/api/v1/rates", { body: rate, headers: { "Idempotency-Key": key } }));

const correct = (id: string, change: RateChange) =>
  answer(api.PATCH("/api/v1/rates/{rate_id}", { params: { path: { rate_id: id } }, body: change }));

async function takeAway(id: string) {
  try {
    await answer(api.DELETE("/api/v1/rates/{rate_id}", { params: { path: { rate_id: id } } }));
  } catch (error) {
    if (!isProblem(error, "rate_not_found")) {
      throw error;
    }
  }
}

function useRateRefresh() {
  const queryClient = useQueryClient();
  return () => refresh(queryClient, "rates", "sessions");
}

/** Takes back what was done; said in the toast that offers it. */
function useTakingBack() {
  const refreshRates = useRateRefresh();
  return useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled: refreshRates,
  });
}

/** Sets a rate from a day on; the failure is the form's to show. */
export function useAddRate() {
  const refreshRates = useRateRefresh();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ rate, key }: { rate: NewRate; key: string; what: string }) => add(rate, key),
    onSuccess: (rate, { what }) => {
      showUndo(`Set the rate of ${what}.`, () => back.mutate(() => takeAway(rate.id)));
    },
    onSettled: refreshRates,
  });
}

/** Corrects a rate, for all sessions that it counts for. */
export function useCorrectRate() {
  const refreshRates = useRateRefresh();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ before, change }: { before: Rate; change: RateChange; what: string }) =>
      correct(before.id, change),
    onSuccess: (_rate, { before, what }) => {
      const { hourly_rate, effective_from } = before;
      showUndo(`Corrected the rate of ${what}.`, () =>
        back.mutate(() => correct(before.id, { hourly_rate, effective_from })),
      );
    },
    onSettled: refreshRates,
  });
}

export function useRemoveRate() {
  const refreshRates = useRateRefresh();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ rate }: { rate: Rate; what: string }) => takeAway(rate.id),
    onSuccess: (_nothing, { rate, what }) => {
      const { person_id, project_id, hourly_rate, effective_from, time_zone } = rate;
      showUndo(`Removed a rate of ${what}.`, () =>
        back.mutate(() =>
          add(
            { person_id, project_id, hourly_rate, effective_from, time_zone },
            newIdempotencyKey(),
          ),
        ),
      );
    },
    onError: (error) => showFailure("The rate wasn’t removed", error),
    onSettled: refreshRates,
  });
}

/** Changes the currency, who sees amounts, or how reports are rounded. */
export function useChangeBilling() {
  const queryClient = useQueryClient();
  const refreshAll = () => refresh(queryClient, "billing-settings", "rates", "sessions");
  const change = (body: Partial<BillingSettings>) =>
    answer(api.PATCH("/api/v1/billing-settings", { body }));
  const back = useMutation({
    mutationFn: change,
    onError: (error) => showFailure("It wasn’t taken back", error),
    onSettled: refreshAll,
  });
  return useMutation({
    mutationFn: ({ to }: { to: Partial<BillingSettings>; before: BillingSettings }) => change(to),
    onSuccess: (_settings, { to, before }) => showUndo(changeText(to), () => back.mutate(before)),
    onSettled: refreshAll,
  });
}

function changeText({ currency, rounding, members_see_amounts }: Partial<BillingSettings>): string {
  if (currency !== undefined) {
    return `The currency is ${currency}.`;
  }
  if (rounding !== undefined) {
    return rounding
      ? `Reports and exports are rounded ${roundingText(rounding)}.`
      : "Reports and exports are as tracked.";
  }
  return members_see_amounts
    ? "Members see the amounts of their own hours."
    : "Members see no amounts.";
}
