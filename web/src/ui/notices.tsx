import { Button, Stack, Text, Title } from "@mantine/core";
import { IconPlugConnectedX, IconRefresh, IconZoomExclamation } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { explain, Unreachable } from "@/api/problem";
import classes from "./notices.module.css";

/** Something could not be loaded: what, why, and a way to try again. */
export function LoadFailure({
  what,
  error,
  retry,
  retrying = false,
}: {
  what: string;
  error: unknown;
  retry: () => void;
  retrying?: boolean;
}) {
  const Icon = error instanceof Unreachable ? IconPlugConnectedX : IconZoomExclamation;
  return (
    <Stack className={classes.notice ?? ""} align="center" gap="xs" role="alert">
      <span className={classes.icon} data-tone="trouble">
        <Icon size={26} stroke={1.6} aria-hidden />
      </span>
      <Title order={2} size="h3">
        {what} couldn’t be loaded
      </Title>
      <Text c="dimmed" size="sm" maw="26rem">
        {explain(error)}
      </Text>
      <Button
        variant="default"
        mt="xs"
        leftSection={<IconRefresh size={16} aria-hidden />}
        onClick={retry}
        loading={retrying}
      >
        Retry
      </Button>
    </Stack>
  );
}

/** Nothing is here yet, or nothing matches: what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack className={classes.notice ?? ""} align="center" gap="xs">
      <span className={classes.icon}>{icon}</span>
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed" size="sm" maw="28rem" component="div">
        {children}
      </Text>
      {action}
    </Stack>
  );
}
