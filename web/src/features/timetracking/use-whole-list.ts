import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Session, SessionPage } from "@/api/types";

export interface WholeList {
  /** Null until the last page is there. */
  readonly items: readonly Session[] | null;
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly retry: () => void;
}

/** Reads a list to its end, page after page. */
export function useWholeList(query: UseInfiniteQueryResult<InfiniteData<SessionPage>>): WholeList {
  const { data, hasNextPage, isFetching, isError, fetchNextPage, refetch } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const items = useMemo(() => {
    const seen = new Map(data?.pages.flatMap((page) => page.items).map((item) => [item.id, item]));
    return [...seen.values()];
  }, [data]);
  return {
    items: data && !hasNextPage ? items : null,
    error: query.error,
    isFetching,
    retry: () => void refetch(),
  };
}
