import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { connection } from "@/api/connection";
import { useMe, usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { SequenceImportSummary } from "@/api/types";
import { byteCount } from "@/lib/bytes";
import { dateAndTime } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { Dialog } from "@/ui/dialog";
import { formatNames, nameOf, useTakeBackSequenceImport } from "./import-actions";
import { importQuery, personQuery } from "./import-queries";
import { Rejections } from "./import-rejections";
import { aboutTime, outcomeText } from "./import-text";
import classes from "./imports.module.css";
import { useSequenceLinks } from "./sequence-links";
import { collectionsQuery } from "./sequence-queries";
import { type ImportProgress, useImportProgress } from "./use-import-progress";

/** An import: how far it is, or what came of it, and what can be done about it. */
export function ImportCard({
  found,
  onGone,
}: {
  found: SequenceImportSummary;
  /** It was taken back, and is no longer there. */
  onGone?: () => void;
}) {
  const { toImport, toList, toSearch } = useSequenceLinks();
  const [isLeaving, setLeaving] = useState(false);
  const isRunning = found.status === "running";
  const heard = useImportProgress(found.id, isRunning);
  const shown = isRunning && heard !== null ? newerOf(heard, found) : found;
  const name = nameOf(found);
  useTellOutcome(found);

  return (
    <section className={classes.card} aria-label={`Import of ${name}`} data-live={isRunning}>
      <div className={classes.head}>
        <div>
          {/* Where it can be left, it is a page of its own, with the name above it. */}
          {!onGone && (
            <div className={classes.name}>
              {toImport(found.id, { className: classes.link ?? "", children: name })}
            </div>
          )}
          <About found={found} />
        </div>
        {isRunning && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            aria-label={`Cancel the import of ${name}`}
            onClick={() => setLeaving(true)}
          >
            Cancel
          </Button>
        )}
      </div>

      {isRunning ? (
        <Running shown={shown} name={name} />
      ) : (
        <Outcome found={found}>
          <Group gap="sm">
            {found.status === "done" && (
              <>
                {toSearch(
                  { collection_id: found.collection_id, mode: "whole", distance: 2 },
                  { className: classes.link ?? "", children: "Search in them" },
                )}
                {toList(
                  { collection_id: found.collection_id },
                  { className: classes.link ?? "", children: "Show the collection" },
                )}
              </>
            )}
            <Button variant="default" size="compact-sm" onClick={() => setLeaving(true)}>
              {found.status === "done" ? "Take back" : "Remove from the list"}
            </Button>
          </Group>
        </Outcome>
      )}
      <Leave
        found={shown}
        isOpen={isLeaving}
        close={() => setLeaving(false)}
        {...(onGone ? { onGone } : {})}
      />
    </section>
  );
}

/** Whichever is newer, the stream or what was read because something changed, with the pace. */
function newerOf(heard: ImportProgress, found: SequenceImportSummary): ImportProgress {
  return heard.records_read >= found.records_read ? heard : { ...heard, ...found };
}

/** Where to, when, by whom, and what was said about all of it. */
function About({ found }: { found: SequenceImportSummary }) {
  const place = usePlace();
  const { person: me } = useMe();
  const isMine = found.created_by === me.id;
  const importer = useQuery({ ...personQuery(found.created_by), enabled: !isMine });
  const collections = useQuery(collectionsQuery);
  const collection = collections.data?.find(({ id }) => id === found.collection_id);
  return (
    <Text size="sm" c="dimmed" className="tabular">
      {formatNames[found.format]}, {byteCount(found.bytes_total)}
      {collection && ` · into ${collection.name}`}
      {found.tags.length > 0 && ` · ${found.tags.join(", ")}`}
      {found.circular && " · circular"} · {dateAndTime(found.created_at, place)}
      {!isMine && importer.data && ` by ${importer.data.name}`}
    </Text>
  );
}

function Running({ shown, name }: { shown: SequenceImportSummary; name: string }) {
  const isReachable = useSyncExternalStore(connection.subscribe, connection.isReachable);
  const { records_per_second: rate, seconds_left: left } = withPace(shown);
  const parts = [
    [shown.added, "added"],
    [shown.duplicates, "there already"],
    [shown.rejected, "rejected"],
  ] as const;
  return (
    <div>
      <progress
        className={classes.bar}
        aria-label={`Importing ${name}`}
        max={Math.max(1, shown.bytes_total)}
        value={shown.bytes_read}
      />
      <Group gap="xs" mt={6}>
        <Text size="sm" className="tabular">
          {shown.records_read === 0
            ? "It has arrived and waits to be read …"
            : `${counted(shown.records_read, "record")} read: ${parts
                .filter(([number, what]) => number > 0 || what === "added")
                .map(([number, what]) => `${number.toLocaleString("en-GB")} ${what}`)
                .join(", ")}`}
        </Text>
        {isReachable && rate !== null && rate > 0 && (
          <Text size="sm" c="dimmed" className="tabular">
            {Math.round(rate).toLocaleString("en-GB")} a second
            {left !== null && `, ${aboutTime(left)} left`}
          </Text>
        )}
      </Group>
      <Text size="sm" c="dimmed" mt={4}>
        {isReachable
          ? "The server has the file: this page may be closed."
          : "Benchbook can’t be reached. The server has the file, and goes on where it was as soon as it runs; nothing needs to be sent again."}
      </Text>
    </div>
  );
}

function withPace(shown: SequenceImportSummary): {
  records_per_second: number | null;
  seconds_left: number | null;
} {
  const { records_per_second = null, seconds_left = null } = shown as Partial<ImportProgress>;
  return { records_per_second, seconds_left };
}

function Outcome({ found, children }: { found: SequenceImportSummary; children: ReactNode }) {
  const details = useQuery({ ...importQuery(found.id), enabled: found.rejected > 0 });
  if (found.status !== "done") {
    return (
      <Stack gap="md">
        <Alert
          color={found.status === "failed" ? "safranin" : "gray"}
          variant="light"
          role="status"
          title={found.status === "failed" ? "The import failed" : "The import was cancelled"}
        >
          {found.failure !== null && `${found.failure} `}
          Nothing of it stays; the file can be imported again.
        </Alert>
        {children}
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      <dl className={classes.figures}>
        <Figure value={found.added} label="added" />
        <Figure value={found.duplicates} label="there already" />
        <Figure value={found.rejected} label="rejected" isTrouble={found.rejected > 0} />
      </dl>
      {found.added === 0 && found.rejected === 0 && (
        <Text size="sm">All of this file was there already.</Text>
      )}
      {found.duplicates > 0 && (
        <Text size="sm" c="dimmed">
          The names of what was there already are aliases now
          {found.names_not_kept > 0 &&
            `, but for ${counted(found.names_not_kept, "name")}: a sequence keeps a hundred`}
          .
        </Text>
      )}
      {details.data && <Rejections found={details.data} />}
      {details.isError && (
        <Alert color="safranin" variant="light" role="alert">
          The rejected records couldn’t be read. {explain(details.error)}
        </Alert>
      )}
      {children}
    </Stack>
  );
}

function Figure({
  value,
  label,
  isTrouble = false,
}: {
  value: number;
  label: string;
  isTrouble?: boolean;
}) {
  return (
    <div className={classes.figure} {...(isTrouble ? { "data-tone": "trouble" } : {})}>
      <dt>{label}</dt>
      <dd>{value.toLocaleString("en-GB")}</dd>
    </div>
  );
}

/** Asks before anything is deleted. */
function Leave({
  found,
  isOpen,
  close,
  onGone,
}: {
  found: SequenceImportSummary;
  isOpen: boolean;
  close: () => void;
  onGone?: () => void;
}) {
  const takeBack = useTakeBackSequenceImport();
  // What it was when it was asked: it may end meanwhile.
  const [asked, setAsked] = useState(found);
  useEffect(() => {
    if (!isOpen) {
      setAsked(found);
    }
  }, [isOpen, found]);
  const { status } = asked;
  const question =
    status === "running"
      ? "Cancel this import?"
      : status === "done"
        ? "Take this import back?"
        : "Remove it from the list?";
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => {
        takeBack.reset();
        close();
      }}
      title={question}
    >
      <Stack>
        <Text size="sm">
          {status === "running" ? (
            <>
              What it has added so far, <strong>{counted(found.added, "sequence")}</strong>, is
              deleted again, with the aliases that it gave.
            </>
          ) : status === "done" ? (
            <>
              All <strong>{counted(found.added, "sequence")}</strong> that it added are deleted for
              good, also those that were changed since, and the aliases that it gave to others. What
              was there before stays.
            </>
          ) : (
            <>Nothing of it is there any more; only this entry goes.</>
          )}
        </Text>
        {status === "done" && (
          <Text size="sm">This can’t be undone, but the file can be imported again.</Text>
        )}
        {takeBack.isError && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(takeBack.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            {status === "running" ? "Go on" : "Keep it"}
          </Button>
          <Button
            color="safranin"
            loading={takeBack.isPending && !takeBack.isPaused}
            onClick={() =>
              takeBack.mutate(asked, {
                onSuccess: () => {
                  close();
                  if (status !== "running") {
                    onGone?.();
                  }
                },
              })
            }
          >
            {status === "running"
              ? "Cancel the import"
              : status === "done"
                ? "Take back"
                : "Remove"}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Says it to those who don’t see it, when an import that was looked at ends. */
function useTellOutcome(found: SequenceImportSummary) {
  const before = useRef(found.status);
  useEffect(() => {
    if (before.current === "running" && found.status !== "running") {
      announce(`${nameOf(found)}: ${outcomeText(found)}.`);
    }
    before.current = found.status;
  }, [found]);
}
