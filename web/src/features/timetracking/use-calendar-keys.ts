import { type KeyboardEvent, useEffect, useRef } from "react";
import type { Place } from "@/lib/calendar";
import type { PlacedDay } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import { spokenTimes } from "./calendar-block";
import type { Span } from "./calendar-blocks";
import { type DayAt, movedByDays, movedByStep, resizedByStep, usualStep } from "./calendar-drag";
import type { GhostStore } from "./calendar-drag-store";

/** What is changed by keys is saved when they rest so long, or are let go. */
const restMs = 900;

export interface KeyedSession extends Span {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
}

/**
 * The blocks by keyboard: arrows go from one to the next, with Alt they move it, with Shift they
 * change its length. Several presses in a row are one change.
 */
export function useCalendarKeys({
  days,
  dayAt,
  ghost,
  place,
  inOrder,
  find,
  focusOn,
  onRetime,
  onCreate,
  onDelete,
  onLeave,
}: {
  days: readonly PlacedDay[];
  dayAt: DayAt;
  ghost: GhostStore;
  place: Place;
  /** The sessions that are shown, in the order of their starts. */
  inOrder: readonly KeyedSession[];
  find: (id: string) => KeyedSession | undefined;
  focusOn: (id: string) => void;
  onRetime: (id: string, span: Span) => void;
  onCreate: (span: Span) => void;
  onDelete: (id: string) => void;
  /** A session was moved out of the days that are shown. */
  onLeave: (direction: -1 | 1) => void;
}) {
  const waiting = useRef<{ id: string; span: Span } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef({ onRetime, onLeave, days });
  latest.current = { onRetime, onLeave, days };

  function settle(isKept: boolean) {
    clearTimeout(timer.current);
    const change = waiting.current;
    waiting.current = null;
    if (!change) {
      return;
    }
    ghost.set(null);
    if (isKept) {
      const { days, onLeave, onRetime } = latest.current;
      onRetime(change.id, change.span);
      if (change.span.from >= (days.at(-1)?.to ?? Number.POSITIVE_INFINITY)) {
        onLeave(1);
      } else if (change.span.to <= (days[0]?.from ?? 0)) {
        onLeave(-1);
      }
    }
  }
  const settleRef = useRef(settle);
  settleRef.current = settle;
  useEffect(() => () => settleRef.current(true), []);

  function change(one: KeyedSession, next: (span: Span) => Span) {
    const before = waiting.current?.id === one.id ? waiting.current.span : one;
    if (waiting.current && waiting.current.id !== one.id) {
      settle(true);
    }
    const span = next(before);
    waiting.current = { id: one.id, span: { from: span.from, to: span.to } };
    ghost.set({ id: one.id, name: one.name, from: span.from, to: span.to });
    announce(spokenTimes(span, place));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => settle(true), restMs);
  }

  /** What the key means for a session; null when it means nothing. */
  function changeFor(event: KeyboardEvent, one: KeyedSession): ((span: Span) => Span) | null {
    const { key, altKey, shiftKey } = event;
    const direction = key === "ArrowUp" || key === "ArrowLeft" ? -1 : 1;
    if (altKey && !one.isRunning && !shiftKey) {
      return key === "ArrowUp" || key === "ArrowDown"
        ? (span) => movedByStep(span, direction, usualStep, dayAt)
        : (span) => movedByDays(span, direction, place.timeZone);
    }
    if (shiftKey && !altKey) {
      if (key === "ArrowLeft" || key === "ArrowRight") {
        return (span) => resizedByStep(span, "start", direction, usualStep, dayAt);
      }
      return one.isRunning
        ? null
        : (span) => resizedByStep(span, "end", direction, usualStep, dayAt);
    }
    return null;
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const id = (event.target as HTMLElement).dataset.session;
    const one = id === undefined ? undefined : find(id);
    if (!one || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = changeFor(event, one);
      if (next) {
        change(one, next);
      } else if (!event.altKey && !event.shiftKey) {
        const neighbour = neighbourOf(one, event.key);
        if (neighbour) {
          focusOn(neighbour.id);
        }
      }
      return;
    }
    switch (event.key) {
      case "Escape":
        if (waiting.current) {
          event.preventDefault();
          event.stopPropagation();
          settle(false);
        }
        break;
      case "Home":
      case "End": {
        const end = event.key === "Home" ? inOrder[0] : inOrder.at(-1);
        event.preventDefault();
        if (end) {
          focusOn(end.id);
        }
        break;
      }
      case "Delete":
        event.preventDefault();
        if (!one.isRunning) {
          settle(false);
          const neighbour = neighbourOf(one, "ArrowDown") ?? neighbourOf(one, "ArrowUp");
          onDelete(one.id);
          if (neighbour) {
            focusOn(neighbour.id);
          }
        }
        break;
      case "n":
      case "N":
        if (!event.altKey) {
          event.preventDefault();
          onCreate({ from: one.to, to: one.to + 1800 });
        }
        break;
    }
  }

  function onKeyUp(event: KeyboardEvent) {
    if (event.key === "Alt" || event.key === "Shift") {
      settle(true);
    }
  }

  function neighbourOf(one: KeyedSession, key: string): KeyedSession | undefined {
    const index = inOrder.findIndex(({ id }) => id === one.id);
    if (key === "ArrowUp") {
      return inOrder[index - 1];
    }
    if (key === "ArrowDown") {
      return inOrder[index + 1];
    }
    // The day before or after that has any: what lies nearest to the same time there.
    const direction = key === "ArrowLeft" ? -1 : 1;
    const date = dayAt(one.from).date;
    const wanted = movedByDays(one, direction, place.timeZone).from;
    const others = inOrder.filter((other) => {
      const otherDate = dayAt(other.from).date;
      return direction === 1 ? otherDate > date : otherDate < date;
    });
    const nearestDate = (direction === 1 ? others[0] : others.at(-1))?.from;
    const day = nearestDate === undefined ? null : dayAt(nearestDate).date;
    return others
      .filter((other) => dayAt(other.from).date === day)
      .reduce<KeyedSession | undefined>(
        (best, other) =>
          best === undefined || distanceOf(other, wanted, day) < distanceOf(best, wanted, day)
            ? other
            : best,
        undefined,
      );
  }

  /** How far apart in the day, whatever days lie between. */
  function distanceOf(other: KeyedSession, wanted: number, day: string | null): number {
    const asked = dayAt(wanted);
    const there = dayAt(other.from);
    return day === null ? 0 : Math.abs(other.from - there.from - (wanted - asked.from));
  }

  return { onKeyDown, onKeyUp, onBlur: () => settle(true) };
}
