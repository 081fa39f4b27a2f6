import type { BulkChange, Session } from "@/api/types";

export type BulkSet = NonNullable<BulkChange["set"]>;

/** What gives the sessions back what `set` (or a deletion, null) took from them. */
export function reverse(former: readonly Session[], set: BulkSet | null): BulkChange {
  if (set === null) {
    return { ids: former.map(({ id }) => id), restore: true };
  }
  const fields = new Set(
    Object.keys(set).map((field) =>
      field === "add_tags" || field === "remove_tags" ? "tags" : field,
    ) as (keyof Session)[],
  );
  return {
    changes: former.map((session) => ({
      id: session.id,
      set: Object.fromEntries([...fields].map((field) => [field, session[field]])),
    })),
  };
}
