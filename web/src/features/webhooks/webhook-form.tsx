import {
  Alert,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { Webhook, WebhookEvent } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { Secret } from "@/ui/secret";
import { showDone } from "@/ui/toasts";
import { webhookQuery, webhooksKey } from "./queries";
import { events, everyEvent } from "./wording";

interface Fields {
  readonly url: string;
  readonly description: string;
  readonly events: WebhookEvent[];
  readonly whose: "mine" | "everybody";
}

const blank: Fields = { url: "", description: "", events: everyEvent, whose: "mine" };

export function CreateWebhook({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const queryClient = useQueryClient();
  const create = useMutation({
    mutationFn: ({ whose, ...fields }: Fields) =>
      answer(
        api.POST("/api/v1/webhooks", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: { ...fields, ...(whose === "everybody" ? { person_id: null } : {}) },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: webhooksKey }),
  });

  function leave() {
    close();
    create.reset();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={leave}
      title={create.data ? "Your new webhook" : "New webhook"}
      isSticky={create.data !== undefined}
    >
      {create.data ? (
        <Stack>
          <Text size="sm">
            Requests are signed with this secret. Give it to the receiver, so that it can tell them
            from others.
          </Text>
          <Secret value={create.data.secret} what="secret" />
          <Group justify="flex-end">
            <Button variant="default" onClick={leave}>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <WebhookForm
          name="New webhook"
          start={blank}
          isNew
          error={create.error}
          isSaving={create.isPending}
          save={create.mutate}
          cancel={leave}
        />
      )}
    </Dialog>
  );
}

export function EditWebhook({
  webhook,
  isOpen,
  close,
}: {
  webhook: Webhook;
  isOpen: boolean;
  close: () => void;
}) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: ({ url, description, events }: Fields) =>
      answer(
        api.PATCH("/api/v1/webhooks/{webhook_id}", {
          params: { path: { webhook_id: webhook.id } },
          body: { url, description, events },
        }),
      ),
    onSuccess: (changed) => {
      queryClient.setQueryData(webhookQuery(webhook.id).queryKey, changed);
      showDone("Saved the webhook.");
      close();
      return queryClient.invalidateQueries({ queryKey: webhooksKey });
    },
  });

  function leave() {
    close();
    change.reset();
  }

  return (
    <Dialog isOpen={isOpen} onClose={leave} title="Edit webhook">
      <WebhookForm
        name="Edit webhook"
        start={{
          url: webhook.url,
          description: webhook.description,
          events: webhook.events,
          whose: "mine",
        }}
        error={change.error}
        isSaving={change.isPending}
        save={change.mutate}
        cancel={leave}
      />
    </Dialog>
  );
}

function WebhookForm({
  name,
  start,
  isNew = false,
  error,
  isSaving,
  save,
  cancel,
}: {
  name: string;
  start: Fields;
  isNew?: boolean;
  error: Error | null;
  isSaving: boolean;
  save: (fields: Fields) => void;
  cancel: () => void;
}) {
  const { role } = useMe();
  const [fields, setFields] = useState(start);
  const problem = error instanceof Problem ? error : null;
  const urlProblem = problem?.field("url");

  function submit(event: FormEvent) {
    event.preventDefault();
    save({ ...fields, url: fields.url.trim(), description: fields.description.trim() });
  }

  return (
    <form onSubmit={submit} aria-label={name}>
      <Stack>
        <TextInput
          label="Address"
          description="An https address that the server can reach."
          placeholder="https://example.org/hooks/benchbook"
          type="url"
          inputMode="url"
          required
          withAsterisk={false}
          maxLength={2000}
          data-autofocus
          value={fields.url}
          error={urlProblem}
          onChange={(event) => setFields({ ...fields, url: event.currentTarget.value })}
        />
        <TextInput
          label="Description"
          placeholder="What it is for"
          maxLength={200}
          value={fields.description}
          onChange={(event) => setFields({ ...fields, description: event.currentTarget.value })}
        />
        {isNew && role !== "member" && (
          <NativeSelect
            label="Whose sessions"
            data={[
              { value: "mine", label: "Mine" },
              { value: "everybody", label: "Everybody’s" },
            ]}
            value={fields.whose}
            onChange={(event) =>
              setFields({
                ...fields,
                whose: event.currentTarget.value === "everybody" ? "everybody" : "mine",
              })
            }
          />
        )}
        <Checkbox.Group
          label="Events"
          value={fields.events}
          onChange={(chosen) =>
            setFields({ ...fields, events: everyEvent.filter((event) => chosen.includes(event)) })
          }
        >
          <Stack gap={10} mt={8}>
            {events.map(({ value, says }) => (
              <Checkbox key={value} value={value} label={says} description={value} />
            ))}
          </Stack>
        </Checkbox.Group>
        {error && !urlProblem && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={cancel}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isSaving}
            disabled={fields.url.trim() === "" || fields.events.length === 0}
          >
            {isNew ? "Create webhook" : "Save"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
