import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { LabourRuleViolation } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { ViolationList } from "./violation-list";

/** A change that labour rules block: made for a reason, or put back. */
export interface Blocked {
  readonly violations: readonly LabourRuleViolation[];
  readonly override: (reason: string) => void;
}

/** Asks whether a change is to be made against a labour rule, and why. */
export function OverrideDialog({
  blocked: { violations, override },
  who,
  close,
}: {
  blocked: Blocked;
  who: (employeeId: string) => string;
  close: () => void;
}) {
  const [reason, setReason] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (reason.trim() !== "") {
      override(reason.trim());
      close();
    }
  }
  return (
    <Dialog isOpen title="Against a labour rule" onClose={close} isSticky>
      <form onSubmit={submit} aria-label="Against a labour rule">
        <Stack gap="sm">
          <Text size="sm">The change was put back:</Text>
          <ViolationList violations={violations} who={who} />
          <TextInput
            label="Reason to make it nevertheless"
            description="It is kept, and managers see it."
            data-autofocus
            autoComplete="off"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Leave it
            </Button>
            <Button type="submit" disabled={reason.trim() === ""}>
              Override
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
