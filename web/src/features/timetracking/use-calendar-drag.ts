import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { type Axis, instantAt, type PlacedDay } from "@/lib/zoned-day";
import type { Span } from "./calendar-blocks";
import { type DayAt, drawn, type Edge, fineStep, moved, resized, usualStep } from "./calendar-drag";
import type { GhostStore } from "./calendar-drag-store";

/** The pointer has to move so far before a press becomes a drag, in pixels. */
const threshold = 4;
/** A finger scrolls, unless it has rested so long before. */
const restMs = 350;
const restPixels = 10;
const swipePixels = 60;
/** Near its upper and lower edge, the calendar scrolls while something is dragged. */
const scrollZone = 36;
const scrollPixels = 9;
/** A press on empty time without a drag suggests half an hour from the quarter before. */
const pressStep = 900;
const pressLength = 1800;

interface Grabbed extends Span {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
}

interface Drag {
  readonly pointerId: number;
  readonly isTouch: boolean;
  readonly startX: number;
  readonly startY: number;
  readonly anchor: number;
  readonly what: { kind: "move" | Edge; one: Grabbed } | { kind: "draw" };
  isActive: boolean;
  x: number;
  y: number;
  isFine: boolean;
}

/** Dragging by mouse, pen and finger: what happens under the pointer, and how it ends. */
export function useCalendarDrag({
  surface,
  scroller,
  days,
  axis,
  dayAt,
  ghost,
  find,
  onRetime,
  onCreate,
  onSwipe,
}: {
  surface: RefObject<HTMLElement | null>;
  scroller: RefObject<HTMLElement | null>;
  days: readonly PlacedDay[];
  axis: Axis;
  dayAt: DayAt;
  ghost: GhostStore;
  find: (id: string) => Grabbed | undefined;
  onRetime: (id: string, span: Span) => void;
  onCreate: (span: Span) => void;
  onSwipe: (direction: -1 | 1) => void;
}) {
  const [draggedId, setDraggedId] = useState<string | null>(null);
  const drag = useRef<Drag | null>(null);
  const ended = useRef(0);
  const stop = useRef<(() => void) | null>(null);
  const latest = useRef({ days, axis, dayAt, find, onRetime, onCreate, onSwipe });
  latest.current = { days, axis, dayAt, find, onRetime, onCreate, onSwipe };

  useEffect(() => () => stop.current?.(), []);

  // Once something is dragged by a finger, the page must not scroll as well. Only a listener that
  // is not passive may say so.
  useEffect(() => {
    const element = surface.current;
    const hold = (event: TouchEvent) => {
      if (drag.current?.isActive) {
        event.preventDefault();
      }
    };
    element?.addEventListener("touchmove", hold, { passive: false });
    return () => element?.removeEventListener("touchmove", hold);
  }, [surface]);

  function instantUnder(x: number, y: number): number {
    const { days, axis } = latest.current;
    const box = surface.current?.getBoundingClientRect();
    if (!box) {
      return 0;
    }
    const column = Math.floor(((x - box.left) / box.width) * days.length);
    const day = days[Math.min(Math.max(column, 0), days.length - 1)];
    const place = ((y - box.top) / box.height) * axis.seconds;
    return day ? instantAt(day, Math.min(Math.max(place, 0), axis.seconds)) : 0;
  }

  /** What the drag has led to so far. */
  function outcome(current: Drag): Span {
    const { dayAt } = latest.current;
    const pointer = instantUnder(current.x, current.y);
    const step = current.isFine ? fineStep : usualStep;
    if (current.what.kind === "draw") {
      return drawn(current.anchor, pointer, step, dayAt);
    }
    const { kind, one } = current.what;
    if (kind === "move") {
      return moved(one, pointer, current.anchor - one.from, step, dayAt);
    }
    // The edge is taken hold of a little beside it, and stays so.
    const beside = current.anchor - (kind === "start" ? one.from : one.to);
    return resized(one, kind, pointer - beside, step, dayAt);
  }

  function draw(current: Drag) {
    const one = current.what.kind === "draw" ? null : current.what.one;
    ghost.set({ id: one?.id ?? null, name: one?.name ?? "New session", ...outcome(current) });
  }

  function begin(current: Drag) {
    current.isActive = true;
    setDraggedId(current.what.kind === "draw" ? null : current.what.one.id);
    if (current.isTouch) {
      navigator.vibrate?.(12);
    }
    draw(current);
  }

  function finish(current: Drag, isKept: boolean) {
    stop.current?.();
    if (!current.isActive) {
      return;
    }
    ended.current = performance.now();
    const span = outcome(current);
    ghost.set(null);
    setDraggedId(null);
    if (!isKept) {
      return;
    }
    if (current.what.kind === "draw") {
      latest.current.onCreate(span);
    } else if (span.from !== current.what.one.from || span.to !== current.what.one.to) {
      latest.current.onRetime(current.what.one.id, span);
    }
  }

  function listen(current: Drag) {
    const rest = current.isTouch ? setTimeout(() => begin(current), restMs) : undefined;
    let frame = 0;

    const onMove = (event: globalThis.PointerEvent) => {
      if (event.pointerId !== current.pointerId) {
        return;
      }
      current.x = event.clientX;
      current.y = event.clientY;
      current.isFine = event.shiftKey;
      const distance = Math.hypot(current.x - current.startX, current.y - current.startY);
      if (current.isActive) {
        draw(current);
      } else if (current.isTouch && distance > restPixels) {
        clearTimeout(rest);
      } else if (!current.isTouch && distance > threshold) {
        begin(current);
      }
    };
    const onUp = (event: globalThis.PointerEvent) => {
      if (event.pointerId !== current.pointerId) {
        return;
      }
      const [x, y] = [event.clientX - current.startX, event.clientY - current.startY];
      const wasActive = current.isActive;
      finish(current, true);
      if (wasActive) {
        return;
      }
      if (current.isTouch) {
        if (Math.abs(x) > swipePixels && Math.abs(x) > 2 * Math.abs(y)) {
          latest.current.onSwipe(x < 0 ? 1 : -1);
        }
      } else if (current.what.kind === "draw") {
        const { dayAt } = latest.current;
        const quarter = dayAt(current.anchor);
        const from = Math.max(
          quarter.from,
          current.anchor - ((current.anchor - quarter.from) % pressStep),
        );
        latest.current.onCreate({ from, to: from + pressLength });
      }
    };
    const onCancel = (event: globalThis.PointerEvent) => {
      if (event.pointerId === current.pointerId) {
        finish(current, false);
      }
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && current.isActive) {
        event.preventDefault();
        event.stopPropagation();
        finish(current, false);
      } else if (event.key === "Shift" && current.isActive) {
        current.isFine = event.type === "keydown";
        draw(current);
      }
    };
    const onFrame = () => {
      const box = scroller.current?.getBoundingClientRect();
      if (current.isActive && box && scroller.current) {
        // The dates stay at the top, over the hours.
        const head = scroller.current.firstElementChild?.getBoundingClientRect().bottom ?? box.top;
        const up = current.y < head + scrollZone;
        const down = current.y > box.bottom - scrollZone;
        if (up || down) {
          const before = scroller.current.scrollTop;
          scroller.current.scrollTop += up ? -scrollPixels : scrollPixels;
          if (scroller.current.scrollTop !== before) {
            draw(current);
          }
        }
      }
      frame = requestAnimationFrame(onFrame);
    };

    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    window.addEventListener("pointercancel", onCancel);
    window.addEventListener("keydown", onKey, true);
    window.addEventListener("keyup", onKey, true);
    frame = requestAnimationFrame(onFrame);
    stop.current = () => {
      clearTimeout(rest);
      cancelAnimationFrame(frame);
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
      window.removeEventListener("pointercancel", onCancel);
      window.removeEventListener("keydown", onKey, true);
      window.removeEventListener("keyup", onKey, true);
      drag.current = null;
      stop.current = null;
    };
  }

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    if (event.button !== 0 || drag.current) {
      return;
    }
    const target = event.target as HTMLElement;
    const id = target.closest<HTMLElement>("[data-session]")?.dataset.session;
    const one = id === undefined ? undefined : latest.current.find(id);
    if (id !== undefined && !one) {
      return;
    }
    const edge = target.closest<HTMLElement>("[data-edge]")?.dataset.edge as Edge | undefined;
    // Of what runs, only the start can be told; the end is now.
    if (one?.isRunning && edge !== "start") {
      return;
    }
    const kind = edge ?? "move";
    drag.current = {
      pointerId: event.pointerId,
      isTouch: event.pointerType === "touch",
      startX: event.clientX,
      startY: event.clientY,
      x: event.clientX,
      y: event.clientY,
      anchor: instantUnder(event.clientX, event.clientY),
      what: one ? { kind, one } : { kind: "draw" },
      isActive: false,
      isFine: event.shiftKey,
    };
    listen(drag.current);
  }

  return {
    draggedId,
    onPointerDown,
    /** A press that ends a drag is no press on what lies beneath. */
    hasJustEnded: () => performance.now() - ended.current < 50,
  };
}
