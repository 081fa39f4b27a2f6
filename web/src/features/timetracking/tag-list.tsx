import { useQuery } from "@tanstack/react-query";
import { explain } from "@/api/problem";
import { PickList } from "@/ui/pick-list";
import { tagsQuery } from "./catalogue-queries";

/** The tags to choose from; a new one is made by typing it, as sessions that carry it are saved. */
export function TagList({
  chosen,
  mixed = [],
  onToggle,
  onClose,
}: {
  chosen: readonly string[];
  /** Carried by some of what is being changed. */
  mixed?: readonly string[];
  onToggle: (tag: string) => void;
  onClose: () => void;
}) {
  const tags = useQuery(tagsQuery);
  const names = new Set([...(tags.data ?? []).map(({ name }) => name), ...chosen, ...mixed]);
  const sorted = [...names].sort((left, right) => left.localeCompare(right));
  return (
    <PickList
      label="Tags"
      placeholder="Find or add a tag"
      isMultiple
      isLoading={tags.isPending}
      failure={tags.error ? explain(tags.error) : null}
      empty="No tags yet: type one to add it"
      maxLength={50}
      items={sorted.map((name) => ({
        value: name,
        label: name,
        state: chosen.includes(name) ? "chosen" : mixed.includes(name) ? "mixed" : undefined,
      }))}
      onPick={onToggle}
      onCreate={onToggle}
      onClose={onClose}
    />
  );
}
