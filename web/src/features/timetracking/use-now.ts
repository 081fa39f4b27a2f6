import { useEffect, useState } from "react";
import { serverClock } from "@/api/server-clock";

const read = () => Math.floor(serverClock.now() / 1000);

/** Whole seconds since 1970 by the server's clock, looked at anew every so often. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(read);
  useEffect(() => {
    const look = () => setNow(read());
    const timer = setInterval(look, everyMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [everyMs]);
  return now;
}
