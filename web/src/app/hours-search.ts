/** What the address of the list of sessions says, read and written. */
import { isId, isKnownDate } from "@/features/timetracking/overview-choice";
import type { HoursFilter } from "@/features/timetracking/queries";

export function readHoursFilter(search: Record<string, unknown>): HoursFilter {
  const year = wholeNumber(search.year, 1, 9999);
  const month = year === undefined ? undefined : wholeNumber(search.month, 1, 12);
  const { from, to } = search;
  const areDays = year === undefined && isKnownDate(from) && isKnownDate(to) && from < to;
  return withoutBlanks({
    year,
    month,
    ...(areDays ? { from, to } : {}),
    q: text(search.q),
    tag: text(search.tag),
    ...readFiling(search),
    person_id: isId(search.person_id) ? search.person_id : undefined,
  });
}

/** What is asked for wins over what is said to be missing. */
function readFiling(search: Record<string, unknown>): HoursFilter {
  const project_id = isId(search.project_id) ? search.project_id : undefined;
  const client_id = isId(search.client_id) ? search.client_id : undefined;
  const missing = String(search.without ?? "").split(",");
  const without = [
    ...(missing.includes("project") && !project_id && !client_id ? (["project"] as const) : []),
    ...(missing.includes("client") && !client_id ? (["client"] as const) : []),
    ...(missing.includes("tag") && !text(search.tag) ? (["tag"] as const) : []),
  ];
  const billable = { true: true, false: false }[String(search.billable)];
  return { project_id, client_id, billable, ...(without.length > 0 ? { without } : {}) };
}

export function withoutBlanks(filter: HoursFilter): HoursFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}

export function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
    ? number
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
