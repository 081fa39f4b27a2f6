import { Switch, Text } from "@mantine/core";
import { useOfferedCommands } from "@/lib/commands";
import { switchShortcuts, useShortcutsAreOn } from "@/lib/shortcuts";
import { Dialog } from "@/ui/dialog";
import { Keys } from "@/ui/keys";
import classes from "./shortcuts-dialog.module.css";

/** The keys that do something on this page, and the switch that turns them off. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const isOn = useShortcutsAreOn();
  const commands = useOfferedCommands().filter(({ keys }) => keys !== undefined);
  const groups = [...new Set(commands.map(({ group }) => group))];

  return (
    <Dialog isOpen title="Keyboard shortcuts" onClose={onClose}>
      <Switch
        label="Single-key shortcuts"
        description="Switch them off if you speak to your computer, or press keys by accident. Ctrl K stays."
        checked={isOn}
        onChange={(event) => switchShortcuts(event.currentTarget.checked)}
      />
      <div className={classes.groups} data-off={!isOn}>
        {groups.map((group) => (
          <div key={group}>
            <Text component="h3" size="sm" fw={600} c="dimmed">
              {group}
            </Text>
            <ul className={classes.list}>
              {commands
                .filter((command) => command.group === group)
                .map(({ id, label, keys }) => (
                  <li key={id} className={classes.line}>
                    <span>{label}</span>
                    <Keys keys={keys ?? ""} />
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
