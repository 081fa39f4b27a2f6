import { Button, Popover, Skeleton, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Session } from "@/api/types";
import { dayOf, daysBetween, shortDate, timeOfDay, weekdayName } from "@/lib/calendar";

const StartTimeForm = lazy(async () => {
  const module = await import("./start-time-form");
  return { default: module.StartTimeForm };
});

/** Since when the timer runs; a press changes it. */
export function StartTime({ session }: { session: Session }) {
  const place = usePlace();
  const [isOpen, setOpen] = useState(false);
  const startDay = dayOf(session.started_at, place.timeZone);
  const time = timeOfDay(session.started_at, place);
  const age = daysBetween(startDay, dayOf(serverClock.now(), place.timeZone));
  // A few days back the weekday says it in less room, which a phone has little of.
  const day = age > 0 && age < 7 ? weekdayName(startDay, place.locale) : null;
  const since =
    age === 0 ? time : `${day ?? shortDate(startDay, place.locale)}${day ? "" : ","} ${time}`;

  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      returnFocus
      withArrow
      shadow="md"
      position="bottom"
      width={280}
    >
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          c="dimmed"
          fw={500}
          maw="100%"
          aria-label={`since ${since}, change the start`}
          onClick={() => setOpen((open) => !open)}
        >
          <Text span inherit {...(age > 0 ? { visibleFrom: "xs" } : {})}>
            since&nbsp;
          </Text>
          {since}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Change the start">
        <Suspense fallback={<Skeleton height={150} />}>
          <StartTimeForm session={session} close={() => setOpen(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
