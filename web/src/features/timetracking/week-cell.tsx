import { type KeyboardEvent, useRef, useState } from "react";
import { readableDuration } from "@/lib/duration";
import classes from "./week.module.css";
import { cellText, readCell } from "./week-grid";

export type Step = "up" | "down" | "left" | "right";

/** A cell of the week grid. It takes durations as people type them and says how it read them. */
export function WeekCell({
  id,
  label,
  seconds,
  sessionCount,
  isBusy,
  isToday,
  onEnter,
  onStep,
}: {
  id: string;
  label: string;
  seconds: number;
  sessionCount: number;
  /** What was typed is on its way. */
  isBusy: boolean;
  isToday: boolean;
  /** Null when it is done, otherwise why not. */
  onEnter: (seconds: number) => string | null;
  onStep: (direction: Step) => void;
}) {
  const [text, show] = useState<string | null>(null);
  // Leaving by a key enters and then blurs within one event; the same text must not count twice.
  const typed = useRef<string | null>(null);
  const setText = (next: string | null) => {
    typed.current = next;
    show(next);
  };
  const [refusal, setRefusal] = useState<string | null>(null);
  const read = text === null ? null : readCell(text);
  const problem =
    refusal ?? (text !== null && read === null ? "Such as 90, 1.5, 1h30 or 1:30." : null);

  /** Whether the cell may be left. */
  function enter(): boolean {
    if (typed.current === null) {
      return true;
    }
    const seconds = readCell(typed.current);
    if (seconds === null) {
      return false;
    }
    const reason = onEnter(seconds);
    setRefusal(reason);
    if (reason === null) {
      setText(null);
    }
    return reason === null;
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const step = (direction: Step) => {
      event.preventDefault();
      if (enter()) {
        onStep(direction);
      }
    };
    switch (event.key) {
      case "ArrowUp":
        return step("up");
      case "ArrowDown":
        return step("down");
      case "Enter":
        return step(event.shiftKey ? "up" : "down");
      case "ArrowLeft":
        return text === null ? step("left") : undefined;
      case "ArrowRight":
        return text === null ? step("right") : undefined;
      case "Escape":
        if (text !== null) {
          event.preventDefault();
          event.stopPropagation();
          setText(null);
          setRefusal(null);
          requestAnimationFrame(() => (event.target as HTMLInputElement).select());
        }
        return;
      case "Delete":
      case "Backspace":
        if (text === null && seconds > 0) {
          event.preventDefault();
          setRefusal(onEnter(0));
        }
        return;
      case "F2":
        event.preventDefault();
        event.currentTarget.setSelectionRange(99, 99);
        setText(typed.current ?? cellText(seconds));
        return;
    }
  }

  return (
    <td className={classes.cell} data-today={isToday} data-filled={seconds > 0}>
      <input
        className={classes.input}
        data-cell={id}
        aria-label={label}
        aria-invalid={problem !== null}
        aria-describedby={text !== null || problem !== null ? `${id}-reading` : undefined}
        autoComplete="off"
        enterKeyHint="done"
        readOnly={isBusy}
        aria-busy={isBusy}
        value={text ?? cellText(seconds)}
        title={sessionCount > 1 ? `${sessionCount} sessions` : undefined}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setRefusal(null);
        }}
        onKeyDown={onKeyDown}
        onBlur={enter}
      />
      {sessionCount > 1 && text === null && (
        <span className={classes.count} aria-hidden>
          {sessionCount}
        </span>
      )}
      {(text !== null || problem !== null) && (
        <span
          id={`${id}-reading`}
          className={classes.reading}
          data-problem={problem !== null}
          role="status"
        >
          {problem ?? (read === 0 ? "Nothing" : `= ${readableDuration(read ?? 0)}`)}
        </span>
      )}
    </td>
  );
}
