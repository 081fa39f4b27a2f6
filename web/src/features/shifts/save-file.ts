import { download } from "@/api/download";
import { byteCount } from "@/lib/bytes";
import { showDone, showFailure } from "@/ui/toasts";

/** Fetches a file of the API whole and hands it to the browser; says what it was, or why it isn’t. */
export async function saveFile(
  path: string,
  query: Readonly<Record<string, unknown>>,
  what: string,
): Promise<void> {
  try {
    const { file, name } = await download(path, {
      query,
      signal: new AbortController().signal,
      onReceived: () => undefined,
    });
    const address = URL.createObjectURL(file);
    const link = document.createElement("a");
    link.href = address;
    link.download = name ?? "benchbook-shifts";
    link.click();
    // The browser has taken the file over by then.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    showDone(`Exported ${what} (${byteCount(file.size)}).`);
  } catch (error) {
    showFailure(`Couldn’t export ${what}`, error, () => void saveFile(path, query, what));
  }
}
