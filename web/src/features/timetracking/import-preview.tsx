import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { usePlace } from "@/api/me";
import type { SessionImport } from "@/api/types";
import { dateAndTime, dateRange, dayOf, timeOfDay } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { clockDuration } from "@/lib/duration";
import { linesAsCsv } from "./import-lines";
import classes from "./import-page.module.css";

const linesShownFirst = 8;
// What scrolls must be reachable by keyboard.
const scrollable = { tabIndex: 0 };

/** What a dry run found: how much would be added, what it looks like, and what cannot be read. */
export function ImportPreview({ preview, fileName }: { preview: SessionImport; fileName: string }) {
  const { locale, timeZone } = usePlace();
  const ahead = preview.preview;
  const { first_started_at: first = null, last_started_at: last = null } = ahead ?? {};
  const span =
    first !== null && last !== null
      ? dateRange(dayOf(first, timeZone), dayOf(last, timeZone), locale)
      : null;
  return (
    <Stack gap="lg">
      <dl className={classes.figures}>
        <Figure value={preview.added.toLocaleString(locale)} label="to be added" />
        <Figure
          value={clockDuration(ahead?.duration_seconds ?? 0)}
          label={span === null ? "hours in all" : `hours, ${span}`}
        />
        <Figure value={preview.duplicates.toLocaleString(locale)} label="here already, or twice" />
        <Figure
          value={preview.rejected.toLocaleString(locale)}
          label={`${preview.rejected === 1 ? "line" : "lines"} that can’t be added`}
          isTrouble={preview.rejected > 0}
        />
      </dl>
      {preview.added === 0 && (
        <Alert color="gray" variant="light" role="status">
          {preview.duplicates > 0 && preview.rejected === 0
            ? "All of this file is here already. There is nothing to import."
            : "There is nothing in this file that could be added."}
        </Alert>
      )}
      {made(preview) !== null && <Text size="sm">It also makes {made(preview)}.</Text>}
      {ahead && ahead.sessions.length > 0 && <FirstSessions preview={preview} />}
      <RejectedLines done={preview} fileName={fileName} />
    </Stack>
  );
}

function FirstSessions({ preview }: { preview: SessionImport }) {
  const place = usePlace();
  const sessions = preview.preview?.sessions ?? [];
  return (
    <section aria-label="The first sessions">
      <Title order={3} size="h4" mb={4}>
        {preview.added > sessions.length ? `The first ${sessions.length}` : "What is added"}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        In your own time zone, {place.timeZone}. If the times are not right, choose another zone or
        order of dates above.
      </Text>
      <section className={classes.scroll} aria-label="Sessions to be added" {...scrollable}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Project</th>
              <th scope="col" className={classes.number}>
                Duration
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((session) => (
              <tr key={session.line}>
                <td className={classes.time}>
                  {dateAndTime(session.started_at, place)}–{timeOfDay(session.ended_at, place)}
                </td>
                <td className={classes.long}>
                  {session.name}
                  {session.tags.length > 0 && (
                    <Text component="span" size="xs" c="dimmed" display="block">
                      {session.tags.join(", ")}
                    </Text>
                  )}
                </td>
                <td>
                  {session.project_name}
                  {session.client_name != null && (
                    <Text component="span" size="xs" c="dimmed" display="block">
                      {session.client_name}
                    </Text>
                  )}
                </td>
                <td className={classes.number}>{clockDuration(session.duration_seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** The lines that were left out, by number and with a reason each. */
export function RejectedLines({ done, fileName }: { done: SessionImport; fileName: string }) {
  const [showsAll, setShowsAll] = useState(false);
  const { errors, rejected } = done;
  if (errors.length === 0) {
    return null;
  }
  const shown = showsAll ? errors : errors.slice(0, linesShownFirst);
  return (
    <section aria-label="Lines that can’t be added">
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={3} size="h4">
          {counted(rejected, "line")} left out
        </Title>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconDownload size={15} aria-hidden />}
          component="a"
          href={`data:text/csv;charset=utf-8,${encodeURIComponent(linesAsCsv(errors))}`}
          download={`${fileName.replace(/\.[^.]*$/, "")}-left-out.csv`}
        >
          Download this list
        </Button>
      </Group>
      <section className={classes.scroll} aria-label="Lines left out" {...scrollable}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col" className={`${classes.number} ${classes.line}`}>
                Line
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ line, detail }) => (
              <tr key={line}>
                <td className={classes.number}>{line}</td>
                <td className={classes.long}>{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {errors.length > shown.length && (
        <Button mt="xs" variant="subtle" size="compact-sm" onClick={() => setShowsAll(true)}>
          Show all {errors.length.toLocaleString("en-GB")}
        </Button>
      )}
      <Text size="sm" c="dimmed" mt="xs">
        {rejected > errors.length && `These are the first ${counted(errors.length, "line")}. `}
        Correct them in the file and import it again: what is here already is not added twice.
      </Text>
    </section>
  );
}

function Figure({
  value,
  label,
  isTrouble = false,
}: {
  value: string;
  label: string;
  isTrouble?: boolean;
}) {
  return (
    <div className={classes.figure} {...(isTrouble ? { "data-tone": "trouble" } : {})}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What an import makes besides sessions: `4 projects, 1 client and 6 tags`. */
export function made(done: SessionImport): string | null {
  const parts = [
    [done.projects_added, "project"],
    [done.clients_added, "client"],
    [done.tags_added, "tag"],
  ] as const;
  const named = parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => counted(number, what));
  return named.length === 0 ? null : new Intl.ListFormat("en-GB").format(named);
}
