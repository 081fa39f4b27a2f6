import {
  Button,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Textarea,
  Title,
} from "@mantine/core";
import { IconDnaOff, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { SearchAnswer } from "@/api/types";
import { counted } from "@/lib/counted";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { droppedText, wrongLetterText } from "./bases";
import { CollectionSelect } from "./collection-select";
import { Copy } from "./copy";
import { DistanceField } from "./distance-field";
import { ExportMenu } from "./export-menu";
import { HitList } from "./hit-list";
import classes from "./search.module.css";
import {
  addressOf,
  choiceOf,
  costOf,
  costText,
  longestInAddress,
  longestSimilar,
  mostEditsOnSlider,
  readQuery,
  type SearchAddress,
  type SearchChoice,
  type SearchMode,
  type SearchStrand,
} from "./search-choice";
import { searchQuery } from "./sequence-queries";

const pauseMs = 180;
/** A search that reads everything is not begun for every letter typed. */
const pauseBeforeScanMs = 700;

const modes: { value: SearchMode; label: string }[] = [
  { value: "part", label: "Contain it" },
  { value: "whole", label: "Similar as a whole" },
  { value: "within", label: "Similar inside" },
];
const strands: { value: SearchStrand; label: string }[] = [
  { value: "forward", label: "Forward" },
  { value: "reverse", label: "Reverse" },
  { value: "both", label: "Both" },
];

/** Searching by bases: what was understood, what it will cost, and what was found as it is typed. */
export function SearchPage({
  address,
  onAddress,
}: {
  address: SearchAddress;
  onAddress: (address: SearchAddress) => void;
}) {
  usePageTitle("Search sequences");
  const [text, setText] = useState(address.q ?? "");
  const [choice, setChoice] = useState(() => choiceOf(address));
  const read = useMemo(() => readQuery(text), [text]);
  const bases = read.record?.bases ?? "";
  const fault = faultOf(read.record, choice);
  const [asked, setAsked] = useState<{ bases: string; choice: SearchChoice } | null>(
    bases !== "" && fault === null ? { bases, choice } : null,
  );
  const told = useRef(JSON.stringify(address));
  const tell = useRef(onAddress);
  tell.current = onAddress;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);

  // What is typed is searched for, and stands in the address, after a pause.
  useEffect(() => {
    const ask = () => {
      setAsked(bases !== "" && fault === null ? { bases, choice } : null);
      const next = addressOf(bases, choice);
      if (JSON.stringify(next) !== told.current) {
        told.current = JSON.stringify(next);
        tell.current(next);
      }
    };
    const cost = costOf(bases.length, choice);
    const timer = setTimeout(
      ask,
      cost === "scan" || cost === "perhaps" ? pauseBeforeScanMs : pauseMs,
    );
    return () => clearTimeout(timer);
  }, [bases, fault, choice]);

  // Another link to this page, or the way back, is another search.
  useEffect(() => {
    const said = JSON.stringify(address);
    if (said !== told.current) {
      told.current = said;
      setText(address.q ?? "");
      setChoice(choiceOf(address));
    }
  }, [address]);

  return (
    <Stack gap="lg">
      <div>
        <Title order={1}>Search</Title>
        <Text size="sm" c="dimmed" mt={4}>
          By bases, exactly or with edits. Every sequence that fits is found; where something is
          left out, it is said.
        </Text>
      </div>
      <search className={classes.panel} aria-label="What to search for">
        <Textarea
          ref={field}
          label="Bases or FASTA"
          placeholder="ACGTTGCAACGGTAC…"
          rows={4}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: classes.letters ?? "" }}
          value={text}
          error={fault}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Understood text={text} read={read} />
        <div className={classes.options}>
          <div>
            <span className={classes.label}>Sequences that</span>
            <SegmentedControl
              size="sm"
              aria-label="Sequences that"
              data={modes}
              value={choice.mode}
              onChange={(mode) => setChoice({ ...choice, mode: mode as SearchMode })}
            />
          </div>
          <div>
            <span className={classes.label}>Strand</span>
            <SegmentedControl
              size="sm"
              aria-label="Strand"
              data={strands}
              value={choice.strand}
              onChange={(strand) => setChoice({ ...choice, strand: strand as SearchStrand })}
            />
          </div>
          {choice.mode !== "part" && (
            <DistanceField
              value={choice.distance}
              most={Math.min(mostEditsOnSlider, bases.length || mostEditsOnSlider)}
              onChange={(distance) => setChoice({ ...choice, distance })}
            />
          )}
          <CollectionSelect
            label="Collection"
            all="All collections"
            value={choice.collection_id}
            onChange={(collection_id) => setChoice({ ...choice, collection_id })}
          />
        </div>
        {bases !== "" && fault === null && (
          <Text size="sm" c="dimmed" data-testid="cost">
            {costText(bases.length, choice)}
          </Text>
        )}
      </search>
      {asked === null ? (
        text.trim() === "" && (
          <EmptyState
            icon={<IconSearch size={26} stroke={1.6} aria-hidden />}
            title="Nothing to search for yet"
          >
            Type or paste A, C, G and T. “Contain it” finds the query as it is, “Similar as a whole”
            compares whole sequences, “Similar inside” finds every place in longer ones.
          </EmptyState>
        )
      ) : (
        <Results bases={asked.bases} choice={asked.choice} />
      )}
    </Stack>
  );
}

function faultOf(
  record: ReturnType<typeof readQuery>["record"],
  { mode, distance }: SearchChoice,
): string | null {
  if (!record || record.bases === "") {
    return null;
  }
  if (record.wrong) {
    return wrongLetterText(record.wrong);
  }
  const { length } = record.bases;
  if (mode === "part") {
    return null;
  }
  if (distance > length) {
    return `The query has ${counted(length, "letter")}: more edits than that would find everything.`;
  }
  return distance > 0 && length > longestSimilar
    ? `With edits a query has at most ${longestSimilar.toLocaleString("en-GB")} letters; this has ${length.toLocaleString("en-GB")}.`
    : null;
}

const mostShownLetters = 120;

/** The query as it was read, in a sentence. */
function Understood({ text, read }: { text: string; read: ReturnType<typeof readQuery> }) {
  const { record, others } = read;
  if (!record) {
    return null;
  }
  const dropped = droppedText(record.dropped);
  const isTyped = text.trim().toUpperCase() === record.bases;
  return (
    <div role="status" className={classes.understood}>
      <strong>{counted(record.bases.length, "letter")}</strong>
      {record.name !== "" && ` of the record “${record.name}”`}
      {dropped !== null && `; ${dropped} left out`}
      {others > 0 &&
        `; ${counted(others, "further record")} left aside: one is searched for at a time`}
      {record.bases.length > longestInAddress && "; too long for a link"}
      {!isTyped && record.bases !== "" && (
        <code className={classes.cleaned}>
          {record.bases.slice(0, mostShownLetters)}
          {record.bases.length > mostShownLetters && "…"}
        </code>
      )}
    </div>
  );
}

function Results({ bases, choice }: { bases: string; choice: SearchChoice }) {
  const found = useInfiniteQuery(searchQuery(bases, choice));
  const pages = found.data?.pages ?? [];
  const hits = pages.flatMap(({ items }) => items);
  const last = pages.at(-1);

  if (found.isPending) {
    return (
      <Stack gap="xs" role="status" aria-label="Searching">
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} height={96} radius="md" />
        ))}
      </Stack>
    );
  }
  if (found.isError && (pages.length === 0 || !found.isFetchNextPageError)) {
    return (
      <LoadFailure
        what="What was found"
        error={found.error}
        retry={() => void found.refetch()}
        retrying={found.isFetching}
      />
    );
  }
  return (
    <section aria-label="What was found">
      <Group justify="space-between" mb="xs" gap="xs">
        <Text role="status" className="tabular" fw={600}>
          {howMany(hits.length, last)}
          <Text span size="sm" c="dimmed" fw={400}>
            {pages[0] && ` ${howFound(pages[0])}`}
          </Text>
        </Text>
        <Group gap={4}>
          {bases.length <= longestInAddress && (
            <Copy value={() => linkTo(bases, choice)} label="Link" what="a link to this search" />
          )}
          {hits.length > 0 && bases.length <= longestInAddress && (
            <ExportMenu
              label="All hits"
              formats={["fasta", "csv", "genbank", "outfmt6"]}
              wanted={hitsWanted(bases, choice)}
            />
          )}
        </Group>
      </Group>
      {last?.truncated && last.next_cursor === null && (
        <Text size="sm" mb="xs" c="var(--mantine-color-error)" role="alert">
          Time was up before every sequence was read: there may be more. Fewer edits, more letters
          or one collection make it quicker.
        </Text>
      )}
      {hits.length === 0 ? (
        <EmptyState icon={<IconDnaOff size={26} stroke={1.6} aria-hidden />} title="No hits">
          {last?.truncated ? "Nothing was found in the time there was." : noHits(choice)}
        </EmptyState>
      ) : (
        <HitList query={bases} hits={hits} label="Hits" isOld={found.isPlaceholderData} />
      )}
      {found.hasNextPage && (
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
      {found.isFetchNextPageError && (
        <Text size="sm" mt="xs" c="var(--mantine-color-error)" role="alert">
          The next hits couldn’t be loaded.
        </Text>
      )}
    </section>
  );
}

function howMany(hits: number, last: SearchAnswer | undefined): string {
  return last?.truncated ? `The first ${counted(hits, "hit")}` : counted(hits, "hit");
}

const ways: Record<SearchAnswer["strategy"], string> = {
  exact: "by the digest",
  index: "by the index",
  scan: "by reading the sequences",
};

function howFound({ strategy, took_ms }: SearchAnswer): string {
  const time = took_ms < 10 ? took_ms.toFixed(1) : Math.round(took_ms).toLocaleString("en-GB");
  return `${ways[strategy]}, in ${time} ms`;
}

function noHits({ mode, distance, strand }: SearchChoice): string {
  const side = strand === "both" ? "" : " The other strand was not searched.";
  switch (mode) {
    case "part":
      return `No sequence contains it as it is.${side}`;
    case "whole":
      return `No whole sequence is within ${counted(distance, "edit")} of it.${side}`;
    case "within":
      return `No place in any sequence is within ${counted(distance, "edit")} of it.${side}`;
  }
}

function hitsWanted(bases: string, { mode, distance, strand, collection_id }: SearchChoice) {
  return {
    query: bases,
    strand,
    collection_id,
    ...(mode === "part" ? {} : { mode, distance }),
  };
}

function linkTo(bases: string, choice: SearchChoice): string {
  const address = new URL("/sequences/search", window.location.origin);
  for (const [name, value] of Object.entries(addressOf(bases, choice))) {
    address.searchParams.set(name, String(value));
  }
  return address.href;
}
