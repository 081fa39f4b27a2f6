/** What managers do with patterns and templates, each with a way back. */
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, answerWithVersion, api, newIdempotencyKey } from "@/api/client";
import { refresh } from "@/api/tabs";
import type {
  GeneratedShifts,
  GenerateShifts,
  NewShiftPattern,
  NewShiftTemplate,
  Shift,
  ShiftGeneration,
  ShiftPattern,
  ShiftTemplate,
} from "@/api/types";
import { counted } from "@/lib/counted";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { patternsKey } from "./pattern-queries";
import { contentOf } from "./roster-model";
import { sendDespiteRules } from "./send-despite-rules";

const refreshAll = (queryClient: QueryClient) => refresh(queryClient, patternsKey);

function useTakingBack() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onError: (error) => showFailure("It couldn’t be taken back", error),
    onSettled: () => refresh(queryClient, patternsKey, "shifts"),
  });
}

// Templates --------------------------------------------------------------------------------------

const addTemplate = (body: NewShiftTemplate, key = newIdempotencyKey()) =>
  answer(api.POST("/api/v1/shift-templates", { body, headers: { "Idempotency-Key": key } }));

const changeTemplate = (id: string, body: NewShiftTemplate) =>
  answer(
    api.PATCH("/api/v1/shift-templates/{shift_template_id}", {
      params: { path: { shift_template_id: id } },
      body,
    }),
  );

const removeTemplate = (id: string) =>
  answer(
    api.DELETE("/api/v1/shift-templates/{shift_template_id}", {
      params: { path: { shift_template_id: id } },
    }),
  );

export function templateContent({
  id: _id,
  created_at: _created,
  updated_at: _updated,
  ...content
}: ShiftTemplate) {
  return content;
}

/** Adds a template, or changes the one that is given; the failure is the form's to show. */
export function useSaveTemplate(before: ShiftTemplate | null) {
  const queryClient = useQueryClient();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ body, key }: { body: NewShiftTemplate; key: string }) =>
      before ? changeTemplate(before.id, body) : addTemplate(body, key),
    onSuccess: (template) => {
      showUndo(`“${template.name}” is ${before ? "changed" : "added"}.`, () =>
        back.mutate(() =>
          before ? changeTemplate(before.id, templateContent(before)) : removeTemplate(template.id),
        ),
      );
    },
    onSettled: () => refreshAll(queryClient),
  });
}

export function useRemoveTemplate() {
  const queryClient = useQueryClient();
  const back = useTakingBack();
  return useMutation({
    mutationFn: (template: ShiftTemplate) => removeTemplate(template.id),
    onSuccess: (_gone, template) =>
      showUndo(`“${template.name}” is deleted.`, () =>
        back.mutate(() => addTemplate(templateContent(template))),
      ),
    onError: (error) => showFailure("The shift wasn’t deleted", error),
    onSettled: () => refreshAll(queryClient),
  });
}

// Patterns ---------------------------------------------------------------------------------------

export function patternContent({
  name,
  starts_on,
  cycle_days,
  entries,
}: ShiftPattern): NewShiftPattern {
  return { name, starts_on, cycle_days, entries };
}

const addPattern = (body: NewShiftPattern, key = newIdempotencyKey()) =>
  answerWithVersion(
    api.POST("/api/v1/shift-patterns", { body, headers: { "Idempotency-Key": key } }),
  );

const changePattern = (id: string, body: NewShiftPattern, version: string | null) =>
  answerWithVersion(
    api.PATCH("/api/v1/shift-patterns/{shift_pattern_id}", {
      params: { path: { shift_pattern_id: id } },
      body,
      ...(version === null ? {} : { headers: { "If-Match": version } }),
    }),
  );

const removePattern = (id: string) =>
  answer(
    api.DELETE("/api/v1/shift-patterns/{shift_pattern_id}", {
      params: { path: { shift_pattern_id: id } },
    }),
  );

/** Adds a pattern, or changes the one that is given; the failure is the page's to show. */
export function useSavePattern(before: ShiftPattern | null, version: string | null) {
  const queryClient = useQueryClient();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ body, key }: { body: NewShiftPattern; key: string }) =>
      before ? changePattern(before.id, body, version) : addPattern(body, key),
    onSuccess: ({ data: pattern }) => {
      showUndo(`“${pattern.name}” is ${before ? "saved" : "added"}.`, () =>
        back.mutate(() =>
          before
            ? changePattern(before.id, patternContent(before), null)
            : removePattern(pattern.id),
        ),
      );
    },
    onSettled: () => refreshAll(queryClient),
  });
}

export function useDuplicatePattern() {
  const queryClient = useQueryClient();
  const back = useTakingBack();
  return useMutation({
    mutationFn: ({ pattern, name }: { pattern: ShiftPattern; name: string }) =>
      addPattern({ ...patternContent(pattern), name }),
    onSuccess: ({ data: pattern }) =>
      showUndo(`“${pattern.name}” is added.`, () => back.mutate(() => removePattern(pattern.id))),
    onError: (error) => showFailure("The pattern wasn’t duplicated", error),
    onSettled: () => refreshAll(queryClient),
  });
}

export function useRemovePattern() {
  const queryClient = useQueryClient();
  const back = useTakingBack();
  return useMutation({
    mutationFn: (pattern: ShiftPattern) => removePattern(pattern.id),
    onSuccess: (_gone, pattern) =>
      showUndo(`“${pattern.name}” is deleted; its shifts stay.`, () =>
        back.mutate(() => addPattern(patternContent(pattern))),
      ),
    onError: (error) => showFailure("The pattern wasn’t deleted", error),
    onSettled: () => refreshAll(queryClient),
  });
}

// What is generated ------------------------------------------------------------------------------

const takeBack = (id: string) =>
  answer(
    api.DELETE("/api/v1/shift-generations/{shift_generation_id}", {
      params: { path: { shift_generation_id: id } },
    }),
  );

/** Makes the shifts of a pattern; the failure is the page's to show. */
export function useGenerate() {
  const queryClient = useQueryClient();
  const back = useMutation({
    mutationFn: takeBack,
    onSuccess: ({ deleted, kept }) => showDone(takenBackText(deleted, kept)),
    onError: (error) => showFailure("The shifts weren’t taken back", error),
    onSettled: () => refresh(queryClient, patternsKey, "shifts"),
  });
  return useMutation({
    mutationFn: ({
      patternId,
      wish,
      key,
    }: {
      patternId: string;
      wish: GenerateShifts;
      key: string;
    }) =>
      answer(
        api.POST("/api/v1/shift-patterns/{shift_pattern_id}/generate", {
          params: { path: { shift_pattern_id: patternId } },
          headers: { "Idempotency-Key": key },
          body: wish,
        }),
      ),
    onSuccess: ({ id, shifts }: GeneratedShifts, { wish }) => {
      const done = `${counted(shifts.length, wish.published ? "published shift" : "draft")} ${shifts.length === 1 ? "is" : "are"} added.`;
      if (id) {
        showUndo(done, () => back.mutate(id));
      }
    },
    onSettled: () => refresh(queryClient, patternsKey, "shifts"),
  });
}

/** Takes back what was generated together, and offers to bring it back. */
export function useTakeBack() {
  const queryClient = useQueryClient();
  const bring = useMutation({
    mutationFn: (shifts: readonly Shift[]) =>
      sendDespiteRules(
        { create: shifts.map(contentOf) },
        "Brought back as it was before it was taken back",
      ),
    onSuccess: ({ created }) =>
      showDone(`${counted(created.length, "shift")} ${created.length === 1 ? "is" : "are"} back.`),
    onError: (error) => showFailure("The shifts couldn’t be brought back", error),
    onSettled: () => refresh(queryClient, patternsKey, "shifts"),
  });
  return useMutation({
    mutationFn: (generation: ShiftGeneration) => takeBack(generation.id),
    onSuccess: ({ deleted, kept, shifts }) => {
      const done = takenBackText(deleted, kept);
      if (shifts.length > 0) {
        showUndo(done, () => bring.mutate(shifts));
      } else {
        showDone(done);
      }
    },
    onError: (error) => showFailure("The shifts weren’t taken back", error),
    onSettled: () => refresh(queryClient, patternsKey, "shifts"),
  });
}

function takenBackText(deleted: number, kept: number): string {
  const text = `${counted(deleted, "shift")} ${deleted === 1 ? "is" : "are"} taken back`;
  return kept === 0
    ? `${text}.`
    : `${text}; ${kept} ${kept === 1 ? "was" : "were"} changed since and ${kept === 1 ? "is" : "are"} kept.`;
}
