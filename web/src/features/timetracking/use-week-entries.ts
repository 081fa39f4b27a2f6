import { useCallback, useMemo, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { timeOfDay } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import type { ZonedDay } from "@/lib/zoned-day";
import { showFailure, showUndo } from "@/ui/toasts";
import type { Span } from "./calendar-blocks";
import { instantText, secondsOf } from "./calendar-drag";
import { useCreateSession, useDeleteSession, useRestoreSession } from "./session-actions";
import { useSessionEdits } from "./session-edits";
import { describe } from "./timer-actions";
import { planEntry, type Row, sumOf } from "./week-grid";

/** What is on its way for a cell: what it will show, and the time that is taken already. */
interface Waiting {
  readonly seconds: number;
  readonly span: Span | null;
}

/** What is typed into cells becomes sessions: at once in the page, then on the server. */
export function useWeekEntries(saved: readonly Session[], running: Session | null) {
  const place = usePlace();
  const edits = useSessionEdits();
  const create = useCreateSession();
  const remove = useDeleteSession();
  const restore = useRestoreSession();
  const [waiting, setWaiting] = useState<ReadonlyMap<string, Waiting>>(new Map());
  const sessions = useMemo(() => edits.shown(saved), [edits.shown, saved]);

  const busy = useMemo(
    () => [
      ...sessions.map(({ id, started_at, ended_at }) => ({
        id,
        from: secondsOf(started_at),
        to: secondsOf(ended_at ?? started_at),
      })),
      ...(running
        ? [{ id: running.id, from: secondsOf(running.started_at), to: Number.POSITIVE_INFINITY }]
        : []),
      ...[...waiting].flatMap(([id, { span }]) => (span ? [{ id, ...span }] : [])),
    ],
    [sessions, running, waiting],
  );

  const wait = useCallback((cell: string, what: Waiting | null) => {
    setWaiting((before) => {
      const next = new Map(before);
      if (what) {
        next.set(cell, what);
      } else {
        next.delete(cell);
      }
      return next;
    });
  }, []);

  async function add(cell: string, row: Row, span: Span, wanted: number) {
    wait(cell, { seconds: wanted, span });
    const draft = {
      name: row.name,
      note: "",
      started_at: instantText(span.from),
      ended_at: instantText(span.to),
      project_id: row.projectId,
      tags: [...row.tags],
      billable: row.billable,
    };
    try {
      await create.mutateAsync({ draft, key: newIdempotencyKey() });
    } catch (error) {
      showFailure(`Couldn’t add ${describe(row)}`, error, () => void add(cell, row, span, wanted));
    } finally {
      wait(cell, null);
    }
  }

  async function clear(cell: string, doomed: readonly Session[]) {
    wait(cell, { seconds: 0, span: null });
    const [only] = doomed;
    try {
      const isOne = doomed.length === 1;
      for (const session of doomed) {
        await remove.mutateAsync({ session, quietly: !isOne });
      }
      if (!isOne && only) {
        showUndo(`Deleted ${doomed.length} sessions, ${readableDuration(sumOf(doomed))}.`, () => {
          for (const session of doomed) {
            restore.mutate(session);
          }
        });
      }
    } catch {
      // What could not be deleted was said, and is back.
    } finally {
      wait(cell, null);
    }
  }

  /** Makes a cell last so long; null when it can, otherwise why not. */
  function enter(
    cell: string,
    row: Row,
    inCell: readonly Session[],
    day: ZonedDay,
    wanted: number,
  ): string | null {
    const entry = planEntry(inCell, wanted, day, busy);
    switch (entry.kind) {
      case "refused":
        return entry.reason;
      case "create":
        void add(cell, row, entry.span, wanted);
        return null;
      case "delete":
        void clear(cell, entry.sessions);
        return null;
      case "end": {
        const { session, endsAt } = entry;
        void edits.change(
          session,
          { started_at: session.started_at, ended_at: instantText(endsAt) },
          `${describe(session)} now ends at ${timeOfDay(endsAt * 1000, place)}.`,
        );
        return null;
      }
      case "nothing":
        return null;
    }
  }

  return { sessions, waiting, enter };
}
