import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { collectionsQuery } from "./sequence-queries";

/** One of the collections, or all of them where `all` says what that is called. */
export function CollectionSelect({
  label,
  all,
  value,
  onChange,
  className = "",
  isLabelHidden = false,
}: {
  label: string;
  all?: string;
  /** Undefined: all of them, or the default one. */
  value: string | undefined;
  onChange: (id: string | undefined) => void;
  className?: string | undefined;
  isLabelHidden?: boolean;
}) {
  const collections = useQuery(collectionsQuery);
  const items = collections.data ?? [];
  const standard = items.find(({ is_default }) => is_default)?.id;
  const isKnown = value === undefined || items.some(({ id }) => id === value);
  return (
    <NativeSelect
      {...(isLabelHidden ? { "aria-label": label } : { label })}
      className={className}
      value={value ?? (all === undefined ? (standard ?? "") : "")}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
      data={[
        ...(all === undefined ? [] : [{ value: "", label: all }]),
        ...items.map(({ id, name }) => ({ value: id, label: name })),
        // One that is gone, or not read yet, is still what is chosen.
        ...(isKnown ? [] : [{ value: value ?? "", label: "A collection that is not there" }]),
        ...(all === undefined && items.length === 0 ? [{ value: "", label: "Default" }] : []),
      ]}
    />
  );
}
