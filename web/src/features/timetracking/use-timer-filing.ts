import { useState } from "react";
import type { Session } from "@/api/types";
import { useProjects } from "./catalogue-queries";
import { type Filing, useChangeTimer } from "./timer-actions";

const storageKey = "benchbook.timer-filing";

export type ShownFiling = Required<Filing>;

/**
 * Project, tags, note and whether it is billable: of what runs, or of what is about to be started.
 * The latter outlives a reload, as the name does. What is not said is left to the project.
 */
export function useTimerFiling(running: Session | null) {
  const [draft, setDraftState] = useState<Filing>(readStored);
  const { byId } = useProjects();
  const save = useChangeTimer("The timer wasn’t changed");

  function setDraft(next: Filing) {
    setDraftState(next);
    store(next);
  }

  const project = draft.project_id ? byId.get(draft.project_id) : undefined;
  const shown: ShownFiling = running ?? {
    project_id: draft.project_id ?? null,
    tags: draft.tags ?? [],
    note: draft.note ?? "",
    billable: draft.billable ?? project?.billable ?? false,
  };
  return {
    shown,
    change(part: Filing) {
      if (running) {
        const { tags, ...rest } = part;
        const change = tags === undefined ? rest : { ...rest, tags: [...tags] };
        save.mutate({ sessionId: running.id, change });
      } else {
        setDraft({ ...draft, ...part });
      }
    },
    /** What was chosen goes to the session that is being started, and the next begins afresh. */
    handOver(): Filing {
      // Something runs: this is a switch, and what was chosen belongs to what runs.
      if (running) {
        return {};
      }
      setDraft({});
      return draft;
    },
    /** That start came to nothing. */
    takeBack(filing: Filing) {
      setDraft(filing);
    },
  };
}

function readStored(): Filing {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "{}");
    if (typeof value === "object" && value !== null) {
      const { project_id, tags, note, billable } = value as Record<string, unknown>;
      return {
        ...(typeof project_id === "string" ? { project_id } : {}),
        ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === "string") } : {}),
        ...(typeof note === "string" ? { note } : {}),
        ...(typeof billable === "boolean" ? { billable } : {}),
      };
    }
  } catch {
    // Storage may be switched off or hold something else.
  }
  return {};
}

function store(filing: Filing) {
  try {
    if (Object.keys(filing).length === 0) {
      localStorage.removeItem(storageKey);
    } else {
      localStorage.setItem(storageKey, JSON.stringify(filing));
    }
  } catch {
    // Without storage it lives as long as the page.
  }
}
