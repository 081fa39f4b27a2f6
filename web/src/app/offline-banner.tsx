import { Button, Loader } from "@mantine/core";
import { useIsMutating, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { connection } from "@/api/connection";
import { announce } from "@/ui/announcer";
import classes from "./offline-banner.module.css";

/** Says that the server is away, that nothing is lost, and when it is back. */
export function OfflineBanner() {
  const isReachable = useSyncExternalStore(connection.subscribe, connection.isReachable);
  const isShown = useLasting(!isReachable, 700);
  const queryClient = useQueryClient();
  const waiting = useIsMutating({ predicate: (mutation) => mutation.state.isPaused });
  const [isProbing, setProbing] = useState(false);

  useEffect(
    () =>
      connection.subscribe((reachable) => {
        if (reachable) {
          announce("Benchbook can be reached again.");
          void queryClient.invalidateQueries();
        }
      }),
    [queryClient],
  );

  if (!isShown || isReachable) {
    return null;
  }
  return (
    <div className={classes.banner} role="status">
      <Loader size={14} color="currentColor" type="oval" aria-hidden />
      <span className={classes.text}>
        <strong>Benchbook can’t be reached.</strong>{" "}
        {waiting > 0
          ? `${waiting} change${waiting === 1 ? " is" : "s are"} kept here and sent when it is back.`
          : "What you type stays here."}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        className={classes.retry ?? ""}
        loading={isProbing}
        onClick={async () => {
          setProbing(true);
          await connection.probe();
          setProbing(false);
        }}
      >
        Try now
      </Button>
    </div>
  );
}

/** True once the condition has held for a while: a blink of the network is no news. */
function useLasting(condition: boolean, delayMs: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!condition) {
      setLasts(false);
      return;
    }
    const timer = setTimeout(() => setLasts(true), delayMs);
    return () => clearTimeout(timer);
  }, [condition, delayMs]);
  return lasts;
}
