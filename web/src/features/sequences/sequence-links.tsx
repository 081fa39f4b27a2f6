/** Where these pages lead to; the frame of the application knows the addresses. */
import { createContext, type ReactNode, useContext } from "react";
import type { SearchAddress } from "./search-choice";

export interface LinkParts {
  readonly className?: string;
  readonly "aria-label"?: string;
  readonly children: ReactNode;
}

export interface SequenceLinks {
  readonly toSequence: (id: string, parts: LinkParts) => ReactNode;
  readonly toList: (filter: SequenceFilter, parts: LinkParts) => ReactNode;
  readonly toSearch: (address: SearchAddress, parts: LinkParts) => ReactNode;
  readonly toImports: (parts: LinkParts) => ReactNode;
  readonly toImport: (id: string, parts: LinkParts) => ReactNode;
}

/** What the list shows, as its address says it. */
export interface SequenceFilter {
  readonly name?: string | undefined;
  readonly tag?: string | undefined;
  readonly collection_id?: string | undefined;
  readonly min_length?: number | undefined;
  readonly max_length?: number | undefined;
}

const LinksContext = createContext<SequenceLinks | null>(null);

export const SequenceLinksProvider = LinksContext.Provider;

export function useSequenceLinks(): SequenceLinks {
  const links = useContext(LinksContext);
  if (links === null) {
    throw new Error("Pages of sequences stand inside a SequenceLinksProvider.");
  }
  return links;
}
