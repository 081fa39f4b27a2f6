import {
  Button,
  Group,
  Skeleton,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { SequenceImportSummary } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { FileDrop } from "@/ui/file-drop";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { WindowDrop } from "@/ui/window-drop";
import { CollectionSelect } from "./collection-select";
import { nameOf } from "./import-actions";
import { ImportCard } from "./import-card";
import { importsQuery, personQuery } from "./import-queries";
import { outcomeText } from "./import-text";
import { UploadCard } from "./import-upload-card";
import { sendFiles, useUploads } from "./import-uploads";
import classes from "./imports.module.css";
import { useAddCollection } from "./sequence-actions";
import { useSequenceLinks } from "./sequence-links";

/** Files of sequences: they are dropped here, watched as they arrive, and can be taken back. */
export function ImportsPage() {
  usePageTitle("Import sequences");
  const queryClient = useQueryClient();
  const imports = useInfiniteQuery(importsQuery);
  const { uploads, begun } = useUploads();
  const [collection, setCollection] = useState<string | undefined>(undefined);
  const [tags, setTags] = useState<string[]>([]);
  const [circular, setCircular] = useState(false);
  const items = imports.data?.pages.flatMap((page) => page.items) ?? [];
  const watched = useWatched(items, begun);
  const current = items.filter(({ id }) => watched.has(id));
  const past = items.filter(({ id }) => !watched.has(id));

  // What begins is watched, wherever the page was.
  const underWay = useRef<HTMLElement>(null);
  useEffect(() => {
    if (uploads.length > 0) {
      underWay.current?.firstElementChild?.firstElementChild?.scrollIntoView({ block: "nearest" });
    }
  }, [uploads.length]);

  const send = (files: File[]) =>
    sendFiles(queryClient, files, { collection_id: collection, tags, circular });

  return (
    <Stack gap="xl">
      <div>
        <Title order={1}>Import sequences</Title>
        <Text size="sm" c="dimmed" mt={4} maw="44rem">
          Whole files of FASTA, FASTQ or GenBank, plain or gzip, of gigabytes if need be. What can’t
          be added is named by its line, and an import can be taken back as a whole.
        </Text>
      </div>
      <Stack gap="md">
        <Where collection={collection} onCollection={setCollection} tags={tags} onTags={setTags} />
        <Switch
          size="sm"
          label="Circular: the end is followed by the beginning, as in a plasmid"
          checked={circular}
          onChange={(event) => setCircular(event.currentTarget.checked)}
        />
        <FileDrop
          accept=".fasta,.fa,.fna,.ffn,.fsa,.fas,.seq,.fastq,.fq,.gb,.gbk,.genbank,.txt,.gz"
          label="Choose files to import"
          hint="or drop them anywhere on this page; they are imported at once"
          isMultiple
          onFile={(file) => send([file])}
        />
        <WindowDrop onFiles={send}>Drop to import</WindowDrop>
      </Stack>

      {(uploads.length > 0 || current.length > 0) && (
        <section ref={underWay} aria-label="Under way">
          <Stack gap="sm">
            {uploads.map((upload) => (
              <UploadCard key={upload.id} upload={upload} />
            ))}
            {current.map((found) => (
              <ImportCard key={found.id} found={found} />
            ))}
          </Stack>
        </section>
      )}

      <section aria-label="Imports so far">
        <Title order={2} size="h3" mb="sm">
          Imports so far
        </Title>
        {imports.isPending ? (
          <Stack gap="xs" role="status" aria-label="Loading imports">
            {[0, 1, 2].map((row) => (
              <Skeleton key={row} height={64} radius="md" />
            ))}
          </Stack>
        ) : imports.isError && items.length === 0 ? (
          <LoadFailure
            what="The imports"
            error={imports.error}
            retry={() => void imports.refetch()}
            retrying={imports.isFetching}
          />
        ) : past.length === 0 ? (
          <Text size="sm" c="dimmed">
            {current.length > 0
              ? "No others."
              : "None yet. Each stays listed here, and can be taken back as a whole."}
          </Text>
        ) : (
          <ul className={classes.list} aria-label="Imports">
            {past.map((found) => (
              <PastImport key={found.id} found={found} />
            ))}
          </ul>
        )}
        {imports.hasNextPage && (
          <Group mt="sm">
            <Button
              variant="default"
              size="sm"
              loading={imports.isFetchingNextPage}
              onClick={() => void imports.fetchNextPage()}
            >
              Load more
            </Button>
          </Group>
        )}
      </section>
    </Stack>
  );
}

/** Those that run, ran when they were first seen here, or began in this tab. */
function useWatched(
  items: readonly SequenceImportSummary[],
  begun: readonly string[],
): ReadonlySet<string> {
  const seen = useRef(new Set<string>());
  for (const { id, status } of items) {
    if (status === "running" || begun.includes(id)) {
      seen.current.add(id);
    }
  }
  return seen.current;
}

/** What is said about all that a file holds. */
function Where({
  collection,
  onCollection,
  tags,
  onTags,
}: {
  collection: string | undefined;
  onCollection: (id: string | undefined) => void;
  tags: string[];
  onTags: (tags: string[]) => void;
}) {
  const [isAdding, setAdding] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Stack gap="sm">
      <div className={classes.options}>
        <div>
          <CollectionSelect
            label="Into the collection"
            value={collection}
            onChange={onCollection}
          />
          <Button
            ref={button}
            mt={6}
            variant="default"
            size="compact-sm"
            leftSection={<IconPlus size={15} aria-hidden />}
            aria-expanded={isAdding}
            onClick={() => setAdding((before) => !before)}
          >
            New collection
          </Button>
        </div>
        <TagsInput
          label="Tags"
          placeholder={tags.length === 0 ? "For all of them" : ""}
          maxTags={50}
          value={tags}
          onChange={(next) => onTags(next.map((tag) => tag.trim().slice(0, 50)).filter(Boolean))}
        />
      </div>
      {isAdding && (
        <NewCollection
          onDone={(made) => {
            setAdding(false);
            button.current?.focus();
            if (made !== null) {
              onCollection(made);
            }
          }}
        />
      )}
    </Stack>
  );
}

function NewCollection({ onDone }: { onDone: (made: string | null) => void }) {
  const add = useAddCollection();
  const [name, setName] = useState("");
  const [attempt, setAttempt] = useState<{ name: string; key: string } | null>(null);
  const [isUnnamed, setUnnamed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);

  function submit() {
    const wanted = name.trim();
    setUnnamed(wanted === "");
    if (wanted === "" || add.isPending) {
      field.current?.focus();
      return;
    }
    // The same key until the name is another one: pressing twice must not add two.
    const key = attempt?.name === wanted ? attempt.key : newIdempotencyKey();
    setAttempt({ name: wanted, key });
    add.mutate(
      { fields: { name: wanted, description: "" }, key },
      { onSuccess: (made) => onDone(made.id) },
    );
  }

  return (
    <form
      className={classes.newCollection}
      aria-label="New collection"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.stopPropagation();
          onDone(null);
        }
      }}
    >
      <TextInput
        ref={field}
        id={id}
        className={classes.grow ?? ""}
        label="Name of the collection"
        maxLength={200}
        autoComplete="off"
        value={name}
        error={isUnnamed ? "Give it a name." : add.isError ? explain(add.error) : null}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" size="sm" loading={add.isPending && !add.isPaused}>
        Add collection
      </Button>
      <Button variant="subtle" color="gray" size="sm" onClick={() => onDone(null)}>
        Cancel
      </Button>
    </form>
  );
}

function PastImport({ found }: { found: SequenceImportSummary }) {
  const { toImport } = useSequenceLinks();
  const place = usePlace();
  const { person: me } = useMe();
  const isMine = found.created_by === me.id;
  const importer = useQuery({ ...personQuery(found.created_by), enabled: !isMine });
  return (
    <li className={classes.item}>
      <div className={classes.what}>
        {toImport(found.id, { className: classes.open ?? "", children: nameOf(found) })}
        <Text size="sm" c="dimmed" className="tabular">
          {dateAndTime(found.created_at, place)}
          {!isMine && importer.data && ` by ${importer.data.name}`}
        </Text>
      </div>
      <Text
        size="sm"
        className="tabular"
        {...(found.status === "failed" ? { c: "var(--mantine-color-error)" } : {})}
      >
        {outcomeText(found)}
      </Text>
    </li>
  );
}
