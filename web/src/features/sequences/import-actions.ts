import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, sendPatiently } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { SequenceImportSummary } from "@/api/types";
import { counted } from "@/lib/counted";
import { showDone } from "@/ui/toasts";

/** Cancels an import that runs; of any other deletes what it added, for good. */
export function useTakeBackSequenceImport() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: SequenceImportSummary) =>
      answer(
        api.DELETE("/api/v1/sequences/imports/{sequence_import_id}", {
          params: { path: { sequence_import_id: id } },
          // Millions of sequences are not deleted in a moment.
          fetch: sendPatiently,
        }),
      ),
    onSuccess: (_nothing, done) => {
      const name = nameOf(done);
      showDone(
        done.status === "running"
          ? `Cancelled the import of ${name}. Nothing of it stays.`
          : done.status === "done"
            ? `Took ${name} back: ${counted(done.added, "sequence")} less.`
            : `${name} is no longer listed.`,
      );
    },
    onSettled: () => refresh(queryClient, "sequence-imports", "sequences", "collections"),
  });
}

/** What an import is called where its file has no name. */
export function nameOf({ filename, format }: SequenceImportSummary): string {
  return filename || `a ${formatNames[format]} file`;
}

export const formatNames = { fasta: "FASTA", fastq: "FASTQ", genbank: "GenBank" } as const;
