import { download } from "@/api/download";
import type { SessionFilters } from "@/api/types";
import { byteCount } from "@/lib/bytes";
import { showDone, showFailure, showProgress } from "@/ui/toasts";
import type { ExportFormat } from "./export-menu";

interface ExportRequest {
  readonly query: SessionFilters;
  readonly format: ExportFormat;
  /** What is exported, as what: `March 2026 as CSV`. */
  readonly what: string;
}

// Most exports are there before anybody would look for a sign of them.
const pauseBeforeProgressMs = 400;

/** Fetches a file of sessions, shows how it goes, and hands it to the browser once it is whole. */
export async function exportSessions(request: ExportRequest): Promise<void> {
  const { query, format, what } = request;
  const cancelling = new AbortController();
  let progress: ReturnType<typeof showProgress> | undefined;
  let received = 0;
  const describe = () =>
    received === 0 ? `Exporting ${what} …` : `Exporting ${what}: ${byteCount(received)}`;
  const timer = setTimeout(() => {
    progress = showProgress(describe(), () => cancelling.abort());
  }, pauseBeforeProgressMs);
  try {
    const { file, name } = await download("/api/v1/sessions/export", {
      query: { ...query, format },
      signal: cancelling.signal,
      onReceived: (bytes) => {
        received = bytes;
        progress?.update(describe());
      },
    });
    save(file, name ?? `benchbook-hours.${format}`);
    showDone(`Exported ${what} (${byteCount(file.size)}).`);
  } catch (error) {
    if (!cancelling.signal.aborted) {
      showFailure(`Couldn’t export ${what}`, error, () => void exportSessions(request));
    }
  } finally {
    clearTimeout(timer);
    progress?.hide();
  }
}

function save(file: Blob, name: string) {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the file over by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
