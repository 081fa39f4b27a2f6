import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Puts a text on the clipboard, and says that it did. */
export function Copy({
  value,
  label,
  what,
}: {
  /** Made when it is wanted. */
  value: () => string;
  label: string;
  /** What is copied, where the label alone does not say. */
  what?: string;
}) {
  const clipboard = useClipboard({ timeout: 3000 });
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      flex="none"
      {...(what === undefined ? {} : { "aria-label": `Copy ${what}` })}
      leftSection={
        clipboard.copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />
      }
      onClick={() => clipboard.copy(value())}
    >
      {clipboard.copied ? "Copied" : label}
    </Button>
  );
}
