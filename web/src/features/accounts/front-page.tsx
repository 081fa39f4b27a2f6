import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { LogoMark } from "@/ui/logo";
import classes from "./front-page.module.css";

/** The frame of the pages that are seen before somebody is signed in. */
export function FrontPage({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={classes.page}>
      <header className={classes.brand}>
        <LogoMark size={36} />
        <span className={classes.wordmark}>Benchbook</span>
      </header>
      <main className={classes.card}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {lead && (
          <Text c="dimmed" size="sm" mt={6}>
            {lead}
          </Text>
        )}
        <div className={classes.body}>{children}</div>
      </main>
      <footer className={classes.foot}>Hours, shifts and sequences for a working lab</footer>
    </div>
  );
}
