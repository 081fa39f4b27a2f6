import { type CSSProperties, memo } from "react";
import { dayLabel, dayOf, type Place, timeOfDay, weekdayName } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import classes from "./roster.module.css";
import { instantOf, type PlacedShift, type Span } from "./roster-model";

/** A shift in its row. Its cell says whose it is and on which day. */
export const ShiftChip = memo(function ShiftChip({
  placed,
  columns,
  who,
  place,
  dye,
  isSelected,
  isMet,
  isResizable,
}: {
  placed: PlacedShift;
  /** How many columns `left` and `right` are counted in. */
  columns: number;
  who: string;
  place: Place;
  dye: number | undefined;
  isSelected: boolean;
  /** It stands in the way of what was just refused. */
  isMet: boolean;
  isResizable: boolean;
}) {
  const { one, left, right, lane, isContinued, goesOn } = placed;
  const { shift } = one;
  const start = shortTime(one.from, place);
  const end = shortTime(one.to, place);
  const label = chipLabel(placed, who, place);
  return (
    <button
      type="button"
      tabIndex={-1}
      className={classes.chip}
      data-shift={one.id}
      data-column={placed.column}
      data-draft={!shift.published}
      data-selected={isSelected}
      data-met={isMet}
      data-continued={isContinued}
      data-goes-on={goesOn}
      data-narrow={(right - left) * (columns === 1 ? 32 : 1) < (columns === 1 ? 2.5 : 0.6)}
      data-dye={dye}
      aria-pressed={isSelected}
      title={`${start}–${end}${shift.position ? ` ${shift.position}` : ""}${shift.note ? `\n${shift.note}` : ""}${shift.published ? "" : "\nDraft"}`}
      style={
        {
          left: `calc(${(left / columns) * 100}% + 1px)`,
          width: `calc(${((right - left) / columns) * 100}% - 3px)`,
          "--at": lane,
        } as CSSProperties
      }
    >
      <span className={classes.spoken}>{label}</span>
      <span className={classes.chipStart} aria-hidden>
        {start}
      </span>
      <span className={classes.chipEnd} aria-hidden>
        –{end}
      </span>
      <span className={classes.chipPosition} aria-hidden>
        {shift.position}
      </span>
      {isResizable && !isContinued && <span className={classes.edge} data-edge="start" />}
      {isResizable && !goesOn && <span className={classes.edge} data-edge="end" />}
    </button>
  );
});

function shortTime(seconds: number, place: Place): string {
  return timeOfDay(instantOf(seconds), place);
}

function chipLabel({ one }: PlacedShift, who: string, place: Place): string {
  const { shift } = one;
  return [
    who,
    spokenSpan(one, place),
    readableDuration(one.to - one.from),
    shift.position,
    shift.published ? null : "draft",
    shift.note ? "with a note" : null,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

/** `Tue 12 May 22:00 to Wed 06:00`. */
export function spokenSpan(span: Span, place: Place): string {
  const start = instantOf(span.from);
  const end = instantOf(span.to);
  const day = (instant: string) => dayOf(instant, place.timeZone);
  const ends = day(start) === day(instantOf(span.to - 1));
  return `${dayLabel(day(start), place.locale)} ${timeOfDay(start, place)} to ${
    ends ? "" : `${weekdayName(day(end), place.locale)} `
  }${timeOfDay(end, place)}`;
}
