/** What the page of leave shows, as its address says. */
import { isShownDate } from "./roster-choice";

export type LeaveView = "leave" | "away" | "availability";

export interface LeaveChoice {
  /** Leave itself if absent. */
  readonly view?: Exclude<LeaveView, "leave">;
  /** `2026-07`, for who is away; this month if absent. */
  readonly month?: string;
  /** Whose leave or availability, for managers; everybody's if absent. */
  readonly employee?: string;
  /** Whether past leave is shown, too. */
  readonly past?: "shown";
}

export function readLeaveChoice(search: Record<string, unknown>): LeaveChoice {
  const { view, month, employee, past } = search;
  return {
    ...(view === "away" || view === "availability" ? { view } : {}),
    ...(typeof month === "string" && isShownDate(`${month}-01`) ? { month } : {}),
    ...(typeof employee === "string" && /^[0-9a-f-]{36}$/.test(employee) ? { employee } : {}),
    ...(past === "shown" ? { past } : {}),
  };
}
