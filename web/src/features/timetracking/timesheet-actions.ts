/** What people do with weeks and locks, each with its way back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { refresh } from "@/api/tabs";
import type { LockedPeriod, Timesheet } from "@/api/types";
import { addDays, dateRange } from "@/lib/calendar";
import { showDone, showFailure, showUndo } from "@/ui/toasts";

const headers = () => ({ "Idempotency-Key": newIdempotencyKey() });

/** `2 – 8 March 2026`. */
export function datesOf(span: { readonly from: string; readonly to: string }, locale: string) {
  return dateRange(span.from, addDays(span.to, -1), locale);
}

export function useSubmitWeek() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const withdraw = useWithdrawWeek();
  return useMutation({
    mutationFn: ({ sheet, note }: { sheet: Timesheet; note: string }) =>
      answer(
        api.POST("/api/v1/timesheets/submit", {
          body: { week: sheet.from, note },
          headers: headers(),
        }),
      ),
    onSuccess: (sheet) =>
      showUndo(`Submitted ${datesOf(sheet, locale)}.`, () => withdraw.mutate({ sheet })),
    onSettled: () => refresh(queryClient, "sessions"),
  });
}

export function useWithdrawWeek() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const mutation = useMutation({
    mutationFn: ({ sheet }: { sheet: Timesheet }) =>
      answer(
        api.POST("/api/v1/timesheets/withdraw", {
          body: { week: sheet.from },
          headers: headers(),
        }),
      ),
    onSuccess: (sheet) => showDone(`Withdrew ${datesOf(sheet, locale)}: its hours are open again.`),
    onError: (error, deed) =>
      showFailure(`Couldn’t withdraw ${datesOf(deed.sheet, locale)}`, error, () =>
        mutation.mutate(deed),
      ),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

function whose(sheets: readonly Timesheet[], locale: string): string {
  const [first] = sheets;
  return sheets.length === 1 && first
    ? `${first.person_name}, ${datesOf(first, locale)}`
    : `${sheets.length} weeks`;
}

const idsOf = (sheets: readonly Timesheet[]) => sheets.flatMap(({ id }) => (id ? [id] : []));

export function useApprove() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const reopen = useReopen();
  const mutation = useMutation({
    mutationFn: (sheets: readonly Timesheet[]) =>
      answer(
        api.POST("/api/v1/timesheets/approve", {
          body: { ids: idsOf(sheets) },
          headers: headers(),
        }),
      ),
    onSuccess: ({ items }) =>
      showUndo(`Approved ${whose(items, locale)}.`, () => reopen.mutate(items)),
    onError: (error, sheets) =>
      showFailure(`Couldn’t approve ${whose(sheets, locale)}`, error, () =>
        mutation.mutate(sheets),
      ),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

/** Takes approvals back: the weeks wait to be approved again. */
export function useReopen() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const mutation = useMutation({
    mutationFn: (sheets: readonly Timesheet[]) =>
      answer(
        api.POST("/api/v1/timesheets/reopen", { body: { ids: idsOf(sheets) }, headers: headers() }),
      ),
    onSuccess: ({ items }) => showDone(`To be approved again: ${whose(items, locale)}.`),
    onError: (error, sheets) =>
      showFailure(`Couldn’t take the approval back of ${whose(sheets, locale)}`, error, () =>
        mutation.mutate(sheets),
      ),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return mutation;
}

export function useReturn() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  return useMutation({
    mutationFn: ({ sheet, comment }: { sheet: Timesheet; comment: string }) =>
      answer(
        api.POST("/api/v1/timesheets/return", {
          body: { ids: idsOf([sheet]), comment },
          headers: headers(),
        }),
      ),
    onSuccess: ({ items }) => showDone(`Returned ${whose(items, locale)}.`),
    onSettled: () => refresh(queryClient, "sessions"),
  });
}

export interface PeriodDraft {
  readonly from: string;
  readonly to: string;
  readonly person_id: string | null;
  readonly reason: string;
}

export function useLockPeriod() {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const unlock = useUnlockPeriod(true);
  return useMutation({
    mutationFn: (draft: PeriodDraft) =>
      answer(api.POST("/api/v1/locked-periods", { body: draft, headers: headers() })),
    onSuccess: (period) =>
      showUndo(`Locked ${datesOf(period, locale)}.`, () =>
        unlock.mutate({ period, reason: "Undone at once" }),
      ),
    onSettled: () => refresh(queryClient, "sessions"),
  });
}

/** Opens a period; `quietly` where that takes a lock back, and there is nothing more to undo. */
export function useUnlockPeriod(quietly = false) {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const lock = useMutation({
    mutationFn: ({ from, to, person_id, reason }: LockedPeriod) =>
      answer(
        api.POST("/api/v1/locked-periods", {
          body: { from, to, person_id: person_id ?? null, reason },
          headers: headers(),
        }),
      ),
    onSuccess: (period) => showDone(`${datesOf(period, locale)} is locked again.`),
    onError: (error, period) => showFailure(`Couldn’t lock ${datesOf(period, locale)}`, error),
    onSettled: () => refresh(queryClient, "sessions"),
  });
  return useMutation({
    mutationFn: ({ period, reason }: { period: LockedPeriod; reason: string }) =>
      answer(
        api.POST("/api/v1/locked-periods/{locked_period_id}/unlock", {
          params: { path: { locked_period_id: period.id } },
          body: { reason },
          headers: headers(),
        }),
      ),
    onSuccess: (period) =>
      quietly
        ? showDone(`${datesOf(period, locale)} is open again.`)
        : showUndo(`Unlocked ${datesOf(period, locale)}.`, () => lock.mutate(period)),
    onError: (error, { period }) =>
      quietly && showFailure(`Couldn’t unlock ${datesOf(period, locale)}`, error),
    onSettled: () => refresh(queryClient, "sessions"),
  });
}
