import { Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./settings.module.css";

export const settingsTabClass = classes.tab ?? "";

/** Tabs that belong together, under a word for them. */
export function SettingsGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: links are no fields
    <div role="group" aria-label={label} className={classes.group}>
      <span className={classes.caption} aria-hidden>
        {label}
      </span>
      <div className={classes.links}>{children}</div>
    </div>
  );
}

/** The frame of the settings: a heading, the tabs, and the page chosen. */
export function SettingsLayout({
  tabs,
  path,
  children,
}: {
  tabs: ReactNode;
  /** Which page is shown: its tab is brought into view where not all have room. */
  path: string;
  children: ReactNode;
}) {
  const strip = useRef<HTMLElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another active tab
  useEffect(() => {
    const frame = strip.current;
    const active = frame?.querySelector<HTMLElement>("[data-status=active]");
    if (frame && active) {
      frame.scrollLeft = active.offsetLeft - (frame.clientWidth - active.offsetWidth) / 2;
    }
  }, [path]);

  return (
    <Stack gap="xl">
      <Stack gap="md">
        <Title order={1}>Settings</Title>
        <nav ref={strip} aria-label="Settings" className={classes.tabs}>
          {tabs}
        </nav>
      </Stack>
      {children}
    </Stack>
  );
}
