import type { Span } from "./calendar-blocks";

/** What is being dragged, and where it would be if it were let go now. */
export interface Ghost extends Span {
  /** The session; null for one that is drawn anew. */
  readonly id: string | null;
  readonly name: string;
}

/**
 * The one thing that changes with each movement of the pointer. It lives outside of React's state,
 * so that a movement draws the ghost anew and not the hundreds of blocks around it.
 */
export interface GhostStore {
  readonly get: () => Ghost | null;
  readonly set: (ghost: Ghost | null) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function makeGhostStore(): GhostStore {
  let ghost: Ghost | null = null;
  const listeners = new Set<() => void>();
  return {
    get: () => ghost,
    set: (next) => {
      const isSame = ghost?.id === next?.id && ghost?.from === next?.from && ghost?.to === next?.to;
      if (!isSame) {
        ghost = next;
        for (const listener of listeners) {
          listener();
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
