import classes from "./roster.module.css";
import { LeaveLegend } from "./roster-leave";

/** What the looks of a shift mean, and how the keyboard goes about. */
export function RosterLegend({ mayChange }: { mayChange: boolean }) {
  return (
    <div className={classes.legend}>
      <span>
        <i data-draft="false" /> Published
      </span>
      <LeaveLegend />
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
