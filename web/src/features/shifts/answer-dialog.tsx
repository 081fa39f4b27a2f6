import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/ui/dialog";

/** Asks for words that go with a decision; a decision that cannot be taken back. */
export function AnswerDialog({
  title,
  explanation,
  label,
  isNeeded = false,
  action,
  isDangerous = false,
  onAnswer,
  close,
}: {
  title: string;
  explanation: string;
  label: string;
  /** Without words it is not done. */
  isNeeded?: boolean;
  action: string;
  isDangerous?: boolean;
  onAnswer: (words: string) => void;
  close: () => void;
}) {
  const [words, setWords] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    onAnswer(words.trim());
    close();
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky={words !== ""}>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <Text size="sm">{explanation}</Text>
          <Textarea
            label={label}
            size="sm"
            autosize
            minRows={2}
            maxRows={6}
            maxLength={500}
            required={isNeeded}
            withAsterisk={false}
            data-autofocus
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button
              type="submit"
              {...(isDangerous ? { color: "safranin" } : {})}
              disabled={isNeeded && words.trim() === ""}
            >
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
