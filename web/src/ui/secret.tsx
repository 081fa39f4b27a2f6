import { Button, CopyButton, Group, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./secret.module.css";

/** Something that is shown once and then never again, with a way to take it along. */
export function Secret({ value, what }: { value: string; what: string }) {
  return (
    <div>
      <code className={classes.secret} data-testid="secret">
        {value}
      </code>
      <Group mt="xs" gap="sm">
        <CopyButton value={value} timeout={3000}>
          {({ copied, copy }) => (
            <Button
              size="sm"
              variant={copied ? "light" : "filled"}
              leftSection={
                copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />
              }
              onClick={copy}
            >
              {copied ? "Copied" : `Copy ${what}`}
            </Button>
          )}
        </CopyButton>
        <Text size="sm" c="dimmed">
          It is not shown again.
        </Text>
      </Group>
    </div>
  );
}
