import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { usePlace } from "@/api/me";
import type { LeaveRequest } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import type { useDecideLeave } from "./leave-actions";
import { spanText } from "./leave-wording";

/** Asks why leave is declined. */
export function DeclineDialog({
  leave,
  who,
  decide,
  close,
}: {
  leave: LeaveRequest;
  who: string;
  decide: ReturnType<typeof useDecideLeave>;
  close: () => void;
}) {
  const place = usePlace();
  const [note, setNote] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    decide.mutate({ leave, status: "declined", note: note.trim() || null, who });
    close();
  }

  return (
    <Dialog isOpen title={`Decline leave of ${who}?`} onClose={close} isSticky={note !== ""}>
      <form onSubmit={submit} aria-label="Decline leave">
        <Stack>
          <Text size="sm">{spanText(leave, place)}</Text>
          <Textarea
            label="Reason"
            description={`${who} can read it.`}
            size="sm"
            autosize
            minRows={2}
            maxRows={5}
            maxLength={1000}
            data-autofocus
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" color="safranin">
              Decline
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
