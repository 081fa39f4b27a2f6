import { Button, Loader } from "@mantine/core";
import { useIsMutating, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { connection } from "@/api/connection";
import { keptPages } from "@/api/kept-pages";
import { meQuery } from "@/api/me";
import { outbox } from "@/api/outbox";
import { dateAndTime, dayOf, timeOfDay } from "@/lib/calendar";
import { announce } from "@/ui/announcer";
import classes from "./offline-banner.module.css";

const LettersDialog = lazy(async () => {
  const module = await import("./letters-dialog");
  return { default: module.LettersDialog };
});

/** Says that the server is away, what waits for it, what was not taken, and when it is back. */
export function OfflineBanner() {
  const isReachable = useSyncExternalStore(connection.subscribe, connection.isReachable);
  const letters = useSyncExternalStore(outbox.subscribe, outbox.letters);
  const isAway = useLasting(!isReachable, 700) && !isReachable;
  const queryClient = useQueryClient();
  const paused = useIsMutating({ predicate: (mutation) => mutation.state.isPaused });
  const [isLooking, setLooking] = useState(false);

  const refused = letters.filter(({ refusal }) => refusal !== undefined).length;
  const waiting = letters.length - refused;
  const isSending = useLasting(isReachable && waiting > 0, 2_500) && waiting > 0;

  useEffect(
    () =>
      connection.subscribe((reachable) => {
        if (reachable) {
          announce("Benchbook can be reached again.");
          // First what waited is said, then everything is asked again.
          void outbox.send().then(() => queryClient.invalidateQueries());
        }
      }),
    [queryClient],
  );

  return (
    <>
      {isAway ? (
        <Away waiting={waiting + paused} hasLetters={letters.length > 0} look={setLooking} />
      ) : refused > 0 ? (
        <div className={classes.banner} role="status" data-banner>
          <span className={classes.text}>
            <strong>{changes(refused)} couldn’t be saved.</strong> Nothing of it is lost: it is kept
            here until you decide.
          </span>
          <Look look={setLooking} />
        </div>
      ) : (
        isSending && (
          <div className={classes.banner} role="status" data-banner>
            <Loader size={14} color="currentColor" type="oval" aria-hidden />
            <span className={classes.text}>Sending {changes(waiting)} …</span>
            <Look look={setLooking} />
          </div>
        )
      )}
      {isLooking && (
        <Suspense>
          <LettersDialog onClose={() => setLooking(false)} />
        </Suspense>
      )}
    </>
  );
}

function Away({
  waiting,
  hasLetters,
  look,
}: {
  waiting: number;
  hasLetters: boolean;
  look: (isLooking: boolean) => void;
}) {
  const asOf = useSyncExternalStore(keptPages.subscribe, keptPages.asOf);
  const me = useQueryClient().getQueryData(meQuery.queryKey);
  const [isProbing, setProbing] = useState(false);

  return (
    <div className={classes.banner} role="status" data-banner>
      <Loader size={14} color="currentColor" type="oval" aria-hidden />
      <span className={classes.text}>
        <strong>Benchbook can’t be reached.</strong>{" "}
        {waiting > 0
          ? `${changes(waiting)} ${waiting === 1 ? "is" : "are"} kept here and sent when it is back.`
          : "You can go on: what you do is kept here."}
        {asOf !== null && me && ` Shown as of ${instantText(asOf, me.person)}.`}
      </span>
      {hasLetters && <Look look={look} />}
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

function Look({ look }: { look: (isLooking: boolean) => void }) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      className={classes.retry ?? ""}
      onClick={() => look(true)}
    >
      Show changes
    </Button>
  );
}

function changes(count: number): string {
  return count === 1 ? "1 change" : `${count} changes`;
}

function instantText(
  instant: number,
  { locale, time_zone: timeZone }: { locale: string; time_zone: string },
): string {
  const place = { locale, timeZone };
  return dayOf(instant, timeZone) === dayOf(Date.now(), timeZone)
    ? timeOfDay(instant, place)
    : dateAndTime(instant, place);
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
