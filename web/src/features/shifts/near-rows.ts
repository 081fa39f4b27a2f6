/**
 * Which rows of the roster are drawn whole: first those near what can be seen and those that are
 * held, the others one by one when there is time. Until then there are the name, the sum and the
 * room that the shifts take, so that the grid is as high as ever, names are found and rows counted.
 *
 * What was drawn is kept as long as the days are the same: scrolling is smoothest where nothing is
 * drawn meanwhile.
 */
import { flushSync } from "react-dom";
import type { ZonedDay } from "@/lib/zoned-day";

/** So far above and below what can be seen rows are drawn. */
const margin = "320px 0px";
/** Until it is known what can be seen, the first rows are drawn. */
const firstRows = 36;
/** No more rows are drawn ahead: what nobody looks at takes memory, too. */
const mostRows = 250;
/** Milliseconds that have to be left until a frame for another row to be drawn ahead of it. */
const leastLeft = 6;

/** What a row is held for: it has the focus, something of it is dragged, the focus goes there. */
type Reason = "focus" | "drag" | "reach";

type Days = readonly ZonedDay[];

export type NearRows = ReturnType<typeof makeNearRows>;

export function makeNearRows() {
  const near = new Map<string, boolean>();
  /** For which days a row was drawn. */
  const kept = new Map<string, Days>();
  let days: Days = [];
  let idle = 0;
  const held = new Map<Reason, string>();
  const rows = new Set<HTMLElement>();
  const listeners = new Set<() => void>();
  let observer: IntersectionObserver | null = null;
  let isAll = false;
  let onDrawn: () => void = () => undefined;

  function tell() {
    for (const listener of listeners) {
      listener();
    }
  }

  function hold(reason: Reason, employeeId: string | undefined) {
    if (employeeId !== undefined && held.get(reason) !== employeeId) {
      held.set(reason, employeeId);
      tell();
    }
  }

  /** Draws those rows that are not, when nothing else is to be done. */
  function drawAhead() {
    if (idle !== 0 || observer === null) {
      return;
    }
    idle = whenIdle((left) => {
      idle = 0;
      for (const row of rows) {
        const { employee = "" } = row.dataset;
        if (kept.size >= mostRows) {
          return;
        }
        if (kept.get(employee) !== days) {
          if (left() < leastLeft) {
            drawAhead();
            return;
          }
          kept.set(employee, days);
          flushSync(tell);
        }
      }
    });
  }

  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Whether the row of an employee, which is the `row`th, is drawn for these days. */
    has: (employeeId: string, row: number, shown: Days) =>
      isAll ||
      kept.get(employeeId) === shown ||
      [...held.values()].includes(employeeId) ||
      (near.get(employeeId) ?? row < firstRows),

    /** From here on it is these days that are shown. */
    show(shown: Days) {
      days = shown;
      drawAhead();
    },

    /** Has a row, which names its employee as `data-employee`, drawn while it is near. */
    add(row: HTMLElement) {
      rows.add(row);
      observer?.observe(row);
      return () => {
        rows.delete(row);
        observer?.unobserve(row);
        near.delete(row.dataset.employee ?? "");
        kept.delete(row.dataset.employee ?? "");
      };
    },

    /** Looks at what can be seen of the rows in `root`; ends with what is answered. */
    watch(root: HTMLElement) {
      observer = new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) {
            near.set((target as HTMLElement).dataset.employee ?? "", isIntersecting);
          }
          tell();
          drawAhead();
        },
        { root, rootMargin: margin },
      );
      for (const row of rows) {
        observer.observe(row);
      }
      // On paper there is everything.
      const print = window.matchMedia("print");
      const drawAll = (isPrinted: boolean) => {
        isAll = isPrinted;
        flushSync(tell);
      };
      const before = () => drawAll(true);
      const after = () => drawAll(false);
      const change = () => drawAll(print.matches);
      window.addEventListener("beforeprint", before);
      window.addEventListener("afterprint", after);
      print.addEventListener("change", change);
      return () => {
        observer?.disconnect();
        observer = null;
        cancelWhenIdle(idle);
        idle = 0;
        window.removeEventListener("beforeprint", before);
        window.removeEventListener("afterprint", after);
        print.removeEventListener("change", change);
      };
    },

    hold,
    /** Draws a row at once, so that what is in it can take the focus; for handlers of events. */
    reach: (row: HTMLElement) => flushSync(() => hold("reach", row.dataset.employee)),

    /** Rows say that they have been drawn, and one listens. */
    drawn(employeeId: string, shown: Days) {
      kept.set(employeeId, shown);
      onDrawn();
    },
    listen: (listener: () => void) => {
      onDrawn = listener;
    },
  };
}

/** Where browsers cannot say how idle they are, some time later, a row at a time. */
const whenIdle = (deed: (left: () => number) => void): number =>
  typeof requestIdleCallback === "function"
    ? requestIdleCallback((deadline) => deed(() => deadline.timeRemaining()))
    : window.setTimeout(() => {
        let isFirst = true;
        deed(() => {
          const left = isFirst ? leastLeft : 0;
          isFirst = false;
          return left;
        });
      }, 50);

const cancelWhenIdle = (handle: number) =>
  typeof cancelIdleCallback === "function" ? cancelIdleCallback(handle) : clearTimeout(handle);
