import { Button, Group, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { explain } from "@/api/problem";
import type { Sequence } from "@/api/types";
import { DistanceField } from "./distance-field";
import { HitList } from "./hit-list";
import { costText, longestInAddress, longestSimilar, type SearchChoice } from "./search-choice";
import { useSequenceLinks } from "./sequence-links";
import { searchQuery } from "./sequence-queries";

const mostEdits = 10;

/** The sequences that are similar to one as a whole, on either strand. */
export function Neighbours({ sequence }: { sequence: Sequence }) {
  const bases = sequence.bases ?? "";
  const [distance, setDistance] = useState(Math.min(2, bases.length));
  const [isWanted, setWanted] = useState(false);
  const wanted = useDeferredValue(Math.min(distance, bases.length));
  const choice: SearchChoice = { mode: "whole", distance: wanted, strand: "both" };
  const found = useInfiniteQuery({ ...searchQuery(bases, choice), enabled: isWanted });
  const { toSearch } = useSequenceLinks();
  const isTooLong = bases.length > longestSimilar;
  const pages = found.data?.pages ?? [];
  const hits = pages
    .flatMap(({ items }) => items)
    .filter(({ sequence: other }) => other.id !== sequence.id);
  const last = pages.at(-1);

  return (
    <section aria-labelledby="neighbours">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="neighbours">
          Neighbours
        </Title>
        {bases.length <= longestInAddress &&
          toSearch(
            { q: bases, mode: "whole", distance: wanted, strand: "both" },
            { children: "Open as a search" },
          )}
      </Group>
      {isTooLong ? (
        <Text size="sm" c="dimmed">
          Similar sequences are searched for with up to {longestSimilar.toLocaleString("en-GB")}{" "}
          letters; this has more.
        </Text>
      ) : (
        <>
          <Group align="flex-end" gap="md" mb="sm">
            <DistanceField
              value={distance}
              most={Math.min(mostEdits, bases.length)}
              onChange={(value) => setDistance(Math.min(value, bases.length))}
            />
            {!isWanted && (
              <Button variant="default" size="sm" onClick={() => setWanted(true)}>
                Find neighbours
              </Button>
            )}
          </Group>
          {!isWanted ? (
            <Text size="sm" c="dimmed">
              {costText(bases.length, choice)}
            </Text>
          ) : found.isPending ? (
            <Text size="sm" c="dimmed" role="status">
              Searching …
            </Text>
          ) : found.isError ? (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {explain(found.error)}
            </Text>
          ) : hits.length === 0 ? (
            <Text size="sm" c="dimmed" role="status">
              {last?.truncated
                ? "None was found in the time there was."
                : "No other sequence is so similar."}
            </Text>
          ) : (
            <HitList query={bases} hits={hits} label="Neighbours" isOld={found.isPlaceholderData} />
          )}
          {isWanted && found.hasNextPage && (
            <Button
              variant="default"
              size="sm"
              mt="sm"
              loading={found.isFetchingNextPage}
              onClick={() => void found.fetchNextPage()}
            >
              Load more
            </Button>
          )}
        </>
      )}
    </section>
  );
}
