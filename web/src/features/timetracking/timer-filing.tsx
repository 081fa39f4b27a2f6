import { IconNote, IconReceipt, IconReceiptOff, IconTag } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Picker } from "@/ui/picker";
import { ProjectPicker } from "./project-picker";
import type { Filing } from "./timer-actions";
import classes from "./timer-filing.module.css";
import type { ShownFiling } from "./use-timer-filing";

const TagList = lazy(async () => {
  const module = await import("./tag-list");
  return { default: module.TagList };
});
const TimerNote = lazy(async () => {
  const module = await import("./timer-note");
  return { default: module.TimerNote };
});

/** Project, tags, billable and note in the timer's bar, before it starts and while it runs. */
export function TimerFiling({
  filing,
  onChange,
}: {
  filing: ShownFiling;
  onChange: (part: Filing) => void;
}) {
  const [isNoting, setNoting] = useState(false);
  const { tags, billable, note } = filing;
  return (
    <div className={classes.filing}>
      <ProjectPicker
        projectId={filing.project_id}
        className={classes.project}
        withClient={false}
        none={<span className={classes.word}>Project</span>}
        onPick={(project) =>
          onChange(
            project ? { project_id: project.id, billable: project.billable } : { project_id: null },
          )
        }
      />
      <Picker
        label={tags.length === 0 ? "Tags: none" : `Tags: ${tags.join(", ")} (${tags.length})`}
        title={tags.length === 0 ? "Tags" : tags.join(", ")}
        className={classes.button}
        list={(close) => (
          <TagList
            chosen={tags}
            onToggle={(tag) =>
              onChange({
                tags: tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag],
              })
            }
            onClose={close}
          />
        )}
      >
        <IconTag size={17} stroke={1.7} aria-hidden />
        {tags.length > 0 && <span className={classes.count}>{tags.length}</span>}
      </Picker>
      <button
        type="button"
        className={classes.button}
        aria-label="Billable"
        aria-pressed={billable}
        title={billable ? "Billable" : "Not billable"}
        onClick={() => onChange({ billable: !billable })}
      >
        {billable ? (
          <IconReceipt size={17} stroke={1.7} aria-hidden />
        ) : (
          <IconReceiptOff size={17} stroke={1.7} aria-hidden />
        )}
      </button>
      <span className={classes.holder}>
        <button
          type="button"
          className={classes.button}
          aria-label={note === "" ? "Note: none" : "Note"}
          aria-haspopup="dialog"
          aria-expanded={isNoting}
          title={note === "" ? "Add a note" : note}
          data-on={note !== ""}
          onClick={() => setNoting(true)}
        >
          <IconNote size={17} stroke={1.7} aria-hidden />
        </button>
        {isNoting && (
          <Suspense fallback={null}>
            <TimerNote
              note={note}
              onSave={(text) => onChange({ note: text })}
              onClose={() => setNoting(false)}
            />
          </Suspense>
        )}
      </span>
    </div>
  );
}
