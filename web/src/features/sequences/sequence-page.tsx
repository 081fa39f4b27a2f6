import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconDna2Off, IconDownload, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { usePlace } from "@/api/me";
import { explain, isProblem } from "@/api/problem";
import type { Sequence, SequenceFeature, SequenceReference } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { BaseViewer } from "./base-viewer";
import { fastaOf, fileNameOf, gcShare } from "./bases";
import { Copy } from "./copy";
import { Features } from "./features-section";
import { genbankOf } from "./genbank";
import { Neighbours } from "./neighbours";
import { saveText } from "./save-text";
import { titleOf, useRemoveSequence } from "./sequence-actions";
import { SequenceForm } from "./sequence-form";
import { useSequenceLinks } from "./sequence-links";
import { collectionsQuery, featuresQuery, sequenceQuery } from "./sequence-queries";
import classes from "./sequences.module.css";

const noFeatures: readonly SequenceFeature[] = [];

/** One sequence: its letters, its names and digests, and what it is related to. */
export function SequencePage({ id, onLeave }: { id: string; onLeave: () => void }) {
  const found = useQuery(sequenceQuery(id));
  usePageTitle(found.data ? titleOf(found.data.data) : "Sequence");
  const { toList } = useSequenceLinks();

  if (found.isPending) {
    return (
      <Stack gap="md" role="status" aria-label="Loading the sequence">
        <Title order={1}>Sequence</Title>
        <Skeleton height={120} radius="md" />
        <Skeleton height={320} radius="md" />
      </Stack>
    );
  }
  if (!found.data) {
    return (
      <Stack gap="lg">
        <Title order={1}>Sequence</Title>
        {isProblem(found.error, "sequence_not_found") ? (
          <EmptyState
            icon={<IconDna2Off size={26} stroke={1.6} aria-hidden />}
            title="This sequence is not there"
            action={toList({}, { className: classes.link ?? "", children: "All sequences" })}
          >
            It was deleted, or the address is not complete.
          </EmptyState>
        ) : (
          <LoadFailure
            what="The sequence"
            error={found.error}
            retry={() => void found.refetch()}
            retrying={found.isFetching}
          />
        )}
      </Stack>
    );
  }
  return (
    <ShownSequence
      key={id}
      sequence={found.data.data}
      version={found.data.version}
      onLeave={onLeave}
    />
  );
}

function ShownSequence({
  sequence,
  version,
  onLeave,
}: {
  sequence: Sequence;
  version: string | null;
  onLeave: () => void;
}) {
  const { toList } = useSequenceLinks();
  const [isEditing, setEditing] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const editButton = useRef<HTMLButtonElement>(null);
  const features = useQuery(featuresQuery(sequence.id));
  const [shown, setShown] = useState<SequenceFeature | null>(null);
  const letters = useRef<HTMLDivElement>(null);
  const title = titleOf(sequence);
  const bases = sequence.bases ?? "";

  function closeForm() {
    setEditing(false);
    requestAnimationFrame(() => editButton.current?.focus());
  }

  return (
    <Stack gap="lg">
      <div>
        <Text size="sm" className={classes.trail ?? ""}>
          {toList({}, { className: classes.link ?? "", children: "Sequences" })}
        </Text>
        <Group justify="space-between" align="flex-start" gap="sm">
          <Title order={1} className={classes.breakable ?? ""}>
            {title}
          </Title>
          <Group gap="xs">
            <Button
              variant="default"
              size="sm"
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() =>
                saveText(
                  fastaOf(sequence.name || sequence.digest, sequence.description, bases),
                  fileNameOf(sequence.name, "fasta"),
                )
              }
            >
              FASTA
            </Button>
            {features.data && features.data.length > 0 && (
              <Button
                variant="default"
                size="sm"
                leftSection={<IconDownload size={16} aria-hidden />}
                onClick={() =>
                  saveText(
                    genbankOf(sequence, bases, features.data),
                    fileNameOf(sequence.name, "gb"),
                  )
                }
              >
                GenBank
              </Button>
            )}
            <Button
              ref={editButton}
              variant="default"
              size="sm"
              leftSection={<IconPencil size={16} aria-hidden />}
              aria-expanded={isEditing}
              onClick={() => setEditing((before) => !before)}
            >
              Change
            </Button>
            <Button
              variant="subtle"
              color="safranin"
              size="sm"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => setLeaving(true)}
            >
              Delete
            </Button>
          </Group>
        </Group>
        {!isEditing && sequence.description !== "" && (
          <Text mt={6} className={classes.description ?? ""}>
            {sequence.description}
          </Text>
        )}
      </div>

      {isEditing ? (
        <SequenceForm sequence={sequence} version={version} onDone={closeForm} />
      ) : (
        <About sequence={sequence} bases={bases} />
      )}

      <Features
        sequence={sequence}
        bases={bases}
        found={features}
        shown={shown}
        onShow={(feature) => {
          setShown(feature);
          letters.current?.scrollIntoView({ block: "nearest" });
        }}
      />

      <div ref={letters}>
        <Group justify="space-between" mb="xs">
          <Title order={2}>Bases</Title>
          <Copy
            value={() => bases}
            label="Copy all"
            what={`all ${counted(bases.length, "letter")}`}
          />
        </Group>
        <BaseViewer bases={bases} features={features.data ?? noFeatures} shown={shown} />
      </div>

      <Neighbours sequence={sequence} />

      <Delete
        sequence={sequence}
        isOpen={isLeaving}
        close={() => setLeaving(false)}
        onLeave={onLeave}
      />
    </Stack>
  );
}

function About({ sequence, bases }: { sequence: Sequence; bases: string }) {
  const place = usePlace();
  const { toList } = useSequenceLinks();
  const collections = useQuery(collectionsQuery);
  const gc = useMemo(() => gcShare(bases), [bases]);
  const { aliases, tags, collection_id, digest, md5, circular, created_at } = sequence;
  const collection = collections.data?.find(({ id }) => id === collection_id)?.name;
  return (
    <dl className={classes.about}>
      <Fact title="Length">
        {counted(sequence.length, "letter")}
        {circular && ", circular"}; {(gc * 100).toFixed(1)} % G and C
      </Fact>
      <Fact title="Collection">
        {toList({ collection_id }, { children: collection ?? "This collection" })}
      </Fact>
      {aliases.length > 0 && (
        <Fact title={aliases.length === 1 ? "Also called" : `Also called (${aliases.length})`}>
          {aliases.join(", ")}
        </Fact>
      )}
      {tags.length > 0 && (
        <Fact title="Tags">
          <span className={classes.tags}>
            {tags.map((tag) => (
              <span key={tag}>
                {toList({ tag }, { className: classes.tag ?? "", children: tag })}
              </span>
            ))}
          </span>
        </Fact>
      )}
      <References title="Its other strand" items={sequence.reverse_complements} />
      <References
        title="The same bases"
        items={sequence.copies}
        nameOf={(id) => collections.data?.find((one) => one.id === id)?.name}
      />
      <Fact title="GA4GH digest">
        <code className={classes.digest}>{digest}</code>
        <Copy value={() => digest} label="Copy" what="the GA4GH digest" />
      </Fact>
      <Fact title="MD5">
        <code className={classes.digest}>{md5}</code>
        <Copy value={() => md5} label="Copy" what="the MD5 digest" />
      </Fact>
      <Fact title="Added">{dateAndTime(created_at, place)}</Fact>
    </dl>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function References({
  title,
  items,
  nameOf,
}: {
  title: string;
  items: readonly SequenceReference[];
  nameOf?: (collectionId: string) => string | undefined;
}) {
  const { toSequence } = useSequenceLinks();
  return (
    items.length > 0 && (
      <Fact title={title}>
        <span className={classes.references}>
          {items.map((item) => (
            <span key={item.id}>
              {toSequence(item.id, { children: titleOf(item) })}
              {nameOf && ` in ${nameOf(item.collection_id) ?? "another collection"}`}
            </span>
          ))}
        </span>
      </Fact>
    )
  );
}

function Delete({
  sequence,
  isOpen,
  close,
  onLeave,
}: {
  sequence: Sequence;
  isOpen: boolean;
  close: () => void;
  onLeave: () => void;
}) {
  const remove = useRemoveSequence();
  const { aliases } = sequence;
  return (
    <Dialog isOpen={isOpen} onClose={close} title="Delete this sequence?">
      <Stack>
        <Text size="sm">
          <strong>{titleOf(sequence)}</strong> goes with its {counted(sequence.length, "letter")}
          {aliases.length > 0 &&
            ` and its ${aliases.length === 1 ? "alias" : `${aliases.length} aliases`}`}
          . Links to it lead nowhere then.
        </Text>
        <Text size="sm">
          This can’t be undone. The same bases can be added again; keep the FASTA file if you may
          want them.
        </Text>
        {remove.isError && (
          <Alert color="safranin" variant="light" role="alert">
            {explain(remove.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button
            color="safranin"
            loading={remove.isPending && !remove.isPaused}
            onClick={() => remove.mutate(sequence, { onSuccess: onLeave })}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
