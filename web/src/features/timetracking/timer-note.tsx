import { Button, Group, Popover, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import classes from "./timer-filing.module.css";

const pauseMs = 700;

/** The note of what runs, or will. It is saved in pauses of the typing, and on closing. */
export function TimerNote({
  note,
  onSave,
  onClose,
}: {
  note: string;
  onSave: (note: string) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState(note);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const saved = useRef(note);
  const latest = useRef(text);
  latest.current = text;
  // The note belongs to what ran when it was opened, should something else run by now.
  const [save] = useState(() => () => {
    clearTimeout(timer.current);
    const typed = latest.current.trim();
    if (typed !== saved.current) {
      saved.current = typed;
      onSave(typed);
    }
  });

  // However it closes, what was typed is kept.
  useEffect(() => save, [save]);

  return (
    <Popover
      opened
      onChange={(isOpen) => !isOpen && onClose()}
      trapFocus
      returnFocus
      withArrow
      shadow="md"
      position="bottom"
      width={320}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <span className={classes.anchor} />
      </Popover.Target>
      <Popover.Dropdown aria-label="Note">
        <Textarea
          data-autofocus
          aria-label="Note"
          placeholder="Anything worth remembering"
          autosize
          minRows={3}
          maxRows={10}
          maxLength={5000}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            clearTimeout(timer.current);
            timer.current = setTimeout(save, pauseMs);
          }}
        />
        <Group justify="flex-end" mt="xs">
          <Button size="compact-sm" variant="light" onClick={onClose}>
            Done
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
