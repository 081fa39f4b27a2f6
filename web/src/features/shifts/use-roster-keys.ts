import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";

/** What is changed by keys is saved when they rest so long, or Alt and Shift are let go. */
const restMs = 900;

/** So far a shift is to go: in steps along the row, rows down, and quarters of an hour. */
export interface Steps {
  readonly along: number;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

const nowhere: Steps = { along: 0, rows: 0, start: 0, end: 0 };

/** An empty cell, named by the index of its row and column. */
export interface CellSpot {
  readonly row: number;
  readonly column: number;
}

/**
 * The roster by keyboard, as the grid pattern has it: arrows go from cell to cell, and from one to
 * the next of several shifts in a cell; with Alt they move a shift and hand it over, with Shift
 * they change its times. Several presses in a row are one change.
 */
export function useRosterKeys({
  grid,
  reach,
  mayChange,
  onPreview,
  onSettle,
  onOpen,
  onNew,
  onSelect,
  onDelete,
  onCopy,
  onPaste,
  onEscape,
  onStep,
}: {
  grid: RefObject<HTMLElement | null>;
  /** Has what is in a row drawn, which may be far from what can be seen. */
  reach: (row: HTMLElement) => void;
  mayChange: boolean;
  onPreview: (id: string, steps: Steps) => void;
  /** Null: nothing is to become of what was shown. */
  onSettle: (id: string, steps: Steps | null) => void;
  onOpen: (id: string) => void;
  onNew: (cell: CellSpot) => void;
  onSelect: (id: string) => void;
  onDelete: (id: string) => void;
  onCopy: (id: string | null) => void;
  onPaste: (cell: CellSpot) => void;
  /** Whether there was something to leave. */
  onEscape: () => boolean;
  onStep: (direction: -1 | 1) => void;
}) {
  const waiting = useRef<{ id: string; steps: Steps } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef({ onSettle });
  latest.current = { onSettle };

  function settle(isKept: boolean) {
    clearTimeout(timer.current);
    const change = waiting.current;
    waiting.current = null;
    if (change) {
      latest.current.onSettle(change.id, isKept ? change.steps : null);
    }
  }
  const settleRef = useRef(settle);
  settleRef.current = settle;
  useEffect(() => () => settleRef.current(true), []);

  function change(id: string, more: Partial<Steps>) {
    if (waiting.current && waiting.current.id !== id) {
      settle(true);
    }
    const before = waiting.current?.steps ?? nowhere;
    const steps = {
      along: before.along + (more.along ?? 0),
      rows: before.rows + (more.rows ?? 0),
      start: before.start + (more.start ?? 0),
      end: before.end + (more.end ?? 0),
    };
    waiting.current = { id, steps };
    onPreview(id, steps);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => settle(true), restMs);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const target = (event.target as HTMLElement).closest<HTMLElement>("[data-shift], [data-cell]");
    const spot = target && spotOf(target);
    if (!target || !spot) {
      return;
    }
    const id = target.dataset.shift ?? null;
    const handled = arrows(event, target, id) || others(event, id, spot);
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  function arrows(event: KeyboardEvent, target: HTMLElement, id: string | null): boolean {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey) {
      return false;
    }
    const isAlong = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (event.altKey || event.shiftKey) {
      if (id !== null && mayChange && !(event.altKey && event.shiftKey)) {
        change(
          id,
          event.altKey
            ? isAlong
              ? { along: step }
              : { rows: step }
            : isAlong
              ? { end: step }
              : { start: step },
        );
      }
      return true;
    }
    focusOn(neighbour(target, step as -1 | 1, isAlong));
    return true;
  }

  function others(event: KeyboardEvent, id: string | null, spot: CellSpot): boolean {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand) {
      switch (event.key.toLowerCase()) {
        case "c":
          if (window.getSelection()?.isCollapsed === false || !mayChange) {
            return false;
          }
          onCopy(id);
          return true;
        case "v":
          if (mayChange) {
            onPaste(spot);
          }
          return mayChange;
        case "home":
          focusOn(firstIn(rowsOf().at(0), 0));
          return true;
        case "end":
          focusOn(firstIn(rowsOf().at(-1), spot.column));
          return true;
      }
      return false;
    }
    switch (event.key) {
      case "Home":
        focusOn(firstIn(rowsOf()[spot.row], 0));
        return true;
      case "End":
        focusOn(firstIn(rowsOf()[spot.row], Number.POSITIVE_INFINITY));
        return true;
      case "PageUp":
      case "PageDown":
        settle(true);
        onStep(event.key === "PageUp" ? -1 : 1);
        return true;
      case "Enter":
        settle(true);
        if (id !== null) {
          onOpen(id);
        } else if (mayChange) {
          onNew(spot);
        }
        return true;
      case "n":
      case "N":
        if (mayChange) {
          onNew(spot);
        }
        return mayChange;
      case " ":
        if (id !== null && mayChange) {
          onSelect(id);
        }
        return true;
      case "Delete":
      case "Backspace":
        if (id !== null && mayChange) {
          settle(false);
          onDelete(id);
        }
        return id !== null;
      case "Escape":
        if (waiting.current) {
          settle(false);
          return true;
        }
        return onEscape();
    }
    return false;
  }

  function rowsOf(): HTMLElement[] {
    return [...(grid.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  }

  /** The next thing that takes the focus; in a cell, shifts stand above each other. */
  function neighbour(target: HTMLElement, step: -1 | 1, isAlong: boolean): HTMLElement | null {
    const row = target.closest<HTMLElement>("[data-row]");
    const column = Number(target.dataset.column);
    if (!row) {
      return null;
    }
    if (isAlong) {
      const cells = row.querySelectorAll("[role=gridcell][data-column]").length;
      if (cells === 1) {
        // Along the hours of a day the shifts themselves are side by side.
        const shifts = stopsIn(row, 0);
        return shifts[shifts.indexOf(target) + step] ?? null;
      }
      return column + step < 0 || column + step >= cells ? null : firstIn(row, column + step);
    }
    const here = stopsIn(row, column);
    const isSingleDay = row.querySelectorAll("[role=gridcell][data-column]").length === 1;
    const inCell = isSingleDay ? undefined : here[here.indexOf(target) + step];
    if (inCell) {
      return inCell;
    }
    const rows = rowsOf();
    const next = rows[rows.indexOf(row) + step];
    if (!next) {
      return null;
    }
    reach(next);
    const there = stopsIn(next, column);
    return (step === 1 ? there[0] : there.at(isSingleDay ? 0 : -1)) ?? null;
  }

  function firstIn(row: HTMLElement | undefined, column: number): HTMLElement | null {
    if (!row) {
      return null;
    }
    reach(row);
    const last = row.querySelectorAll("[role=gridcell][data-column]").length - 1;
    return stopsIn(row, Math.min(column, last))[0] ?? null;
  }

  function onKeyUp(event: KeyboardEvent) {
    if (event.key === "Alt" || event.key === "Shift") {
      settle(true);
    }
  }

  return { onKeyDown, onKeyUp, settle: () => settle(true) };
}

/** The shifts of a row that are listed in a column, or its empty cell. */
function stopsIn(row: HTMLElement, column: number): HTMLElement[] {
  return [
    ...row.querySelectorAll<HTMLElement>(
      `[data-shift][data-column="${column}"], [data-cell][data-column="${column}"]`,
    ),
  ];
}

function spotOf(target: HTMLElement): CellSpot | null {
  const row = target.closest<HTMLElement>("[data-row]")?.dataset.row;
  const { column } = target.dataset;
  return row === undefined || column === undefined
    ? null
    : { row: Number(row), column: Number(column) };
}

export function focusOn(element: HTMLElement | null) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest", inline: "nearest" });
}
