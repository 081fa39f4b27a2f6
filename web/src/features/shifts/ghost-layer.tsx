import { type RefObject, useSyncExternalStore } from "react";
import type { Ghost, GhostStore } from "./ghost-store";
import classes from "./roster.module.css";

/** What is being dragged or was refused, over the rows. */
export function GhostLayer({
  ghost,
  scroller,
}: {
  ghost: GhostStore;
  scroller: RefObject<HTMLDivElement | null>;
}) {
  const shown: Ghost | null = useSyncExternalStore(ghost.subscribe, ghost.get);
  const row = shown && scroller.current?.querySelector<HTMLElement>(`[data-row="${shown.row}"]`);
  const track = row?.querySelector<HTMLElement>("[data-track]");
  if (!shown || !row || !track) {
    return null;
  }
  const left = track.offsetLeft + shown.left * track.offsetWidth;
  const width = Math.max((shown.right - shown.left) * track.offsetWidth, 6);
  return (
    <div
      className={classes.ghost}
      data-testid="ghost"
      data-trouble={shown.trouble !== null}
      data-refused={shown.isRefused === true}
      style={{ top: row.offsetTop, left, width, height: row.offsetHeight }}
    >
      <span
        className={classes.ghostLabel}
        data-side={left > (track.offsetLeft + track.offsetWidth) * 0.65 ? "left" : "right"}
      >
        {shown.label}
        {shown.trouble && <b className={classes.reason}>{shown.trouble}</b>}
      </span>
    </div>
  );
}
