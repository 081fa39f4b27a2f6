/** What publishing changes for whom, who is told of it, and how it is taken back. */
import type { Employee, PublishedShifts, Shift, ShiftBatch } from "@/api/types";
import { contentOf } from "./roster-model";

export interface PersonChanges {
  readonly employeeId: string;
  readonly added: readonly Shift[];
  readonly changed: readonly { readonly before: Shift; readonly after: Shift }[];
  readonly cancelled: readonly Shift[];
  readonly telling: Telling;
}

/** Whether they are told, or why not: no account here, one's own doing, or all of it is over. */
export type Telling = "told" | "no account" | "yourself" | "over";

/** The changes by employee, in the order of the list of employees. */
export function changesByPerson(
  { added, changed, cancelled }: Pick<PublishedShifts, "added" | "changed" | "cancelled">,
  employees: readonly Pick<Employee, "id" | "person_id">[],
  { me, now }: { me: string; now: number },
): PersonChanges[] {
  const found = new Map<
    string,
    { added: Shift[]; changed: { before: Shift; after: Shift }[]; cancelled: Shift[] }
  >();
  const of = (id: string) => {
    const known = found.get(id) ?? { added: [], changed: [], cancelled: [] };
    found.set(id, known);
    return known;
  };
  for (const shift of added) {
    of(shift.employee_id).added.push(shift);
  }
  for (const change of changed) {
    of(change.after.employee_id).changed.push(change);
  }
  for (const shift of cancelled) {
    of(shift.employee_id).cancelled.push(shift);
  }
  const place = new Map(employees.map(({ id }, index) => [id, index]));
  const personOf = new Map(employees.map(({ id, person_id }) => [id, person_id]));
  return [...found]
    .map(([employeeId, changes]) => {
      const personId = personOf.get(employeeId) ?? null;
      const isToCome = [
        ...changes.added,
        ...changes.cancelled,
        ...changes.changed.flatMap(({ before, after }) => [before, after]),
      ].some(({ ends_at }) => Date.parse(ends_at) > now);
      const telling: Telling =
        personId === null
          ? "no account"
          : personId === me
            ? "yourself"
            : isToCome
              ? "told"
              : "over";
      return { employeeId, ...changes, telling };
    })
    .sort(
      (one, other) =>
        (place.get(one.employeeId) ?? Number.POSITIVE_INFINITY) -
        (place.get(other.employeeId) ?? Number.POSITIVE_INFINITY),
    );
}

/**
 * Everybody whose changes go out with those of one person, themselves too: a shift that is handed
 * over goes out for both at once.
 */
export function goingTogether(
  employeeId: string,
  { added, cancelled }: Pick<PublishedShifts, "added" | "cancelled">,
): ReadonlySet<string> {
  const newOwner = new Map(added.map((shift) => [shift.id, shift.employee_id]));
  const together = new Set([employeeId]);
  for (let size = 0; size < together.size; ) {
    size = together.size;
    for (const shift of cancelled) {
      const other = newOwner.get(shift.id);
      if (other !== undefined && (together.has(other) || together.has(shift.employee_id))) {
        together.add(other);
        together.add(shift.employee_id);
      }
    }
  }
  return together;
}

/** What differs beside the times, in words. */
export function otherDifferences(before: Shift, after: Shift): string[] {
  const said: string[] = [];
  if (before.position !== after.position) {
    said.push(`${before.position ?? "no position"} → ${after.position ?? "no position"}`);
  }
  if (before.break_minutes !== after.break_minutes) {
    said.push(`break ${before.break_minutes} → ${after.break_minutes} min`);
  }
  if (before.location_id !== after.location_id) {
    said.push("another location");
  }
  if (before.note !== after.note) {
    said.push("another note");
  }
  return said;
}

/**
 * The batches that take a publication back, one after the other: first what members see, as it was
 * before, and then the drafts as they were.
 */
export function reverseOfPublishing({
  added,
  changed,
  cancelled,
}: Pick<PublishedShifts, "added" | "changed" | "cancelled">): ShiftBatch[] {
  const versions = new Map([
    ...cancelled.map((shift) => [shift.id, shift] as const),
    ...changed.map(({ before }) => [before.id, before] as const),
  ]);
  const afters = [...added, ...changed.map(({ after }) => after)];
  const seen = {
    update: afters.map(({ id }) => {
      const version = versions.get(id);
      return version ? { id, ...contentOf(version), published: true } : { id, published: false };
    }),
  };
  const drafts = {
    update: afters
      .filter(({ id }) => versions.has(id))
      .map((shift) => ({ id: shift.id, ...contentOf(shift), published: false })),
  };
  return drafts.update.length === 0 ? [seen] : [seen, drafts];
}
