import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconArrowsExchange,
  IconCalendarCheck,
  IconCalendarOff,
  IconCopy,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { counted } from "@/lib/counted";
import classes from "./roster.module.css";
import { type DrawnShift, hoursText } from "./roster-model";

/** What can be done with the shifts that are selected. */
export function RosterBar({
  chosen,
  onSwap,
  onPublish,
  onMakeDrafts,
  onCopy,
  onDelete,
  onClear,
}: {
  chosen: readonly DrawnShift[];
  onSwap: () => void;
  onPublish: () => void;
  onMakeDrafts: () => void;
  onCopy: () => void;
  onDelete: () => void;
  onClear: () => void;
}) {
  const seconds = chosen.reduce((sum, { from, to }) => sum + to - from, 0);
  const drafts = chosen.filter(({ shift }) => !shift.published).length;
  const isSwappable =
    chosen.length === 2 && chosen[0]?.shift.employee_id !== chosen[1]?.shift.employee_id;
  return (
    <section className={classes.bar} aria-label="Selected shifts" data-bulk-bar>
      <p className={classes.count}>
        <strong>{counted(chosen.length, "shift")}</strong>
        <span className="tabular">{hoursText(seconds)} h</span>
      </p>
      <div className={classes.deeds}>
        {isSwappable && (
          <button type="button" className={classes.deed} onClick={onSwap}>
            <IconArrowsExchange size={17} aria-hidden /> Swap
          </button>
        )}
        {drafts > 0 && (
          <button type="button" className={classes.deed} onClick={onPublish}>
            <IconCalendarCheck size={17} aria-hidden /> Publish
          </button>
        )}
        {drafts < chosen.length && (
          <button type="button" className={classes.deed} onClick={onMakeDrafts}>
            <IconCalendarOff size={17} aria-hidden /> Make drafts
          </button>
        )}
        <button type="button" className={classes.deed} onClick={onCopy}>
          <IconCopy size={17} aria-hidden /> Copy
        </button>
        <button type="button" className={classes.deed} data-tone="danger" onClick={onDelete}>
          <IconTrash size={17} aria-hidden /> Delete
        </button>
      </div>
      <Tooltip label="Clear the selection">
        <ActionIcon aria-label="Clear the selection" onClick={onClear}>
          <IconX size={17} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </section>
  );
}
