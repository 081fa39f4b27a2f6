import { useEffect, useState } from "react";
import { serverClock } from "@/api/server-clock";
import { dayOf } from "@/lib/calendar";

const lookEveryMs = 30_000;

/** The present day in a time zone; a page that is left open notices midnight. */
export function useToday(timeZone: string): string {
  const [, setLook] = useState(0);
  const today = dayOf(serverClock.now(), timeZone);

  useEffect(() => {
    const look = () => {
      if (dayOf(serverClock.now(), timeZone) !== today) {
        setLook((count) => count + 1);
      }
    };
    const timer = setInterval(look, lookEveryMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [today, timeZone]);

  return today;
}
