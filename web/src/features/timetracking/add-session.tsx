import { useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useCreateSession } from "./session-actions";
import { SessionForm, type SessionFormValues } from "./session-form";

const blank: SessionFormValues = {
  name: "",
  note: "",
  project_id: null,
  tags: [],
  billable: false,
  times: null,
};

/** Writes down a session that was not timed. */
export function AddSession({
  today,
  initial = blank,
  onDone,
}: {
  today: string;
  /** What is known of it already. */
  initial?: SessionFormValues;
  onDone: () => void;
}) {
  const create = useCreateSession();
  // The same key until something is changed: pressing twice must not add two.
  const [attempt, setAttempt] = useState<{ body: string; key: string } | null>(null);

  return (
    <SessionForm
      label="New session"
      initial={initial}
      today={today}
      submitLabel="Save"
      isSaving={create.isPending}
      isWaiting={create.isPaused}
      error={create.error}
      onCancel={onDone}
      onSubmit={(draft) => {
        const body = JSON.stringify(draft);
        const key = attempt?.body === body ? attempt.key : newIdempotencyKey();
        setAttempt({ body, key });
        create.mutate({ draft, key }, { onSuccess: onDone });
      }}
    />
  );
}
