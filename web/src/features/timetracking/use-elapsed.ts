import { useEffect, useState } from "react";
import { serverClock } from "@/api/server-clock";
import { elapsedSeconds, untilNextSecond } from "@/lib/clock";

/**
 * Whole seconds since an instant, by the server's clock. Each look computes them anew from the
 * clock on the wall, so a slept laptop or a throttled tab shows the right time as soon as it wakes.
 */
export function useElapsed(startedAt: string | null): number {
  const start = startedAt === null ? null : Date.parse(startedAt);
  const read = () => (start === null ? 0 : elapsedSeconds(start, Date.now(), serverClock.offset()));
  const [, setLook] = useState(0);

  useEffect(() => {
    if (start === null) {
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      clearTimeout(timer);
      setLook((count) => count + 1);
      timer = setTimeout(look, untilNextSecond(start, Date.now(), serverClock.offset()) + 5);
    };
    look();
    const wakes = ["visibilitychange", "focus", "pageshow", "resume"];
    for (const event of wakes) {
      window.addEventListener(event, look);
      document.addEventListener(event, look);
    }
    return () => {
      clearTimeout(timer);
      for (const event of wakes) {
        window.removeEventListener(event, look);
        document.removeEventListener(event, look);
      }
    };
  }, [start]);

  return read();
}
