import { Button, Group, Stack, Text } from "@mantine/core";
import { Dialog } from "@/ui/dialog";

/** Asks before signing out discards what this browser alone holds. */
export function SignOutQuestion({
  unsent,
  isSigningOut,
  onSignOut,
  onClose,
}: {
  /** How many changes have not been saved yet. */
  unsent: number;
  isSigningOut: boolean;
  onSignOut: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog isOpen title="Changes would be lost" onClose={onClose}>
      <Stack>
        <Text size="sm">
          {unsent === 1 ? "1 change has" : `${unsent} changes have`} not been saved yet and{" "}
          {unsent === 1 ? "is" : "are"} kept in this browser only. Signing out discards{" "}
          {unsent === 1 ? "it" : "them"}.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button color="safranin" variant="light" loading={isSigningOut} onClick={onSignOut}>
            Discard and sign out
          </Button>
          <Button data-autofocus onClick={onClose}>
            Stay signed in
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
