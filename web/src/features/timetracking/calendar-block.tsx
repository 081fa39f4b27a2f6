import { type CSSProperties, memo } from "react";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { type Place, timeOfDay, weekdayName } from "@/lib/calendar";
import { legible } from "@/lib/colour";
import { readableDuration } from "@/lib/duration";
import classes from "./calendar.module.css";
import type { Block, Span } from "./calendar-blocks";

/** Below these heights there is room for one line, and for a line of the name and the times. */
const oneLineSeconds = 2700;
const twoLinesSeconds = 4800;

export interface BlockProject {
  readonly name: string;
  readonly colour: string;
}

/** A session in a day of the calendar. A press opens it; its edges are drawn by the pointer. */
export const CalendarBlock = memo(
  function CalendarBlock({
    block,
    session,
    span,
    date,
    project,
    isReachable,
    isDragged,
    onOpen,
  }: {
    block: Block;
    session: Session;
    span: Span;
    /** The day in which this part lies. */
    date: string;
    project: BlockProject | undefined;
    /** By Tab; the others are reached from it by the arrows. */
    isReachable: boolean;
    isDragged: boolean;
    onOpen: (id: string) => void;
  }) {
    const place = usePlace();
    const isRunning = session.ended_at === null;
    const spoken = [
      session.name || "untitled session",
      weekdayName(date, place.locale),
      isRunning ? `running since ${timeOfDay(span.from * 1000, place)}` : spokenTimes(span, place),
      readableDuration(wholeMinutes(span.to - span.from)),
      ...(project ? [project.name] : []),
    ].join(", ");
    return (
      <button
        type="button"
        className={classes.block}
        data-session={session.id}
        data-part={block.index}
        data-lines={
          block.height < oneLineSeconds ? "one" : block.height < twoLinesSeconds ? "two" : "many"
        }
        data-running={isRunning}
        data-dragged={isDragged}
        data-continued={block.isContinued}
        data-goes-on={block.goesOn}
        tabIndex={isReachable && block.index === 0 ? 0 : -1}
        aria-hidden={block.index > 0 ? true : undefined}
        style={placeStyle(block, project?.colour)}
        onClick={() => onOpen(session.id)}
      >
        <span className={classes.spoken}>{spoken}</span>
        {!block.isContinued && <span className={classes.edge} data-edge="start" />}
        <span className={classes.blockName} aria-hidden data-unnamed={session.name === ""}>
          {session.name || "Untitled session"}
        </span>
        <span className={classes.blockTimes} aria-hidden>
          {isRunning ? `since ${timeOfDay(span.from * 1000, place)}` : timesText(span, place)}
        </span>
        {project && (
          <span className={classes.blockProject} aria-hidden>
            {project.name}
          </span>
        )}
        {!block.goesOn && !isRunning && <span className={classes.edge} data-edge="end" />}
      </button>
    );
  },
  (before, after) =>
    before.session === after.session &&
    before.project === after.project &&
    before.date === after.date &&
    before.isReachable === after.isReachable &&
    before.isDragged === after.isDragged &&
    before.onOpen === after.onOpen &&
    before.span.from === after.span.from &&
    before.span.to === after.span.to &&
    blockKeys.every((key) => before.block[key] === after.block[key]),
);

const blockKeys = [
  "day",
  "index",
  "top",
  "height",
  "left",
  "width",
  "isContinued",
  "goesOn",
] as const;

/** Places in hours and shares, from which the style sheet works out the rest. */
export function placeStyle(
  block: Pick<Block, "day" | "top" | "height" | "left" | "width">,
  colour?: string,
): CSSProperties {
  return {
    "--day": block.day,
    "--top": block.top / 3600,
    "--height": block.height / 3600,
    "--left": block.left,
    "--width": block.width,
    ...(colour === undefined ? {} : { "--dye": dyeOf(colour) }),
  } as CSSProperties;
}

/** A project's colour as it can be seen in light and dark. */
function dyeOf(colour: string): string {
  const { light, dark } = legible(colour);
  return `light-dark(${light}, ${dark})`;
}

/** `09:00 – 10:30`. */
export function timesText({ from, to }: Span, place: Place): string {
  return `${timeOfDay(from * 1000, place)} – ${timeOfDay(to * 1000, place)}`;
}

/** `09:00 to 10:30`, with the day of the end where it is another one. */
export function spokenTimes({ from, to }: Span, place: Place): string {
  return `${timeOfDay(from * 1000, place)} to ${timeOfDay(to * 1000, place)}`;
}

function wholeMinutes(seconds: number): number {
  return seconds < 60 ? seconds : seconds - (seconds % 60);
}
