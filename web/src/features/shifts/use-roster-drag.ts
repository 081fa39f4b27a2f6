import { type PointerEvent, type RefObject, useEffect, useRef } from "react";

export type Edge = "start" | "end";

/** Where the pointer is: in which row, and how far along it, in parts of its width. */
export interface Spot {
  readonly row: number;
  readonly along: number;
}

export type Dragged =
  | { readonly kind: "draw" }
  | { readonly kind: "move"; readonly id: string }
  | { readonly kind: "resize"; readonly id: string; readonly edge: Edge };

/** Pixels that the pointer moves before a press is a drag. */
const threshold = 4;
/** A finger that rests so long takes hold of a shift; before that it scrolls. */
const restMs = 380;
const restPixels = 8;
const scrollZone = 44;
const scrollPixels = 14;

/** So near to its end a shift is taken hold of by it, where it can be. */
const edgePixels = 8;

function edgeUnder(shift: HTMLElement | null, x: number): Edge | null {
  if (!shift) {
    return null;
  }
  const { left, right, width } = shift.getBoundingClientRect();
  const reach = Math.min(edgePixels, width / 4);
  const edges: readonly [Edge, boolean][] = [
    ["start", x < left + reach],
    ["end", x > right - reach],
  ];
  const near = edges.find(([, isNear]) => isNear)?.[0];
  return near && shift.querySelector(`[data-edge="${near}"]`) ? near : null;
}

interface Drag {
  readonly pointerId: number;
  readonly isTouch: boolean;
  readonly startX: number;
  readonly startY: number;
  readonly begin: Spot;
  readonly what: Dragged;
  x: number;
  y: number;
  isActive: boolean;
}

/**
 * Drags over the rows: what is dragged is named by `data-shift` and `data-edge`, rows by
 * `data-row`, the part of a row that counts by `data-track`.
 */
export function useRosterDrag({
  scroller,
  isAllowed,
  onDrag,
  onDrop,
  onCancel,
  onPress,
}: {
  scroller: RefObject<HTMLElement | null>;
  isAllowed: boolean;
  onDrag: (what: Dragged, begin: Spot, now: Spot) => void;
  onDrop: (what: Dragged, begin: Spot, now: Spot) => void;
  onCancel: () => void;
  /** A press that was no drag. */
  onPress: (what: Dragged, at: Spot, event: globalThis.PointerEvent) => void;
}) {
  const latest = useRef({ onDrag, onDrop, onCancel, onPress });
  latest.current = { onDrag, onDrop, onCancel, onPress };
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => () => stop.current?.(), []);

  function spotUnder(x: number, y: number): Spot | null {
    const rows = scroller.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [];
    const track = rows[0]?.querySelector<HTMLElement>("[data-track]")?.getBoundingClientRect();
    if (!track) {
      return null;
    }
    // Rows stand in order, so the one under the pointer is found by halving.
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((rows[middle]?.getBoundingClientRect().top ?? 0) <= y) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    const along = (x - track.left) / track.width;
    return { row: low, along: Math.min(Math.max(along, 0), 0.999999) };
  }

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    const target = event.target as HTMLElement;
    if (event.button !== 0 || stop.current || !target.closest("[data-track]")) {
      return;
    }
    const begin = spotUnder(event.clientX, event.clientY);
    const id = target.closest<HTMLElement>("[data-shift]")?.dataset.shift;
    const edge = edgeUnder(target.closest<HTMLElement>("[data-shift]"), event.clientX);
    if (!begin) {
      return;
    }
    const what: Dragged =
      id === undefined
        ? { kind: "draw" }
        : edge
          ? { kind: "resize", id, edge }
          : { kind: "move", id };
    listen({
      pointerId: event.pointerId,
      isTouch: event.pointerType === "touch",
      startX: event.clientX,
      startY: event.clientY,
      x: event.clientX,
      y: event.clientY,
      begin,
      what,
      isActive: false,
    });
  }

  function listen(drag: Drag) {
    let frame = 0;
    const rest = drag.isTouch && isAllowed ? setTimeout(() => begin(), restMs) : undefined;

    function begin() {
      drag.isActive = true;
      document.documentElement.style.cursor = "grabbing";
      draw();
      frame = requestAnimationFrame(scrollAtEdges);
    }
    function draw() {
      const now = spotUnder(drag.x, drag.y);
      if (now) {
        latest.current.onDrag(drag.what, drag.begin, now);
      }
    }
    function scrollAtEdges() {
      const frameElement = scroller.current;
      const box = frameElement?.getBoundingClientRect();
      if (frameElement && box) {
        const bottom = Math.min(box.bottom, window.innerHeight);
        const down = drag.y > bottom - scrollZone ? 1 : drag.y < box.top + 2 * scrollZone ? -1 : 0;
        const before = frameElement.scrollTop;
        frameElement.scrollTop += down * scrollPixels;
        if (frameElement.scrollTop !== before) {
          draw();
        }
      }
      frame = requestAnimationFrame(scrollAtEdges);
    }
    function end() {
      clearTimeout(rest);
      cancelAnimationFrame(frame);
      document.documentElement.style.cursor = "";
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      window.removeEventListener("pointercancel", cancel);
      window.removeEventListener("touchmove", hold);
      window.removeEventListener("keydown", key, true);
      stop.current = null;
    }
    function move(event: globalThis.PointerEvent) {
      if (event.pointerId !== drag.pointerId) {
        return;
      }
      drag.x = event.clientX;
      drag.y = event.clientY;
      const distance = Math.hypot(drag.x - drag.startX, drag.y - drag.startY);
      if (drag.isActive) {
        draw();
      } else if (drag.isTouch) {
        if (distance > restPixels) {
          end();
        }
      } else if (isAllowed && distance > threshold) {
        begin();
      }
    }
    function up(event: globalThis.PointerEvent) {
      if (event.pointerId !== drag.pointerId) {
        return;
      }
      const now = spotUnder(event.clientX, event.clientY);
      const wasActive = drag.isActive;
      end();
      if (!wasActive) {
        latest.current.onPress(drag.what, drag.begin, event);
      } else if (now) {
        latest.current.onDrop(drag.what, drag.begin, now);
      } else {
        latest.current.onCancel();
      }
    }
    function cancel() {
      end();
      latest.current.onCancel();
    }
    function hold(event: TouchEvent) {
      if (drag.isActive) {
        event.preventDefault();
      }
    }
    function key(event: KeyboardEvent) {
      if (event.key === "Escape" && drag.isActive) {
        event.preventDefault();
        event.stopPropagation();
        cancel();
      }
    }
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", cancel);
    window.addEventListener("touchmove", hold, { passive: false });
    window.addEventListener("keydown", key, true);
    stop.current = end;
  }

  return { onPointerDown };
}
