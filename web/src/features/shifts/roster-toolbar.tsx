import {
  ActionIcon,
  Button,
  Group,
  SegmentedControl,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconPlus, IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { counted } from "@/lib/counted";
import classes from "./roster.module.css";
import { type RosterChoice, type RosterView, rosterViews } from "./roster-choice";
import { hoursText } from "./roster-model";
import type { RosterData } from "./use-roster-data";
import type { RosterPeriod } from "./use-roster-period";

const viewLabels: Record<RosterView, string> = {
  day: "Day",
  week: "Week",
  "2weeks": "2 weeks",
  month: "Month",
};

/** Which days are shown and whom of all employees; for managers also what can be done. */
export function RosterToolbar({
  period,
  data,
  choice,
  onChoose,
  onStep,
  search,
  onSearch,
  onAdd,
  menu,
}: {
  period: RosterPeriod;
  data: RosterData;
  choice: RosterChoice;
  onChoose: (choice: RosterChoice) => void;
  onStep: (direction: -1 | 1) => void;
  search: string;
  onSearch: (search: string) => void;
  /** Null for members. */
  onAdd: (() => void) | null;
  menu: ReactNode;
}) {
  const { view, title, isNarrow } = period;
  const { drafts, total, isLoaded } = data;
  return (
    <div className={classes.controls}>
      <SegmentedControl
        size="sm"
        aria-label="View"
        value={view}
        data={rosterViews.map((value) => ({ value, label: viewLabels[value] }))}
        onChange={(value) => onChoose({ ...choice, view: value as RosterView })}
      />
      <Group gap={6} wrap="nowrap">
        <Tooltip label="Back">
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Earlier"
            disabled={period.stepped(-1) === null}
            onClick={() => onStep(-1)}
          >
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Button
          variant="default"
          size="sm"
          disabled={period.isToday}
          onClick={() => onChoose({ ...choice, view, date: undefined })}
        >
          Today
        </Button>
        <Tooltip label="On">
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Later"
            disabled={period.stepped(1) === null}
            onClick={() => onStep(1)}
          >
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Text className={classes.period ?? ""} component="p">
        {title}
        {isLoaded && (
          <span className={classes.total}>
            {hoursText(total)} h{drafts > 0 && `, ${counted(drafts, "draft")}`}
          </span>
        )}
      </Text>
      {!isNarrow && (
        <TextInput
          type="search"
          aria-label="Search employees"
          placeholder="Search employees"
          leftSection={<IconSearch size={16} aria-hidden />}
          className={classes.search ?? ""}
          value={search}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
      )}
      {onAdd && (
        <Group gap={6} wrap="nowrap">
          <Button
            size="sm"
            leftSection={<IconPlus size={16} aria-hidden />}
            disabled={!isLoaded || data.employees?.length === 0}
            onClick={onAdd}
          >
            Add
          </Button>
          {menu}
        </Group>
      )}
    </div>
  );
}
