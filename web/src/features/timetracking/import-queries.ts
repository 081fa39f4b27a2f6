import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { SessionImport } from "@/api/types";
import { upload } from "@/api/upload";
import type { ImportFormat } from "./import-format";

export const largestImportBytes = 100 * 1024 * 1024;

export type DateOrder = "dmy" | "mdy" | "ymd";

/** How a file is to be read. */
export interface ImportOptions {
  readonly format: ImportFormat;
  readonly timeZone: string;
  /** Null: the file tells. */
  readonly dateOrder: DateOrder | null;
}

interface SendImport {
  readonly file: File;
  readonly options: ImportOptions;
  readonly dryRun: boolean;
  readonly key?: string;
  readonly signal?: AbortSignal;
  readonly onSent?: (share: number) => void;
}

/** Adds what a file holds, or only says what would be added. */
export function sendImport({ file, options, dryRun, ...rest }: SendImport): Promise<SessionImport> {
  const form = new FormData();
  form.set("format", options.format);
  form.set("time_zone", options.timeZone);
  form.set("dry_run", String(dryRun));
  if (options.dateOrder !== null) {
    form.set("date_order", options.dateOrder);
  }
  form.set("file", file, file.name);
  return upload("/api/v1/sessions/imports", { body: form, ...rest });
}

export const importsQuery = infiniteQueryOptions({
  queryKey: ["session-imports"],
  queryFn: ({ signal, pageParam }) =>
    answer(
      api.GET("/api/v1/sessions/imports", {
        signal,
        params: { query: { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) } },
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});
