import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { connection } from "@/api/connection";
import { refresh } from "@/api/tabs";
import type { SequenceImportSummary } from "@/api/types";

/** An import as it goes on; what is not known yet is null. */
export interface ImportProgress extends SequenceImportSummary {
  readonly records_per_second: number | null;
  readonly seconds_left: number | null;
}

/** A stream that breaks off is the first to know that the server is away. */
async function seeWhetherAway() {
  if (!(await connection.probe())) {
    connection.reportUnreachable();
  }
}

const pauseMs = 2_000;

/**
 * How far an import is, for as long as it runs and is looked at. A tab in the background hears
 * nothing: browsers allow a server six connections over HTTP/1.1.
 */
export function useImportProgress(id: string, isRunning: boolean): ImportProgress | null {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<ImportProgress | null>(null);

  useEffect(() => {
    if (!isRunning) {
      return;
    }
    let source: EventSource | null = null;
    let retry: ReturnType<typeof setTimeout> | undefined;

    function close() {
      clearTimeout(retry);
      source?.close();
      source = null;
    }
    function open() {
      close();
      if (document.hidden) {
        return;
      }
      source = new EventSource(`/api/v1/sequences/imports/${id}/events`);
      source.addEventListener("progress", (event: MessageEvent<string>) =>
        setProgress(JSON.parse(event.data)),
      );
      source.addEventListener("end", (event: MessageEvent<string>) => {
        const { reason }: { reason: string } = JSON.parse(event.data);
        if (reason === "server_stops" || reason === "credential") {
          openLater();
        } else {
          close();
          void refresh(queryClient, "sequence-imports", "sequences", "collections");
        }
      });
      source.addEventListener("error", () => {
        openLater();
        void seeWhetherAway();
      });
    }
    function openLater() {
      close();
      retry = setTimeout(open, pauseMs);
    }

    open();
    document.addEventListener("visibilitychange", open);
    const forget = connection.subscribe((isReachable) => isReachable && open());
    return () => {
      forget();
      document.removeEventListener("visibilitychange", open);
      close();
    };
  }, [id, isRunning, queryClient]);

  return progress;
}
