import { ActionIcon, Menu, Skeleton, Tooltip } from "@mantine/core";
import {
  IconDotsVertical,
  IconPencil,
  IconPlayerPlay,
  IconReceipt,
  IconTrash,
} from "@tabler/icons-react";
import { lazy, memo, Suspense, useEffect, useRef } from "react";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { dayOf, daysBetween, timeOfDay } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import { focusNeighbour } from "./focus-neighbour";
import { useDeleteSession } from "./session-actions";
import classes from "./session-row.module.css";
import { useStartTimer } from "./timer-actions";

const loadEditor = () => import("./edit-session");
const EditSession = lazy(async () => ({ default: (await loadEditor()).EditSession }));

/** A saved session; a press anywhere opens it for editing. */
export const SessionRow = memo(function SessionRow({
  session,
  today,
  isEditing,
  onEdit,
  onTag,
}: {
  session: Session;
  today: string;
  isEditing: boolean;
  onEdit: (id: string | null) => void;
  onTag: (tag: string) => void;
}) {
  const place = usePlace();
  const editButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  const { start } = useStartTimer();
  const remove = useDeleteSession();

  // The focus goes back to where it came from.
  useEffect(() => {
    if (wasEditing.current && !isEditing) {
      editButton.current?.focus();
    }
    wasEditing.current = isEditing;
  }, [isEditing]);

  if (isEditing) {
    return (
      <li className={classes.editing} data-session={session.id}>
        <Suspense fallback={<Skeleton height={268} radius={0} />}>
          <EditSession session={session} today={today} onDone={() => onEdit(null)} />
        </Suspense>
      </li>
    );
  }

  const endedAt = session.ended_at ?? session.started_at;
  const startDay = dayOf(session.started_at, place.timeZone);
  const laterDays = daysBetween(startDay, dayOf(endedAt, place.timeZone));
  const spokenName = session.name || "untitled session";

  return (
    <li className={classes.row} data-session={session.id}>
      <div className={classes.what}>
        <button
          ref={editButton}
          type="button"
          className={classes.edit}
          data-unnamed={session.name === ""}
          aria-label={`Edit ${spokenName}`}
          onClick={() => onEdit(session.id)}
          onPointerEnter={() => void loadEditor()}
          onFocus={() => void loadEditor()}
        >
          {session.name || "Untitled session"}
        </button>
        {(session.tags.length > 0 || session.billable) && (
          <span className={classes.marks}>
            {session.billable && (
              <Tooltip label="Billable">
                <span className={classes.billable} role="img" aria-label="Billable">
                  <IconReceipt size={14} stroke={1.8} aria-hidden />
                </span>
              </Tooltip>
            )}
            {session.tags.map((tag) => (
              <button
                key={tag}
                type="button"
                className={classes.tag}
                aria-label={`Show only what is tagged ${tag}`}
                onClick={() => onTag(tag)}
              >
                {tag}
              </button>
            ))}
          </span>
        )}
      </div>
      <span className={classes.times}>
        <time dateTime={session.started_at}>{timeOfDay(session.started_at, place)}</time>
        {" – "}
        <time dateTime={endedAt}>{timeOfDay(endedAt, place)}</time>
        {laterDays > 0 && (
          <sup
            className={classes.later}
            title={laterDays === 1 ? "Ends the next day" : `Ends ${laterDays} days later`}
          >
            +{laterDays}
          </sup>
        )}
      </span>
      <time className={classes.duration} dateTime={isoDuration(session.duration_seconds)}>
        {clockDuration(session.duration_seconds)}
      </time>
      <div className={classes.buttons}>
        <Tooltip label="Continue">
          <ActionIcon
            size="lg"
            aria-label={`Continue ${spokenName}`}
            onClick={() => start({ name: session.name, tags: session.tags, continues: session.id })}
          >
            <IconPlayerPlay size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              size="lg"
              className={classes.more ?? ""}
              aria-label={`More for ${spokenName}`}
            >
              <IconDotsVertical size={17} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconPencil size={16} aria-hidden />}
              onClick={() => onEdit(session.id)}
            >
              Edit
            </Menu.Item>
            <Menu.Item
              color="safranin"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => {
                focusNeighbour(session.id);
                remove.mutate({ session });
              }}
            >
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </li>
  );
});
