import { IconLock } from "@tabler/icons-react";
import classes from "./roster.module.css";
import { LeaveLegend } from "./roster-leave";

/** What the looks of a shift mean, and how the keyboard goes about. */
export function RosterLegend({
  mayChange,
  hasClosed,
}: {
  mayChange: boolean;
  /** Whether a day that is shown is closed. */
  hasClosed: boolean;
}) {
  return (
    <div className={classes.legend}>
      <span>
        <i data-draft="false" /> Published
      </span>
      <LeaveLegend />
      {hasClosed && (
        <span>
          <IconLock size={13} stroke={2} aria-hidden /> Closed days, which do not change any more
        </span>
      )}
      {mayChange && (
        <>
          <span>
            <i data-draft="true" /> Draft, seen by managers only
          </span>
          <span className={classes.keysHint}>
            Arrows go about, Enter opens; with Alt they move and hand over, with Shift they change
            the times. Space selects, Delete deletes.
          </span>
        </>
      )}
    </div>
  );
}
