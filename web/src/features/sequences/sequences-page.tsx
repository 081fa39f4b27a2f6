import { Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconDna2, IconPlus, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { memo, useEffect, useRef, useState } from "react";
import type { SequenceSummary } from "@/api/types";
import { counted } from "@/lib/counted";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { WindowDrop } from "@/ui/window-drop";
import { AddSequences } from "./add-sequences";
import { CollectionSelect } from "./collection-select";
import { ExportMenu } from "./export-menu";
import { type ImportOptions, sendFiles } from "./import-uploads";
import { titleOf } from "./sequence-actions";
import { type SequenceFilter, useSequenceLinks } from "./sequence-links";
import { collectionsQuery, sequencesQuery } from "./sequence-queries";
import classes from "./sequences.module.css";

const typingPauseMs = 250;
const shownLetters = 80;

/** The registry: every sequence of the lab, newest first. */
export function SequencesPage({
  filter,
  onFilter,
  onImport,
}: {
  filter: SequenceFilter;
  onFilter: (filter: SequenceFilter) => void;
  /** Files are on their way: show them. */
  onImport: () => void;
}) {
  usePageTitle("Sequences");
  const list = useInfiniteQuery(sequencesQuery(filter));
  const collections = useQuery(collectionsQuery);
  const [isAdding, setAdding] = useState(false);
  const queryClient = useQueryClient();
  function importFiles(files: readonly File[], options: ImportOptions) {
    sendFiles(queryClient, files, options);
    onImport();
  }
  const addButton = useRef<HTMLButtonElement>(null);
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const known = collections.data ?? [];
  const nameOf = new Map(known.map(({ id, name }) => [id, name]));
  const total = known.reduce((sum, { sequence_count }) => sum + sequence_count, 0);
  const letters = known.reduce((sum, { letter_count }) => sum + letter_count, 0);

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={1}>Sequences</Title>
          {collections.isSuccess && (
            <Text size="sm" c="dimmed" mt={4} className="tabular">
              {counted(total, "sequence")} with {counted(letters, "letter")} in{" "}
              {counted(known.length, "collection")}
            </Text>
          )}
        </div>
        <Group gap="xs" justify="flex-end">
          {items.length > 0 && (
            <ExportMenu
              label="All that the filters show"
              formats={["fasta", "csv", "genbank"]}
              wanted={{ ...filter }}
            />
          )}
          <Button
            ref={addButton}
            variant="default"
            size="sm"
            flex="none"
            leftSection={<IconPlus size={16} aria-hidden />}
            aria-expanded={isAdding}
            onClick={() => setAdding((before) => !before)}
          >
            Add sequences
          </Button>
        </Group>
      </Group>

      {isAdding && (
        <AddSequences
          collectionId={filter.collection_id}
          onImport={importFiles}
          onClose={() => {
            setAdding(false);
            addButton.current?.focus();
          }}
        />
      )}

      {!isAdding && (
        <WindowDrop
          onFiles={(files) =>
            importFiles(files, { collection_id: filter.collection_id, tags: [], circular: false })
          }
        >
          Drop to import
        </WindowDrop>
      )}

      {(items.length > 0 || isFiltered) && <Filters filter={filter} onFilter={onFilter} />}

      {list.isPending ? (
        <Stack gap="xs" role="status" aria-label="Loading sequences">
          {[0, 1, 2, 3].map((row) => (
            <Skeleton key={row} height={64} radius="md" />
          ))}
        </Stack>
      ) : list.isError && items.length === 0 ? (
        <LoadFailure
          what="Sequences"
          error={list.error}
          retry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState
          icon={<IconDna2 size={26} stroke={1.6} aria-hidden />}
          title={isFiltered ? "Nothing found" : "No sequences yet"}
          action={
            isFiltered ? (
              <Button variant="default" mt="xs" onClick={() => onFilter({})}>
                Show all
              </Button>
            ) : (
              !isAdding && (
                <Button
                  variant="light"
                  mt="xs"
                  leftSection={<IconPlus size={16} aria-hidden />}
                  onClick={() => setAdding(true)}
                >
                  Add the first ones
                </Button>
              )
            )
          }
        >
          {isFiltered
            ? "No sequence is like that."
            : "Paste bases or FASTA, or drop a file of any size anywhere on this page. The same bases are kept once in a collection; a second name becomes an alias."}
        </EmptyState>
      ) : (
        <>
          <ul className={classes.list} aria-label="Sequences" aria-busy={list.isPlaceholderData}>
            {items.map((sequence) => (
              <SequenceRow
                key={sequence.id}
                sequence={sequence}
                collection={known.length > 1 ? nameOf.get(sequence.collection_id) : undefined}
              />
            ))}
          </ul>
          {list.hasNextPage && (
            <Group>
              <Button
                variant="default"
                size="sm"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                Load more
              </Button>
            </Group>
          )}
        </>
      )}
    </Stack>
  );
}

function Filters({
  filter,
  onFilter,
}: {
  filter: SequenceFilter;
  onFilter: (filter: SequenceFilter) => void;
}) {
  const [typed, setTyped] = useState(() => typedOf(filter));
  const latest = useRef({ filter, onFilter });
  latest.current = { filter, onFilter };
  const wrong = wrongLengths(typed);

  // What is typed reaches the address after a pause, and what the address says otherwise wins.
  useEffect(() => {
    const timer = setTimeout(() => {
      const { filter: before, onFilter: tell } = latest.current;
      const next = filterOf(typed, before.collection_id);
      if (wrongLengths(typed) === null && JSON.stringify(next) !== JSON.stringify(before)) {
        tell(next);
      }
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    setTyped((before) => {
      const said = JSON.stringify(filterOf(before, filter.collection_id));
      return said === JSON.stringify(filter) ? before : typedOf(filter);
    });
  }, [filter]);

  const set = (field: keyof Typed) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setTyped((before) => ({ ...before, [field]: value }));
  };

  return (
    <search className={classes.filters} aria-label="Find sequences">
      <TextInput
        type="search"
        className={classes.grow ?? ""}
        aria-label="Search names"
        placeholder="Name or alias"
        leftSection={<IconSearch size={16} aria-hidden />}
        maxLength={500}
        value={typed.name}
        onChange={set("name")}
      />
      <TextInput
        className={classes.short ?? ""}
        aria-label="Tag"
        placeholder="Tag"
        maxLength={50}
        value={typed.tag}
        onChange={set("tag")}
      />
      <CollectionSelect
        label="Collection"
        isLabelHidden
        all="All collections"
        value={filter.collection_id}
        onChange={(collection_id) => onFilter(filterOf(typed, collection_id))}
      />
      <Group gap={6} wrap="nowrap" align="flex-start">
        <TextInput
          className={classes.length ?? ""}
          aria-label="Letters at least"
          placeholder="from letters"
          inputMode="numeric"
          value={typed.min_length}
          error={wrong}
          onChange={set("min_length")}
        />
        <Text span c="dimmed" lh="2.25rem" aria-hidden>
          –
        </Text>
        <TextInput
          className={classes.length ?? ""}
          aria-label="Letters at most"
          placeholder="to letters"
          inputMode="numeric"
          value={typed.max_length}
          error={wrong !== null}
          onChange={set("max_length")}
        />
      </Group>
    </search>
  );
}

interface Typed {
  readonly name: string;
  readonly tag: string;
  readonly min_length: string;
  readonly max_length: string;
}

function typedOf(filter: SequenceFilter): Typed {
  return {
    name: filter.name ?? "",
    tag: filter.tag ?? "",
    min_length: filter.min_length?.toString() ?? "",
    max_length: filter.max_length?.toString() ?? "",
  };
}

function filterOf(typed: Typed, collection_id: string | undefined): SequenceFilter {
  const name = typed.name.trim();
  const tag = typed.tag.trim();
  return {
    ...(name === "" ? {} : { name }),
    ...(tag === "" ? {} : { tag }),
    ...(collection_id === undefined ? {} : { collection_id }),
    ...(typed.min_length === "" ? {} : { min_length: Number(typed.min_length) }),
    ...(typed.max_length === "" ? {} : { max_length: Number(typed.max_length) }),
  };
}

const longest = 10_000_000;

function wrongLengths({ min_length, max_length }: Typed): string | null {
  const isLength = (text: string) =>
    text === "" || (/^\d{1,8}$/.test(text) && Number(text) >= 1 && Number(text) <= longest);
  if (!isLength(min_length) || !isLength(max_length)) {
    return "A number from 1 to 10,000,000";
  }
  return min_length !== "" && max_length !== "" && Number(min_length) > Number(max_length)
    ? "More than at most"
    : null;
}

const SequenceRow = memo(function SequenceRow({
  sequence,
  collection,
}: {
  sequence: SequenceSummary;
  collection: string | undefined;
}) {
  const { toSequence } = useSequenceLinks();
  const { name, length, bases, tags, circular } = sequence;
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        {toSequence(sequence.id, {
          className: `${classes.open} ${name === "" ? classes.unnamed : ""}`,
          children: titleOf(sequence),
        })}
        <span className={classes.figures}>
          {counted(length, "letter")}
          {circular && ", circular"}
          {collection !== undefined && ` · ${collection}`}
        </span>
        {tags.length > 0 && (
          <span className={classes.tags}>
            {tags.map((tag) => (
              <span key={tag} className={classes.tag}>
                {tag}
              </span>
            ))}
          </span>
        )}
      </div>
      <span className={classes.preview} aria-hidden>
        {bases === null
          ? "…"
          : `${bases.slice(0, shownLetters)}${length > shownLetters ? "…" : ""}`}
      </span>
    </li>
  );
});
