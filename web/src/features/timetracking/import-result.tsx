import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { SessionImport } from "@/api/types";
import { counted } from "@/lib/counted";
import classes from "./import-page.module.css";
import { made, RejectedLines } from "./import-preview";

/** What became of an import that was just made. */
export function ImportResult({ done, next }: { done: SessionImport; next: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const besides = made(done);
  return (
    <Stack gap="md" className={classes.card ?? ""}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <IconCircleCheck size={26} stroke={1.6} color="var(--bb-accent)" aria-hidden />
        <div>
          <Title order={3} size="h4" ref={heading} tabIndex={-1}>
            {counted(done.added, "session")} added
          </Title>
          <Text size="sm" c="dimmed">
            {besides === null ? "" : `Made ${besides}. `}
            {done.duplicates > 0 &&
              `${counted(done.duplicates, "line")} ${done.duplicates === 1 ? "was" : "were"} here already. `}
            Should it be wrong, take it back below.
          </Text>
        </div>
      </Group>
      <RejectedLines done={done} fileName={done.file_name} />
      <Group gap="sm">
        <Button component={Link} to="/hours">
          Show the sessions
        </Button>
        <Button variant="default" onClick={next}>
          Import another file
        </Button>
      </Group>
    </Stack>
  );
}
