import { Button, Popover, Skeleton, VisuallyHidden } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { usePlace } from "@/api/me";
import { serverClock } from "@/api/server-clock";
import type { Session } from "@/api/types";
import { dayOf, shortDate, timeOfDay } from "@/lib/calendar";
import { isPending } from "./timer-actions";

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
  const since =
    startDay === dayOf(serverClock.now(), place.timeZone)
      ? time
      : `${shortDate(startDay, place.locale)}, ${time}`;

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
          disabled={isPending(session.id)}
          onClick={() => setOpen((open) => !open)}
        >
          since {since}
          <VisuallyHidden>, change the start</VisuallyHidden>
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
