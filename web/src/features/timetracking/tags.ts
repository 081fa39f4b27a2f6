import type { QueryClient } from "@tanstack/react-query";
import type { SessionPage } from "@/api/types";

/** The tags of the sessions that have been loaded, to choose from while typing. */
export function knownTags(queryClient: QueryClient): string[] {
  const tags = new Set<string>();
  for (const [, data] of queryClient.getQueriesData<{ pages: SessionPage[] }>({
    queryKey: ["sessions", "list"],
  })) {
    for (const page of data?.pages ?? []) {
      for (const session of page.items) {
        for (const tag of session.tags) {
          tags.add(tag);
        }
      }
    }
  }
  return [...tags].sort((left, right) => left.localeCompare(right));
}
