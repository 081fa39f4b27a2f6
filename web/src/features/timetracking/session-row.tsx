import { Menu, Skeleton } from "@mantine/core";
import {
  IconCopy,
  IconDotsVertical,
  IconNote,
  IconPencil,
  IconPlayerPlay,
  IconReceipt,
  IconScissors,
  IconTrash,
} from "@tabler/icons-react";
import { lazy, type MouseEvent, memo, Suspense, useEffect, useRef, useState } from "react";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { dayOf, daysBetween, timeOfDay } from "@/lib/calendar";
import { clockDuration, isoDuration } from "@/lib/duration";
import type { KnownProject } from "./catalogue-queries";
import { ProjectMark } from "./project-mark";
import classes from "./session-row.module.css";

const loadEditor = () => import("./edit-session");
const EditSession = lazy(async () => ({ default: (await loadEditor()).EditSession }));

/** What can be done with a session of the list. */
export interface SessionActions {
  readonly edit: (id: string | null) => void;
  readonly resume: (session: Session) => void;
  readonly remove: (session: Session) => void;
  readonly split: (session: Session) => void;
  readonly duplicate: (session: Session) => void;
  readonly showTag: (tag: string) => void;
  readonly showProject: (projectId: string) => void;
  readonly selectDay: (sessions: readonly Session[], isSelected: boolean) => void;
  /** Takes it into the selection or out of it; with a range, all since the last one as well. */
  readonly select: (session: Session, isSelected: boolean, withRange: boolean) => void;
}

/** A saved session; a press anywhere opens it for editing. */
export const SessionRow = memo(function SessionRow({
  session,
  project,
  today,
  isEditing,
  isSelected,
  actions,
}: {
  session: Session;
  project: KnownProject | undefined;
  today: string;
  isEditing: boolean;
  isSelected: boolean;
  actions: SessionActions;
}) {
  const place = usePlace();
  const editButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  const moreButton = useRef<HTMLButtonElement>(null);
  const [isMenuOpen, setMenuOpen] = useState(false);

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
          <EditSession session={session} today={today} onDone={() => actions.edit(null)} />
        </Suspense>
      </li>
    );
  }

  const endedAt = session.ended_at ?? session.started_at;
  const startDay = dayOf(session.started_at, place.timeZone);
  const laterDays = daysBetween(startDay, dayOf(endedAt, place.timeZone));
  const spokenName = session.name || "untitled session";

  return (
    <li className={classes.row} data-session={session.id} data-selected={isSelected}>
      <label className={classes.select}>
        <input
          type="checkbox"
          aria-label={`Select ${spokenName}`}
          data-part="select"
          checked={isSelected}
          onChange={() => undefined}
          onClick={(event: MouseEvent<HTMLInputElement>) =>
            actions.select(session, event.currentTarget.checked, event.shiftKey)
          }
        />
      </label>
      <div className={classes.what}>
        <button
          ref={editButton}
          type="button"
          data-part="edit"
          className={classes.edit}
          data-unnamed={session.name === ""}
          aria-label={`Edit ${spokenName}`}
          onClick={() => actions.edit(session.id)}
          onPointerEnter={() => void loadEditor()}
          onFocus={() => void loadEditor()}
        >
          {session.name || "Untitled session"}
        </button>
        {project && (
          <button
            type="button"
            className={classes.project}
            aria-label={`Show only the project ${nameWithClient(project)}`}
            title={nameWithClient(project)}
            onClick={() => actions.showProject(project.id)}
          >
            <ProjectMark project={project} />
          </button>
        )}
        {(session.tags.length > 0 || session.billable || session.note !== "") && (
          <span className={classes.marks}>
            {session.note !== "" && (
              <span
                className={classes.note}
                role="img"
                aria-label="Has a note"
                title={session.note}
              >
                <IconNote size={14} stroke={1.8} aria-hidden />
              </span>
            )}
            {session.billable && (
              <span className={classes.billable} role="img" aria-label="Billable" title="Billable">
                <IconReceipt size={14} stroke={1.8} aria-hidden />
              </span>
            )}
            {session.tags.map((tag) => (
              <button
                key={tag}
                type="button"
                className={classes.tag}
                aria-label={`Show only what is tagged ${tag}`}
                onClick={() => actions.showTag(tag)}
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
        <button
          type="button"
          className={classes.icon}
          data-part="continue"
          aria-label={`Continue ${spokenName}`}
          title="Continue"
          onClick={() => actions.resume(session)}
        >
          <IconPlayerPlay size={17} aria-hidden />
        </button>
        <button
          ref={moreButton}
          type="button"
          data-part="more"
          className={`${classes.icon} ${classes.more}`}
          aria-label={`More for ${spokenName}`}
          aria-haspopup="menu"
          aria-expanded={isMenuOpen}
          onClick={() => setMenuOpen(true)}
        >
          <IconDotsVertical size={17} aria-hidden />
        </button>
        {isMenuOpen && (
          <RowMenu
            session={session}
            actions={actions}
            close={() => {
              setMenuOpen(false);
              moreButton.current?.focus();
            }}
          />
        )}
      </div>
    </li>
  );
});

function nameWithClient({ name, clientName }: KnownProject): string {
  return clientName === null ? name : `${name} · ${clientName}`;
}

/** Made only when it is opened: a page may hold a thousand rows. */
function RowMenu({
  session,
  actions,
  close,
}: {
  session: Session;
  actions: SessionActions;
  close: () => void;
}) {
  return (
    <Menu
      opened
      onChange={(isOpen) => !isOpen && close()}
      position="bottom-end"
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <span className={classes.anchor} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`More for ${session.name || "untitled session"}`}>
        <Menu.Item
          leftSection={<IconPencil size={16} aria-hidden />}
          onClick={() => actions.edit(session.id)}
        >
          Edit
        </Menu.Item>
        <Menu.Item
          leftSection={<IconScissors size={16} aria-hidden />}
          disabled={session.duration_seconds < 2}
          onClick={() => actions.split(session)}
        >
          Split …
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={16} aria-hidden />}
          onClick={() => actions.duplicate(session)}
        >
          Duplicate
        </Menu.Item>
        <Menu.Item
          color="safranin"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => actions.remove(session)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
