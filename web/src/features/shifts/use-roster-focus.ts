import { type FocusEvent, type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { NearRows } from "./near-rows";
import { focusOn } from "./use-roster-keys";

/**
 * Keeps the focus in the grid. One thing in it can be reached by Tab: what had the focus last, or
 * the first cell. When changes take away what has the focus, it goes to the same shift in its new
 * row, or else to the cell in which it was.
 */
export function useRosterFocus({
  grid,
  near,
  ownerOf,
  firstEmployee,
}: {
  grid: RefObject<HTMLElement | null>;
  near: NearRows;
  /** The employee of a shift, whose row may have to be drawn first. */
  ownerOf: (shiftId: string) => string | undefined;
  firstEmployee: string | undefined;
}) {
  const held = useRef<{ element: HTMLElement; again: readonly string[] } | null>(null);
  const next = useRef<readonly string[] | null>(null);
  const stop = useRef<HTMLElement | null>(null);

  function find(places: readonly string[]): HTMLElement | null {
    for (const place of places) {
      const found = grid.current?.querySelector<HTMLElement>(place);
      if (found) {
        return found;
      }
    }
    return null;
  }

  function mend() {
    if (document.activeElement === document.body) {
      const lost = held.current?.element.isConnected ? null : held.current?.again;
      const places = next.current ?? lost ?? [];
      const shiftId = /^\[data-shift="([^"]+)"\]$/.exec(places[0] ?? "")?.[1];
      const owner = shiftId && ownerOf(shiftId);
      if (owner) {
        // If its row was far off, this is called again once it is drawn.
        near.hold("reach", owner);
      }
      const found = find(places);
      if (found) {
        next.current = null;
        focusOn(found);
        held.current = { element: found, again: places };
      }
    }
    if (!stop.current?.isConnected || !stop.current.matches("[data-shift], [data-cell]")) {
      stop.current = find(["[data-shift], [data-cell]"]);
      near.hold(
        "focus",
        stop.current?.closest<HTMLElement>("[data-row]")?.dataset.employee ?? firstEmployee,
      );
    }
    stop.current?.setAttribute("tabindex", "0");
  }
  useLayoutEffect(mend);
  const latest = useRef(mend);
  latest.current = mend;
  useEffect(() => near.listen(() => latest.current()), [near]);

  return {
    /** Where the focus goes once what has it is gone: the first of these that is found. */
    goesTo: (places: readonly string[]) => {
      next.current = places;
    },

    onBlur({ target }: FocusEvent<HTMLElement>) {
      // What is taken away is gone by then; what is still there was left on purpose.
      queueMicrotask(() => {
        if (held.current?.element === target && target.isConnected) {
          held.current = null;
        }
      });
    },

    onFocus({ target }: FocusEvent<HTMLElement>) {
      if (target.matches("[data-shift], [data-cell]")) {
        next.current = null;
        held.current = { element: target, again: placesOf(target) };
        stop.current?.setAttribute("tabindex", "-1");
        target.setAttribute("tabindex", "0");
        stop.current = target;
        near.hold("focus", target.closest<HTMLElement>("[data-row]")?.dataset.employee);
      }
    },
  };
}

/** Where to look for what stands here, should it be drawn anew: the shift itself, then its cell. */
function placesOf(element: HTMLElement): string[] {
  const { shift, column } = element.dataset;
  const row = element.closest<HTMLElement>("[data-row]")?.dataset.row;
  const cell = `[data-row="${row}"] [data-column="${column}"]`;
  const inCell = [`${cell}[data-cell]`, `${cell}[data-shift]`];
  return shift === undefined ? inCell : [`[data-shift="${shift}"]`, ...inCell];
}
