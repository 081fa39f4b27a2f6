import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { ShiftTemplate } from "@/api/types";
import { announce } from "@/ui/announcer";
import {
  type Cycle,
  clocksText,
  type DayRange,
  filled,
  pastedAt,
  repeated,
  sumOf,
  toggled,
} from "./cycle";
import { GridPart } from "./grid-part";
import classes from "./patterns.module.css";
import { briefHours } from "./roster-model";

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -7,
  ArrowDown: 7,
};

/** What was copied stays while one goes from pattern to pattern. */
let clipboard: Cycle | null = null;

/** The days of a cycle in rows of seven, filled by a brush or by keys. */
export function CycleGrid({
  cycle,
  templates,
  dyeOf,
  brush,
  weekdays,
  selection,
  onSelect,
  onChange,
  onTakeBack,
}: {
  cycle: Cycle;
  /** In the order of their keys, 1 to 9. */
  templates: readonly ShiftTemplate[];
  dyeOf: ReadonlyMap<string, number>;
  /** The template that a press puts; null makes days free. */
  brush: string | null;
  /** The names of the columns where the cycle is of whole weeks. */
  weekdays: readonly string[] | null;
  selection: DayRange & { readonly at: number };
  onSelect: (selection: DayRange & { readonly at: number }) => void;
  onChange: (cycle: Cycle) => void;
  onTakeBack: () => void;
}) {
  const grid = useRef<HTMLDivElement>(null);
  const anchor = useRef(selection.at);
  /** The day that was selected last: what gets the focus by that is selected already. */
  const current = useRef(selection.at);
  const drag = useRef<{ isOn: boolean; hasMoved: boolean }>({ isOn: false, hasMoved: false });
  const [isDragging, setDragging] = useState(false);
  const templateOf = new Map(templates.map((one) => [one.id, one]));
  const last = cycle.length - 1;

  function labelOf(day: number, of: Cycle = cycle): string {
    const what = (of[day] ?? [])
      .map((id) => templateOf.get(id))
      .map((one) => (one ? `${one.name} ${clocksText(one)}` : "a shift that is gone"));
    const when = weekdays
      ? `Week ${Math.floor(day / 7) + 1}, ${weekdays[day % 7]}`
      : `Day ${day + 1}`;
    return `${when}: ${what.length === 0 ? "free" : what.join(" and ")}`;
  }

  function select(at: number, from: number) {
    anchor.current = from;
    current.current = at;
    onSelect({ at, first: Math.min(at, from), last: Math.max(at, from) });
  }

  function focus(day: number) {
    grid.current?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus();
  }

  function change(next: Cycle, day: number) {
    onChange(next);
    announce(labelOf(day, next));
  }

  /** Puts a template on the days that are selected, and goes on to the next one. */
  function put(templateId: string | null, isGoingOn: boolean) {
    change(filled(cycle, selection, templateId === null ? [] : [templateId]), selection.at);
    if (isGoingOn && selection.first === selection.last && selection.at < last) {
      select(selection.at + 1, selection.at + 1);
      focus(selection.at + 1);
    }
  }

  function press(day: number) {
    const has = cycle[day] ?? [];
    const isThere = brush !== null && has.length === 1 && has[0] === brush;
    change(filled(cycle, { first: day, last: day }, brush === null || isThere ? [] : [brush]), day);
  }

  const finish = useRef<() => void>(() => undefined);
  finish.current = () => {
    if (drag.current.isOn) {
      drag.current.isOn = false;
      setDragging(false);
      if (drag.current.hasMoved) {
        change(filled(cycle, selection, brush === null ? [] : [brush]), selection.first);
      }
    }
  };
  useEffect(() => {
    const end = () => finish.current();
    window.addEventListener("pointerup", end);
    return () => window.removeEventListener("pointerup", end);
  }, []);

  function onPointerDown(event: PointerEvent, day: number) {
    if (event.button !== 0) {
      return;
    }
    if (event.shiftKey) {
      event.preventDefault();
      drag.current = { isOn: false, hasMoved: true };
      select(day, anchor.current);
      focus(day);
      return;
    }
    drag.current = { isOn: event.pointerType === "mouse", hasMoved: false };
    select(day, day);
  }

  function onPointerEnter(day: number) {
    if (drag.current.isOn && day !== selection.at) {
      drag.current.hasMoved = true;
      setDragging(true);
      select(day, anchor.current);
    }
  }

  function onKeyDown(event: KeyboardEvent, day: number) {
    const { key, shiftKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    const rowStart = day - (day % 7);
    const target =
      key in steps
        ? day + (steps[key] ?? 0)
        : key === "Home"
          ? isCommand
            ? 0
            : rowStart
          : key === "End"
            ? isCommand
              ? last
              : Math.min(rowStart + 6, last)
            : null;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (target !== null) {
      event.preventDefault();
      if (target >= 0 && target <= last) {
        select(target, shiftKey ? anchor.current : target);
        focus(target);
      }
    } else if (isCommand) {
      onCommand(event);
    } else if (event.altKey) {
      return;
    } else if (key === "Delete" || key === "Backspace" || digit === "0") {
      event.preventDefault();
      put(null, key !== "Backspace");
    } else if (digit !== undefined) {
      const template = templates[Number(digit) - 1];
      if (template) {
        event.preventDefault();
        if (shiftKey) {
          change(toggled(cycle, selection, template.id), day);
        } else {
          put(template.id, true);
        }
      }
    } else if (key === "Enter" || key === " ") {
      event.preventDefault();
      if (selection.first === selection.last) {
        press(day);
      } else {
        put(brush, false);
      }
    } else if (key === "Escape" && selection.first !== selection.last) {
      event.preventDefault();
      select(day, day);
    }
  }

  function onCommand(event: KeyboardEvent) {
    const key = event.key.toLowerCase();
    if (key === "c") {
      event.preventDefault();
      clipboard = cycle.slice(selection.first, selection.last + 1);
      announce(`${clipboard.length} days copied`);
    } else if (key === "v" && clipboard) {
      event.preventDefault();
      change(pastedAt(cycle, selection.first, clipboard), selection.first);
    } else if (key === "a") {
      event.preventDefault();
      anchor.current = 0;
      onSelect({ at: selection.at, first: 0, last });
    } else if (key === "d") {
      event.preventDefault();
      change(repeated(cycle, selection), selection.at);
    } else if (key === "z") {
      event.preventDefault();
      onTakeBack();
    }
  }

  const rows = Array.from({ length: Math.ceil(cycle.length / 7) }, (_, row) => row * 7);
  return (
    <GridPart
      ref={grid}
      role="grid"
      aria-label="Days of the cycle"
      aria-multiselectable
      className={classes.cycle}
      data-dragging={isDragging}
    >
      <GridPart role="row" className={classes.cycleRow} data-head>
        <GridPart role="columnheader" className={classes.weekHead}>
          {weekdays ? "Week" : "Days"}
        </GridPart>
        {Array.from({ length: 7 }, (_, place) => (
          <GridPart
            key={weekdays?.[place] ?? place}
            role="columnheader"
            className={classes.dayHead}
          >
            {weekdays ? (
              <>
                <span className={classes.wide}>{weekdays[place]}</span>
                <span className={classes.narrow} aria-hidden>
                  {weekdays[place]?.slice(0, 2)}
                </span>
              </>
            ) : (
              <span className={classes.spoken}>Day {place + 1} of the row</span>
            )}
          </GridPart>
        ))}
        <GridPart role="columnheader" className={classes.sumHead}>
          Hours
        </GridPart>
      </GridPart>
      {rows.map((start) => {
        const days = cycle.slice(start, start + 7);
        return (
          <GridPart key={start} role="row" className={classes.cycleRow}>
            <GridPart role="rowheader" className={classes.weekHead}>
              {weekdays ? start / 7 + 1 : `${start + 1}–${start + days.length}`}
            </GridPart>
            {days.map((has, place) => {
              const day = start + place;
              const isSelected = day >= selection.first && day <= selection.last;
              return (
                <GridPart
                  key={day}
                  role="gridcell"
                  data-day={day}
                  className={classes.cycleDay}
                  aria-selected={isSelected}
                  data-many={selection.first !== selection.last}
                  tabIndex={day === Math.min(selection.at, last) ? 0 : -1}
                  onFocus={() => {
                    if (current.current !== day && !drag.current.isOn) {
                      select(day, day);
                    }
                  }}
                  onPointerDown={(event) => onPointerDown(event, day)}
                  onPointerEnter={() => onPointerEnter(day)}
                  onClick={() => {
                    if (!drag.current.hasMoved) {
                      press(day);
                    }
                  }}
                  onKeyDown={(event) => onKeyDown(event, day)}
                >
                  <span className={classes.spoken}>{labelOf(day)}</span>
                  {!weekdays && (
                    <small className={classes.dayNumber} aria-hidden>
                      {day + 1}
                    </small>
                  )}
                  {has.map((id) => (
                    <TemplateChip key={id} template={templateOf.get(id)} dye={dyeOf.get(id)} />
                  ))}
                </GridPart>
              );
            })}
            {days.length < 7 && (
              <span className={classes.beyond} style={{ gridColumn: `span ${7 - days.length}` }} />
            )}
            <GridPart role="gridcell" className={classes.weekSum}>
              {briefHours(sumOf(days, templateOf).seconds)}
            </GridPart>
          </GridPart>
        );
      })}
    </GridPart>
  );
}

export function TemplateChip({
  template,
  dye,
}: {
  template: ShiftTemplate | undefined;
  dye: number | undefined;
}) {
  return (
    <span className={classes.templateChip} data-dye={dye} aria-hidden>
      <strong>{template?.name ?? "?"}</strong>
      {template && <small>{clocksText(template)}</small>}
    </span>
  );
}
