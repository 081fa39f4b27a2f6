import type { HTMLAttributes, Ref } from "react";

/**
 * A part of a grid that no table can be, because shifts lie across its cells. The focus is in what
 * the cells hold.
 */
export function GridPart({
  role,
  ...rest
}: HTMLAttributes<HTMLDivElement> & {
  role: "grid" | "row" | "columnheader" | "rowheader" | "gridcell";
  ref?: Ref<HTMLDivElement>;
}) {
  return <div role={role} {...rest} />;
}
