import type { SequenceImportSummary } from "@/api/types";
import { counted } from "@/lib/counted";
import { readableDuration } from "@/lib/duration";

/** `about 40 s`, `about 3 min`: no more exact than it can be known. */
export function aboutTime(seconds: number): string {
  const step = seconds < 10 ? 1 : seconds < 60 ? 5 : seconds < 3600 ? 60 : 300;
  return `about ${readableDuration(Math.max(1, Math.ceil(seconds / step) * step))}`;
}

/** What came of an import in a line: `1,200 added, 30 there already, 4 rejected`. */
export function outcomeText(found: SequenceImportSummary): string {
  switch (found.status) {
    case "running":
      return `Running, ${counted(found.records_read, "record")} read`;
    case "failed":
      return "Failed; nothing of it stays";
    case "cancelled":
      return "Cancelled; nothing of it stays";
    case "done": {
      const { added, duplicates, rejected } = found;
      const parts = [
        [added, "added"],
        [duplicates, "there already"],
        [rejected, "rejected"],
      ] as const;
      return parts
        .filter(([number, what]) => number > 0 || what === "added")
        .map(([number, what]) => `${number.toLocaleString("en-GB")} ${what}`)
        .join(", ");
    }
  }
}
