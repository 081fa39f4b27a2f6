/** What the pages of patterns ask the server for. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, answerWithVersion, api } from "@/api/client";
import type { GenerateShifts, ShiftGeneration, ShiftPattern, ShiftTemplate } from "@/api/types";
import { everyPage } from "@/api/whole-list";

/** The beginning of the keys of all that is about patterns. */
export const patternsKey = "shift-patterns";

/** Shifts as they are done again and again, by their name. */
export const templatesQuery = queryOptions({
  queryKey: [patternsKey, "templates"],
  queryFn: ({ signal }): Promise<ShiftTemplate[]> =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/shift-templates", {
          signal,
          params: { query: { limit: 200, ...cursor } },
        }),
      ),
    ),
});

export const patternsQuery = queryOptions({
  queryKey: [patternsKey, "list"],
  queryFn: ({ signal }): Promise<ShiftPattern[]> =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/shift-patterns", { signal, params: { query: { limit: 100, ...cursor } } }),
      ),
    ),
});

/** A pattern with its version, which a change of it names. */
export const patternQuery = (id: string) =>
  queryOptions({
    queryKey: [patternsKey, "one", id],
    queryFn: ({ signal }) =>
      answerWithVersion(
        api.GET("/api/v1/shift-patterns/{shift_pattern_id}", {
          signal,
          params: { path: { shift_pattern_id: id } },
        }),
      ),
  });

/** What was generated, the latest first. */
export const generationsQuery = queryOptions({
  queryKey: [patternsKey, "generations"],
  queryFn: ({ signal }): Promise<ShiftGeneration[]> =>
    everyPage((cursor) =>
      answer(
        api.GET("/api/v1/shift-generations", {
          signal,
          params: { query: { limit: 200, ...cursor } },
        }),
      ),
    ),
});

/** What generating would do. It changes with the shifts that are there, and with the rules. */
export const generationPreviewQuery = (patternId: string, wish: GenerateShifts) =>
  queryOptions({
    queryKey: ["shifts", "generation preview", patternId, wish],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/shift-patterns/{shift_pattern_id}/generate", {
          signal,
          params: { path: { shift_pattern_id: patternId } },
          body: { ...wish, dry_run: true },
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
  });
