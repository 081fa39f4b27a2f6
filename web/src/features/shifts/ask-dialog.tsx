import { Alert, Button, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { explain } from "@/api/problem";
import type { NewShiftRequest, Shift } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { useAsk } from "./request-actions";
import { ShiftWords } from "./request-card";
import type { Team } from "./request-queries";

/** What one asks for, without the words that go with it. */
export interface Wish {
  readonly body: Omit<NewShiftRequest, "shift_id" | "note">;
  /** What is said once it is asked for. */
  readonly said: string;
}

/** The frame of what one asks for with a shift of one's own: the shift, what is chosen, a note. */
export function AskDialog({
  shift,
  team,
  place,
  title,
  action,
  aboutNote,
  wish,
  close,
  children,
}: {
  shift: Shift;
  team: Team;
  place: Place;
  title: string;
  action: string;
  aboutNote?: string;
  /** Null as long as nothing is chosen. */
  wish: Wish | null;
  close: () => void;
  children: ReactNode;
}) {
  const [note, setNote] = useState("");
  const ask = useAsk(team);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (wish) {
      const words = note.trim();
      ask.mutate(
        {
          body: { ...wish.body, shift_id: shift.id, ...(words ? { note: words } : {}) },
          said: wish.said,
        },
        { onSuccess: close },
      );
    }
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <ShiftWords shift={shift} place={place} />
          {children}
          <Textarea
            label="Note"
            description={aboutNote}
            size="sm"
            autosize
            minRows={1}
            maxRows={4}
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {ask.error !== null && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(ask.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={ask.isPending} disabled={wish === null}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
