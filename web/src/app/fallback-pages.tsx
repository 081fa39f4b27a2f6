import { Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft, IconRefresh } from "@tabler/icons-react";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { connection } from "@/api/connection";
import { explain, Problem, Unreachable } from "@/api/problem";
import { LogoMark } from "@/ui/logo";
import { usePageTitle } from "@/ui/page-title";
import classes from "./fallback-pages.module.css";

/** Seen for a moment while the first answers arrive. */
export function Splash() {
  return (
    <div className={classes.page} role="status" aria-label="Loading">
      <span className={classes.pulse}>
        <LogoMark size={44} />
      </span>
    </div>
  );
}

export function NotFoundPage() {
  usePageTitle("Page not found");
  return (
    <main className={classes.page}>
      <Stack align="center" gap="sm" maw={420} ta="center">
        <LogoMark size={40} />
        <Title order={1}>This page isn’t in the book</Title>
        <Text c="dimmed">
          The address may be mistyped, or what was here has been moved or taken away.
        </Text>
        <Button
          component={Link}
          to="/"
          mt="sm"
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          To the first page
        </Button>
      </Stack>
    </main>
  );
}

/** The last resort of every page: says what happened and leads out of it. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  usePageTitle("Something went wrong");
  const router = useRouter();
  const [isRetrying, setRetrying] = useState(false);
  const isAway = error instanceof Unreachable;

  async function retry() {
    setRetrying(true);
    if (isAway) {
      await connection.probe();
    }
    reset();
    await router.invalidate();
    setRetrying(false);
  }

  // When the server is back, so is the page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: one subscription a failure
  useEffect(
    () =>
      connection.subscribe((reachable) => {
        if (reachable && isAway) {
          void retry();
        }
      }),
    [isAway],
  );

  return (
    <main className={classes.page}>
      <Stack align="center" gap="sm" maw={440} ta="center" role="alert">
        <LogoMark size={40} />
        <Title order={1}>{isAway ? "Benchbook can’t be reached" : "This page broke"}</Title>
        <Text c="dimmed">
          {isAway
            ? "The server doesn’t answer. This page comes back by itself as soon as it does."
            : `${explain(error)} Nothing that was saved is affected.`}
        </Text>
        {error instanceof Problem && error.requestId && error.status < 500 && (
          <Code>{error.requestId}</Code>
        )}
        <Group mt="sm" gap="sm">
          <Button
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={isRetrying}
            onClick={() => void retry()}
          >
            Retry
          </Button>
          {!isAway && (
            <Button variant="default" component="a" href="/">
              To the first page
            </Button>
          )}
        </Group>
      </Stack>
    </main>
  );
}
