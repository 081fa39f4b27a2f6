import { Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./settings.module.css";

export const settingsTabClass = classes.tab ?? "";

/** The frame of the settings: a heading, the tabs, and the page chosen. */
export function SettingsLayout({ tabs, children }: { tabs: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="xl">
      <Stack gap="md">
        <Title order={1}>Settings</Title>
        <nav aria-label="Settings" className={classes.tabs}>
          {tabs}
        </nav>
      </Stack>
      {children}
    </Stack>
  );
}
