import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Session } from "@/api/types";
import { nothingSelected, put, renewed, type Selection, select } from "./selection";

/** The selection of the hours page; it ends with what the page shows, and with Escape. */
export function useSelection(shown: string) {
  const [selection, setSelection] = useState<Selection>(nothingSelected);
  const isSelecting = selection.sessions.size > 0;

  // What another filter shows is not what was selected.
  const shownBefore = useRef(shown);
  useEffect(() => {
    if (shownBefore.current !== shown) {
      shownBefore.current = shown;
      setSelection(nothingSelected);
    }
  }, [shown]);

  useEffect(() => {
    if (!isSelecting) {
      return;
    }
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !isUsedElsewhere(event.target)) {
        setSelection(nothingSelected);
      }
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [isSelecting]);

  return {
    sessions: selection.sessions,
    select: (
      inOrder: readonly Session[],
      session: Session,
      isSelected: boolean,
      withRange: boolean,
    ) => setSelection((before) => select(before, inOrder, session, isSelected, withRange)),
    put: (sessions: readonly Session[], isSelected: boolean) =>
      setSelection((before) => put(before, sessions, isSelected)),
    renew: (changed: readonly Session[], gone: readonly string[] = []) =>
      setSelection((before) => renewed(before, changed, gone)),
    clear: () => setSelection(nothingSelected),
  };
}

/** Dialogs, menus, lists and forms have their own use for the key. */
function isUsedElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("[role=dialog], [role=menu], [role=listbox], [data-pick-list], form") !== null
  );
}

/**
 * The arrow keys go from row to row, to the same control of the next one; with Shift, the next one
 * is selected as well.
 */
export function moveBetweenRows(
  event: KeyboardEvent<HTMLElement>,
  selectRow: (sessionId: string) => void,
) {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const control = event.target instanceof Element ? event.target.closest("[data-part]") : null;
  const row = control?.closest<HTMLElement>("[data-session]");
  if (by === 0 || !row || !(control instanceof HTMLElement) || event.altKey || event.ctrlKey) {
    return;
  }
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-session]")];
  const next = rows[rows.indexOf(row) + by];
  const part = (of: HTMLElement, name: string) =>
    of.querySelector<HTMLElement>(`[data-part="${name}"]`);
  const target = next && (part(next, control.dataset.part ?? "") ?? part(next, "edit"));
  if (!next || !target) {
    return;
  }
  event.preventDefault();
  target.focus();
  if (event.shiftKey) {
    selectRow(row.dataset.session ?? "");
    selectRow(next.dataset.session ?? "");
  }
}
