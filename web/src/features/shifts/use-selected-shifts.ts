import { useState } from "react";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import type { DrawnShift } from "./roster-model";

export type SelectedShifts = ReturnType<typeof useSelectedShifts>;

export function useSelectedShifts(byId: ReadonlyMap<string, DrawnShift>) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return {
    ids,
    /** Those of them that are still there. */
    shifts: [...ids].flatMap((id) => byId.get(id) ?? []),
    clear: () => setIds(new Set()),
    toggle(id: string) {
      setIds((before) => {
        const after = new Set(before);
        if (!after.delete(id)) {
          after.add(id);
        }
        announce(`${counted(after.size, "shift")} selected`);
        return after;
      });
    },
  };
}
