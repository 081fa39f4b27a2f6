/** What the address of the list of sequences says. */
import type { SequenceFilter } from "./sequence-links";

const id = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const longest = 10_000_000;

export function readSequenceFilter(search: Record<string, unknown>): SequenceFilter {
  const { name, tag, collection_id } = search;
  const min_length = lengthOf(search.min_length);
  const max_length = lengthOf(search.max_length);
  const isOrdered =
    min_length === undefined || max_length === undefined || min_length <= max_length;
  return {
    ...(typeof name === "string" && name !== "" ? { name: name.slice(0, 500) } : {}),
    ...(typeof tag === "string" && tag !== "" ? { tag: tag.slice(0, 50) } : {}),
    ...(typeof collection_id === "string" && id.test(collection_id) ? { collection_id } : {}),
    ...(min_length === undefined || !isOrdered ? {} : { min_length }),
    ...(max_length === undefined || !isOrdered ? {} : { max_length }),
  };
}

function lengthOf(value: unknown): number | undefined {
  const number = /^\d{1,8}$/.test(String(value ?? "")) ? Number(value) : 0;
  return number >= 1 && number <= longest ? number : undefined;
}
