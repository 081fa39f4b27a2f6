import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { meQuery } from "@/api/me";
import { type Letter, outbox, refusedAsDependent } from "@/api/outbox";
import { refresh } from "@/api/tabs";
import { dateAndTime } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import classes from "./letters-dialog.module.css";

/** The changes that are on their way or were not taken, and what can be done about them. */
export function LettersDialog({ onClose }: { onClose: () => void }) {
  const letters = useSyncExternalStore(outbox.subscribe, outbox.letters);
  return (
    <Dialog isOpen title="Changes on this device" onClose={onClose}>
      {letters.length === 0 ? (
        <Text size="sm" c="dimmed">
          Everything has arrived.
        </Text>
      ) : (
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            They are kept in this browser until Benchbook has them, and sent in this order.
          </Text>
          <ul className={classes.list}>
            {letters.map((letter) => (
              <LetterRow key={letter.number} letter={letter} />
            ))}
          </ul>
        </Stack>
      )}
    </Dialog>
  );
}

function LetterRow({ letter }: { letter: Letter }) {
  const queryClient = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const me = queryClient.getQueryData(meQuery.queryKey);
  const { number, refusal } = letter;
  const isDependent = refusal?.code === refusedAsDependent;
  const isStale = refusal?.status === 412;

  async function act(work: (number: number) => Promise<unknown>) {
    setBusy(true);
    try {
      await work(number as number);
      await refresh(queryClient, "timer", "sessions");
    } finally {
      setBusy(false);
    }
  }

  return (
    <li className={classes.letter} data-refused={refusal !== undefined}>
      <div className={classes.what}>
        <Group gap="xs">
          <Text size="sm" fw={500}>
            {letter.label}
          </Text>
          <Badge size="sm" variant="light" color={refusal ? "safranin" : "gray"}>
            {refusal ? "Not taken" : "Waits"}
          </Badge>
        </Group>
        <Text size="xs" c="dimmed" className="tabular">
          {me &&
            dateAndTime(new Date(letter.actedAt).toISOString(), {
              locale: me.person.locale,
              timeZone: me.person.time_zone,
            })}
        </Text>
        {refusal && (
          <Text size="sm" role="alert">
            {refusal.detail}
          </Text>
        )}
      </div>
      <Group gap="xs">
        {refusal && !isDependent && (
          <Button
            size="compact-sm"
            variant="light"
            loading={isBusy}
            aria-label={`${isStale ? "Save mine" : "Try again"}: ${letter.label}`}
            onClick={() =>
              void act((which) => outbox.retry(which, isStale ? { force: true } : undefined))
            }
          >
            {isStale ? "Save mine" : "Try again"}
          </Button>
        )}
        {(refusal !== undefined || !letter.wasTried) && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={isBusy}
            aria-label={`Discard: ${letter.label}`}
            onClick={() => void act(outbox.discard)}
          >
            Discard
          </Button>
        )}
      </Group>
    </li>
  );
}
