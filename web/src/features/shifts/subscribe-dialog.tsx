import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import { Dialog } from "@/ui/dialog";
import { Secret } from "@/ui/secret";

/** Makes an address under which a calendar application reads one's shifts. */
export function SubscribeDialog({
  settingsLink,
  close,
}: {
  settingsLink: (words: ReactNode) => ReactNode;
  close: () => void;
}) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("My shifts");
  const create = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/calendar-feeds", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: { name: name.trim(), shows: "shifts" },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["calendar-feeds"] }),
  });
  const problem = create.error instanceof Problem ? create.error : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }

  return (
    <Dialog
      isOpen
      title="Your shifts in your calendar"
      onClose={close}
      isSticky={create.data !== undefined}
    >
      {create.data ? (
        <Stack>
          <Text size="sm">
            Subscribe to this address in your calendar application. Whoever has it can read your
            shifts, so treat it like a password.
          </Text>
          <Secret value={create.data.url} what="address" />
          <Text size="sm">
            On this device you can{" "}
            <Anchor
              href={create.data.url.replace(/^https?:/, "webcal:")}
              size="sm"
              underline="always"
            >
              open it in the calendar application
            </Anchor>
            . It is replaced and revoked in {settingsLink("Settings, Calendar feeds")}.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} aria-label="Your shifts in your calendar">
          <Stack>
            <Text size="sm">
              Apple Calendar, Google Calendar, Outlook or Thunderbird show your published shifts,
              and follow when they move. Addresses that you have already are in{" "}
              {settingsLink("Settings, Calendar feeds")}.
            </Text>
            <TextInput
              label="Name"
              description="Where you will subscribe to it, so that you recognise it later."
              required
              withAsterisk={false}
              maxLength={100}
              data-autofocus
              value={name}
              error={problem?.field("name")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {create.error && !problem?.field("name") && (
              <Alert color="safranin" variant="light" role="alert">
                {explain(create.error)}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="subtle" color="gray" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
                Make address
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
