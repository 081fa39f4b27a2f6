/**
 * Open shifts that are alike are one line with the number that is needed: where several people are
 * wanted there are several of the same.
 */
import type { OpenShift, OpenShiftBatch, OpenShiftBatchOutcome } from "@/api/types";

export type OpenContent = Omit<OpenShift, "id" | "created_at" | "updated_at">;

export interface OpenGroup {
  readonly first: OpenShift;
  readonly all: readonly OpenShift[];
}

/** What an open shift says, without what the server adds to it. */
export function contentOfOpen(shift: OpenShift): OpenContent {
  const { id: _id, created_at: _created, updated_at: _updated, ...content } = shift;
  return content;
}

/** Those that are alike together, in the order of their starts. */
export function grouped(shifts: readonly OpenShift[]): OpenGroup[] {
  const groups = new Map<string, OpenShift[]>();
  for (const shift of shifts) {
    const key = keyOf(contentOfOpen(shift));
    groups.set(key, [...(groups.get(key) ?? []), shift]);
  }
  return [...groups.values()].flatMap((all) => {
    const [first] = all;
    return first ? [{ first, all }] : [];
  });
}

/**
 * The batch that makes a group say this, so many times. What stays as it is is not touched, because
 * a change overtakes the claims that wait for it; of what is too much those without claims go first.
 */
export function batchOf(
  group: OpenGroup | null,
  content: OpenContent,
  number: number,
  claimed: ReadonlySet<string>,
): OpenShiftBatch {
  const all = [...(group?.all ?? [])].sort(
    (one, other) => Number(claimed.has(other.id)) - Number(claimed.has(one.id)),
  );
  const kept = all.slice(0, number);
  const isChanged = group !== null && keyOf(contentOfOpen(group.first)) !== keyOf(content);
  return {
    create: Array.from({ length: number - kept.length }, () => content),
    update: isChanged ? kept.map(({ id }) => ({ id, ...content })) : [],
    delete: all.slice(number).map(({ id }) => id),
  };
}

/** The batch that undoes another one. What was deleted comes back under another id. */
export function reverseOfOpen(
  batch: OpenShiftBatch,
  outcome: OpenShiftBatchOutcome,
  before: readonly OpenShift[],
): OpenShiftBatch {
  const was = (id: string) => before.filter((one) => one.id === id);
  return {
    create: (batch.delete ?? []).flatMap(was).map(contentOfOpen),
    update: (batch.update ?? []).flatMap(({ id }) =>
      was(id).map((one) => ({ id, ...contentOfOpen(one) })),
    ),
    delete: outcome.created.map(({ id }) => id),
  };
}

function keyOf(content: OpenContent): string {
  return JSON.stringify([
    Date.parse(content.starts_at),
    Date.parse(content.ends_at),
    content.break_minutes,
    content.position,
    content.location_id,
    content.note,
    content.published,
  ]);
}
