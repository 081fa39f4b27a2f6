/** Labour rules in words, and hours as they are typed. */
import type { LabourRule } from "@/api/types";
import { counted } from "@/lib/counted";
import { parseDuration, readableDuration } from "@/lib/duration";

export type RuleKind = LabourRule["kind"];
export type Limits = Pick<LabourRule, "kind" | "limit_minutes" | "limit_days" | "break_minutes">;

export const ruleKinds: readonly { readonly value: RuleKind; readonly label: string }[] = [
  { value: "minimum_rest", label: "Rest between shifts" },
  { value: "maximum_daily_hours", label: "Hours a day" },
  { value: "maximum_weekly_hours", label: "Hours a week" },
  { value: "maximum_consecutive_days", label: "Days in a row" },
  { value: "break_after", label: "Breaks" },
];

/** What many labs begin with. */
export const usualRules: readonly Limits[] = [
  { kind: "minimum_rest", limit_minutes: 11 * 60, limit_days: null, break_minutes: null },
  { kind: "maximum_daily_hours", limit_minutes: 10 * 60, limit_days: null, break_minutes: null },
  { kind: "maximum_weekly_hours", limit_minutes: 48 * 60, limit_days: null, break_minutes: null },
  { kind: "maximum_consecutive_days", limit_minutes: null, limit_days: 6, break_minutes: null },
  { kind: "break_after", limit_minutes: 6 * 60, limit_days: null, break_minutes: 30 },
];

/** `11 h`, `7 h 30 min`. */
export function minutesText(minutes: number | null | undefined): string {
  return minutes ? readableDuration(minutes * 60) : "0 min";
}

/** What a rule demands, as a sentence without its stop. */
export function demandOf({ kind, limit_minutes, limit_days, break_minutes }: Limits): string {
  switch (kind) {
    case "minimum_rest":
      return `At least ${minutesText(limit_minutes)} of rest between shifts`;
    case "maximum_daily_hours":
      return `At most ${minutesText(limit_minutes)} a day`;
    case "maximum_weekly_hours":
      return `At most ${minutesText(limit_minutes)} a week`;
    case "maximum_consecutive_days":
      return `At most ${counted(limit_days ?? 0, "day")} in a row`;
    case "break_after":
      return `Breaks of ${minutesText(break_minutes)} when working longer than ${minutesText(limit_minutes)}`;
  }
}

/** Hours as people type them: `11`, `7.5`, `7:30`, `90 min`; in minutes, null for what is none. */
export function parseHours(text: string): number | null {
  const input = text.trim();
  const seconds = parseDuration(/^\d+$/.test(input) ? `${input}h` : input);
  return seconds === null || seconds < 60 ? null : Math.round(seconds / 60);
}

/** Minutes as hours to be typed over: `11`, `7:30`. */
export function hoursOf(minutes: number): string {
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}
