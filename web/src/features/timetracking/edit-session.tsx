import { Alert, Button, Group } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerWithVersion, api } from "@/api/client";
import { Problem } from "@/api/problem";
import type { Session } from "@/api/types";
import { focusNeighbour } from "./focus-neighbour";
import { type SessionDraft, useChangeSession, useDeleteSession } from "./session-actions";
import { SessionForm } from "./session-form";

/** Corrects a saved session in its place in the list. */
export function EditSession({
  session,
  today,
  onDone,
}: {
  session: Session;
  today: string;
  onDone: () => void;
}) {
  const queryClient = useQueryClient();
  const change = useChangeSession();
  const remove = useDeleteSession();
  const [initial] = useState(session);
  const [refused, setRefused] = useState<SessionDraft | null>(null);
  // Which version is being edited, so that nobody's newer change is overwritten unseen.
  const versionKey = ["session-version", session.id, initial.updated_at];
  const current = useQuery({
    queryKey: versionKey,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: ({ signal }) =>
      answerWithVersion(
        api.GET("/api/v1/sessions/{session_id}", {
          signal,
          params: { path: { session_id: session.id } },
        }),
      ),
  });

  function save(draft: SessionDraft, overwrite = false) {
    const changes = changesOf(initial, draft);
    if (Object.keys(changes).length === 0) {
      onDone();
      return;
    }
    change.mutate(
      {
        id: session.id,
        change: changes,
        former: formerOf(initial, changes),
        version: overwrite ? null : (current.data?.version ?? null),
      },
      {
        onSuccess: onDone,
        onError: (error) => {
          if (error instanceof Problem && error.status === 412) {
            setRefused(draft);
          }
        },
      },
    );
  }

  const isStale = refused !== null;
  return (
    <>
      <SessionForm
        label={`Edit ${session.name || "untitled session"}`}
        initial={{
          name: initial.name,
          note: initial.note,
          project_id: initial.project_id,
          tags: initial.tags,
          billable: initial.billable,
          times: {
            started_at: initial.started_at,
            ended_at: initial.ended_at ?? initial.started_at,
          },
        }}
        today={today}
        submitLabel="Save"
        isSaving={change.isPending}
        isWaiting={change.isPaused}
        error={isStale ? null : change.error}
        onCancel={onDone}
        onSubmit={(draft) => save(draft)}
        extra={
          <Button
            variant="subtle"
            color="safranin"
            size="sm"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => {
              onDone();
              focusNeighbour(session.id);
              remove.mutate({ session });
            }}
          >
            Delete
          </Button>
        }
      />
      {refused && (
        <Alert
          m="md"
          mt={0}
          color="safranin"
          variant="light"
          role="alert"
          title="This session was changed elsewhere in the meantime"
        >
          <Group gap="xs" mt="xs">
            <Button size="compact-sm" color="safranin" onClick={() => save(refused, true)}>
              Save mine
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                queryClient.removeQueries({ queryKey: versionKey });
                onDone();
                void queryClient.invalidateQueries({ queryKey: ["sessions"] });
              }}
            >
              Keep the other
            </Button>
          </Group>
        </Alert>
      )}
    </>
  );
}

/** Only what differs is sent, so that two people may change different things. */
function changesOf(session: Session, draft: SessionDraft): Partial<SessionDraft> {
  const isSame = (key: keyof SessionDraft) =>
    JSON.stringify(draft[key]) === JSON.stringify(session[key]);
  const changes = Object.fromEntries(
    (Object.keys(draft) as (keyof SessionDraft)[])
      .filter((key) => !isSame(key))
      .map((key) => [key, draft[key]]),
  ) as Partial<SessionDraft>;
  // The server reads a new start or end together, so neither is sent alone.
  return "started_at" in changes || "ended_at" in changes
    ? { ...changes, started_at: draft.started_at, ended_at: draft.ended_at }
    : changes;
}

function formerOf(session: Session, changes: Partial<SessionDraft>): Partial<SessionDraft> {
  return Object.fromEntries(
    Object.keys(changes).map((key) => [key, session[key as keyof SessionDraft]]),
  );
}
