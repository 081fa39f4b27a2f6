import { Popover, UnstyledButton } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { dayLabel, type Place, timeOfDay } from "@/lib/calendar";
import classes from "./roster.module.css";
import { instantOf } from "./roster-model";
import type { Slot } from "./shortages";

/** How many people are missing on a day; pressed, where. */
export function ShortagesOfDay({
  date,
  slots,
  place,
}: {
  date: string;
  slots: readonly Slot[];
  place: Place;
}) {
  if (slots.length === 0) {
    return null;
  }
  const short = slots.filter(({ missing }) => missing > 0);
  const missing = short.reduce((sum, slot) => sum + slot.missing, 0);
  const said = missing === 0 ? "everybody who is needed is there" : `${missing} missing`;
  return (
    <Popover withArrow shadow="md" width={280} position="bottom" transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <UnstyledButton
          className={classes.shortage ?? ""}
          data-short={missing > 0}
          aria-label={`${dayLabel(date, place.locale)}: ${said}`}
        >
          {missing > 0 ? `−${missing}` : <IconCheck size={14} stroke={2.2} aria-hidden />}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <SlotList slots={slots} place={place} />
      </Popover.Dropdown>
    </Popover>
  );
}

export function SlotList({ slots, place }: { slots: readonly Slot[]; place: Place }) {
  return (
    <ul className={classes.slots}>
      {slots.map((slot) => (
        <li key={`${slot.need.position} ${slot.from} ${slot.to}`} data-short={slot.missing > 0}>
          <span>
            {slot.need.position}{" "}
            <span className="tabular">
              {timeOfDay(instantOf(slot.from), place)}–{timeOfDay(instantOf(slot.to), place)}
            </span>
          </span>
          <strong>
            {slot.missing > 0
              ? `${slot.missing} of ${slot.need.number} missing`
              : `${slot.need.number} there`}
          </strong>
        </li>
      ))}
    </ul>
  );
}
