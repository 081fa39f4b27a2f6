/** Which rate counts when, worked out from all of them, as the server does for sessions. */
import type { Rate } from "@/api/types";

/** Whose rate it is; with neither, everybody's. */
export interface Whose {
  readonly person_id?: string | null | undefined;
  readonly project_id?: string | null | undefined;
}

export interface RateGroup {
  readonly id: string;
  readonly personId: string | null;
  readonly projectId: string | null;
  /** The one that begins last first. */
  readonly rates: readonly Rate[];
  /** The one that counts on the day asked about, if one has begun by then. */
  readonly present: Rate | null;
}

/** The rates of the same person and project together; everybody's first, the most specific last. */
export function groupsOf(
  rates: readonly Rate[],
  today: string,
  nameOf: (whose: Whose) => string,
): RateGroup[] {
  const byWhose = new Map<string, Rate[]>();
  for (const rate of rates) {
    const key = keyOf(rate);
    byWhose.set(key, [...(byWhose.get(key) ?? []), rate]);
  }
  return [...byWhose]
    .map(([id, found]) => {
      const sorted = found.toSorted((one, other) => (startOf(one) < startOf(other) ? 1 : -1));
      return {
        id,
        personId: found[0]?.person_id ?? null,
        projectId: found[0]?.project_id ?? null,
        rates: sorted,
        present: sorted.find((rate) => startOf(rate) <= today) ?? null,
      };
    })
    .sort(
      (one, other) =>
        rankOf(one) - rankOf(other) ||
        nameOf(whoseOf(one)).localeCompare(nameOf(whoseOf(other)), undefined, { numeric: true }),
    );
}

/**
 * The rate that an hour of a person in a project is charged with on a day: of those that count
 * then the most specific one, of person and project, of the project, of the person, of everybody.
 */
export function rateFor(
  rates: readonly Rate[],
  { person_id: personId = null, project_id: projectId = null }: Whose,
  day: string,
): Rate | null {
  const groups = groupsOf(rates, day, () => "");
  for (const whose of [
    { person_id: personId, project_id: projectId },
    { person_id: null, project_id: projectId },
    { person_id: personId, project_id: null },
    { person_id: null, project_id: null },
  ]) {
    const present = groups.find(({ id }) => id === keyOf(whose))?.present;
    // A rate of none has ended: the less specific one counts.
    if (present && present.hourly_rate !== null) {
      return present;
    }
  }
  return null;
}

/** What the rate is of, for whom it is read. */
export function reasonOf({ person_id, project_id }: Whose): string {
  return person_id
    ? project_id
      ? "the rate of the person in the project"
      : "the rate of the person"
    : project_id
      ? "the rate of the project"
      : "the rate of everybody";
}

function keyOf({ person_id, project_id }: Whose): string {
  return `${person_id ?? ""} ${project_id ?? ""}`;
}

function whoseOf({ personId, projectId }: RateGroup): Whose {
  return { person_id: personId, project_id: projectId };
}

function rankOf({ personId, projectId }: RateGroup): number {
  return Number(personId !== null) + 2 * Number(projectId !== null);
}

/** Before every date where it counts since ever. */
function startOf({ effective_from }: Rate): string {
  return effective_from ?? "";
}
