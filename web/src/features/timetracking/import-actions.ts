import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { refresh } from "@/api/tabs";
import type { SessionImportSummary } from "@/api/types";
import { counted } from "@/lib/counted";
import { showDone, showFailure } from "@/ui/toasts";

/** Deletes what an import added, for good; tells `onTakenBack` which one is gone. */
export function useTakeBackImport(onTakenBack: (id: string | null) => void) {
  const queryClient = useQueryClient();
  const takeBack = useMutation({
    mutationFn: ({ id }: SessionImportSummary) =>
      answer(
        api.DELETE("/api/v1/sessions/imports/{import_id}", {
          params: { path: { import_id: id ?? "" } },
        }),
      ),
    onSuccess: (_nothing, { id, file_name, added }) => {
      onTakenBack(id);
      showDone(`Took ${file_name || "the import"} back: ${counted(added, "session")} less.`);
    },
    onError: (error, done) =>
      showFailure(`Couldn’t take ${done.file_name || "the import"} back`, error, () =>
        takeBack.mutate(done),
      ),
    onSettled: () =>
      refresh(queryClient, "sessions", "session-imports", "projects", "clients", "tags"),
  });
  return takeBack;
}
