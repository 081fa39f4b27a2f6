/** What a drag or a change by keys would make, drawn over the rows without drawing them again. */

export interface Ghost {
  /** The index of the row, and from where to where in it, in parts of its width. */
  readonly row: number;
  readonly left: number;
  readonly right: number;
  readonly label: string;
  /** Why it cannot be. */
  readonly trouble: string | null;
  /** It was refused and stands still for a while. */
  readonly isRefused?: boolean;
}

export interface GhostStore {
  readonly get: () => Ghost | null;
  readonly set: (ghost: Ghost | null) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function makeGhostStore(): GhostStore {
  let current: Ghost | null = null;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set: (ghost) => {
      current = ghost;
      for (const listener of listeners) {
        listener();
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
