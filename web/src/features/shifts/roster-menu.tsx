import { ActionIcon, Menu } from "@mantine/core";
import {
  IconCalendarUser,
  IconClipboard,
  IconCopy,
  IconDots,
  IconUsersGroup,
} from "@tabler/icons-react";
import { counted } from "@/lib/counted";
import type { RosterData } from "./use-roster-data";
import type { RosterPeriod } from "./use-roster-period";
import type { ShiftClipboard } from "./use-shift-clipboard";

/** What managers do with all the days that are shown. */
export function RosterMenu({
  period: { view, first },
  data: { shown, drafts },
  clipboard: { copied, copyPeriod, pastePeriod },
  onPublish,
  onStaffing,
}: {
  period: RosterPeriod;
  data: RosterData;
  clipboard: ShiftClipboard;
  onPublish: () => void;
  onStaffing: () => void;
}) {
  const isWeekly = view === "week" || view === "2weeks";
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <ActionIcon variant="default" size={34} aria-label="More for the roster">
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconCopy size={16} aria-hidden />}
          disabled={!isWeekly || shown.length === 0}
          onClick={copyPeriod}
        >
          {view === "2weeks" ? "Copy these 2 weeks" : "Copy this week"}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconClipboard size={16} aria-hidden />}
          disabled={!isWeekly || copied?.isPeriod !== true || copied.firstDay === first}
          onClick={pastePeriod}
        >
          {copied?.isPeriod
            ? `Paste ${counted(copied.shifts.length, "shift")} as drafts`
            : "Paste as drafts"}
        </Menu.Item>
        <Menu.Item leftSection={<IconCalendarUser size={16} aria-hidden />} onClick={onPublish}>
          {drafts > 0 ? `Publish ${counted(drafts, "draft")} …` : "Publish …"}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconUsersGroup size={16} aria-hidden />} onClick={onStaffing}>
          Staffing needs …
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
