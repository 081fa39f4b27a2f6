/**
 * Files on their way to the server. They go on while other pages are looked at, one after the
 * other, and wait where the server can’t be reached. What has arrived is the server’s, and goes on
 * whatever becomes of this page.
 */
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { newIdempotencyKey } from "@/api/client";
import { connection } from "@/api/connection";
import { explain, Unreachable } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { SequenceImport } from "@/api/types";
import { upload } from "@/api/upload";
import { announce } from "@/ui/announcer";
import { plainFault } from "./import-file";

/** What is said about all sequences of a file. */
export interface ImportOptions {
  /** The default collection, unless it is given. */
  readonly collection_id?: string | undefined;
  readonly tags: readonly string[];
  readonly circular: boolean;
}

export interface Upload {
  readonly id: string;
  readonly file: File;
  readonly options: ImportOptions;
  /** `broken`: the connection was lost, and the file is sent again when it is back. */
  readonly state: "waiting" | "sending" | "broken" | "refused";
  /** From 0 to 1. */
  readonly sent: number;
  readonly bytesPerSecond: number | null;
  /** Why it was refused. */
  readonly reason: string | null;
}

interface Uploads {
  readonly uploads: readonly Upload[];
  /** Imports that began in this tab since it was opened. */
  readonly begun: readonly string[];
}

/** A connection that breaks so often is not tried again by itself. */
const mostAttempts = 5;

let state: Uploads = { uploads: [], begun: [] };
let client: QueryClient | null = null;
let current: { readonly id: string; readonly abort: AbortController } | null = null;
const keys = new Map<string, string>();
const attempts = new Map<string, number>();
const listeners = new Set<() => void>();

/** Sends files, one after the other. */
export function sendFiles(
  queryClient: QueryClient,
  files: readonly File[],
  options: ImportOptions,
): void {
  client = queryClient;
  const added = files.map((file): Upload => {
    const id = newIdempotencyKey();
    keys.set(id, newIdempotencyKey());
    return { id, file, options, state: "waiting", sent: 0, bytesPerSecond: null, reason: null };
  });
  set({ uploads: [...state.uploads, ...added] });
  void sendNext();
}

/** Stops sending a file, or forgets one that was refused. */
export function forgetUpload(id: string): void {
  set({ uploads: state.uploads.filter((upload) => upload.id !== id) });
  keys.delete(id);
  attempts.delete(id);
  if (current?.id === id) {
    current.abort.abort();
  }
}

/** Sends a file again that was refused, or whose connection broke. */
export function retryUpload(id: string): void {
  attempts.delete(id);
  change(id, { state: "waiting", sent: 0, reason: null });
  void sendNext();
}

export function useUploads(): Uploads {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

async function sendNext(): Promise<void> {
  const next = state.uploads.find((upload) => upload.state === "waiting");
  if (current !== null || next === undefined) {
    return;
  }
  const abort = new AbortController();
  current = { id: next.id, abort };
  change(next.id, { state: "sending", sent: 0, bytesPerSecond: null });
  try {
    const fault = await plainFault(next.file);
    if (fault !== null) {
      change(next.id, { state: "refused", reason: fault });
    } else {
      arrived(next, await send(next, abort.signal));
    }
  } catch (error) {
    await failed(next, error, abort.signal);
  } finally {
    current = null;
    void sendNext();
  }
}

function send({ id, file, options }: Upload, signal: AbortSignal): Promise<SequenceImport> {
  const address = new URLSearchParams({ filename: file.name.slice(-255) });
  if (options.collection_id !== undefined) {
    address.set("collection_id", options.collection_id);
  }
  for (const tag of options.tags) {
    address.append("tag", tag);
  }
  if (options.circular) {
    address.set("circular", "true");
  }
  const begin = performance.now();
  return upload<SequenceImport>(`/api/v1/sequences/imports?${address}`, {
    body: file,
    key: keys.get(id) ?? newIdempotencyKey(),
    signal,
    onSent: (sent) => {
      const seconds = (performance.now() - begin) / 1000;
      change(id, { sent, bytesPerSecond: seconds < 0.5 ? null : (sent * file.size) / seconds });
    },
  });
}

function arrived({ id, file }: Upload, made: SequenceImport) {
  set({
    uploads: state.uploads.filter((upload) => upload.id !== id),
    begun: [...new Set([made.id, ...state.begun])],
  });
  keys.delete(id);
  attempts.delete(id);
  announce(`${file.name} has arrived and is being imported.`);
  if (client) {
    void refresh(client, "sequence-imports");
  }
}

async function failed({ id, file }: Upload, error: unknown, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return;
  }
  if (!(await isReadable(file))) {
    const reason = "The file couldn’t be read: it was changed or moved. Choose it again.";
    change(id, { state: "refused", reason });
    return;
  }
  if (error instanceof Unreachable) {
    const count = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, count);
    change(id, { state: "broken", sent: 0 });
    connection.reportUnreachable();
    if (count >= mostAttempts) {
      const reason = "The connection broke each time that the file was sent.";
      change(id, { state: "refused", reason });
    }
    return;
  }
  change(id, { state: "refused", reason: explain(error) });
}

async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(-1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function change(id: string, changes: Partial<Upload>) {
  set({
    uploads: state.uploads.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload)),
  });
}

function set(changes: Partial<Uploads>) {
  state = { ...state, ...changes };
  const isUnderWay = state.uploads.some((upload) => upload.state !== "refused");
  window.removeEventListener("beforeunload", warn);
  if (isUnderWay) {
    window.addEventListener("beforeunload", warn);
  }
  for (const listener of listeners) {
    listener();
  }
}

/** What has not arrived is lost with the page. */
function warn(event: BeforeUnloadEvent) {
  event.preventDefault();
}

connection.subscribe((isReachable) => {
  if (isReachable) {
    for (const upload of state.uploads) {
      if (upload.state === "broken") {
        change(upload.id, { state: "waiting" });
      }
    }
    void sendNext();
  }
});
