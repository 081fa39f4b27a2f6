import {
  Alert,
  Button,
  Group,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconFileImport, IconX } from "@tabler/icons-react";
import { type FormEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import type { NewSequence } from "@/api/types";
import { byteCount } from "@/lib/bytes";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { FileDrop } from "@/ui/file-drop";
import { droppedText, type PastedRecord, readPasted, wrongLetterText } from "./bases";
import { CollectionSelect } from "./collection-select";
import type { ImportOptions } from "./import-uploads";
import { readTextFile, UnreadableFile } from "./read-file";
import { type Outcome, titleOf, useAddSequences } from "./sequence-actions";
import { useSequenceLinks } from "./sequence-links";
import classes from "./sequences.module.css";

interface Refusal {
  readonly reason: string;
  /** The file, where the import takes it. */
  readonly file: File | null;
}

const longest = 10_000_000;
/** Each is a request of its own. */
const mostRecords = 2_000;
const mostShown = 100;

/** What keeps a record from being added; null where nothing does. */
function faultOf({ bases, wrong, name }: PastedRecord): string | null {
  if (bases === "") {
    return "There are no letters.";
  }
  if (wrong !== null) {
    return wrongLetterText(wrong);
  }
  if (name.length > 500) {
    return "A name has at most 500 characters.";
  }
  return bases.length > longest ? "A sequence has at most 10,000,000 letters." : null;
}

/** Adds what is pasted or dropped, and tells of every record what became of it. */
export function AddSequences({
  collectionId,
  onImport,
  onClose,
}: {
  /** The one that is looked at. */
  collectionId: string | undefined;
  /** For what is too much for this form. */
  onImport: (files: readonly File[], options: ImportOptions) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<{ source: File; text: string } | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [name, setName] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const [collection, setCollection] = useState(collectionId);
  const [circular, setCircular] = useState(false);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<number, Outcome>>(new Map());
  const keys = useRef(new Map<string, string>());
  const field = useRef<HTMLTextAreaElement>(null);
  const add = useAddSequences();

  const source = useDeferredValue(file?.text ?? text);
  const records = useMemo(() => readPasted(source), [source]);
  const faults = useMemo(() => records.map(faultOf), [records]);
  const good = faults.filter((fault) => fault === null).length;
  const isTooMany = records.length > mostRecords;
  const single = records.length === 1 && records[0]?.name === "" ? records[0] : null;
  // Those that were refused for now can be tried again.
  const open = faults.flatMap((fault, place) => {
    const state = outcomes.get(place)?.state;
    return fault === null && state !== "added" && state !== "known" ? [place] : [];
  });
  const isDone = add.isSuccess && open.length === 0;

  useEffect(() => field.current?.focus(), []);

  function change(next: { text?: string; file?: typeof file }) {
    if (next.text !== undefined) {
      setText(next.text);
    }
    setFile(next.file ?? null);
    setRefusal(null);
    setOutcomes(new Map());
    keys.current.clear();
    add.reset();
  }

  async function choose(chosen: File) {
    try {
      change({ file: { source: chosen, text: await readTextFile(chosen) } });
    } catch (error) {
      setRefusal(
        error instanceof UnreadableFile
          ? {
              reason: `“${chosen.name}”: ${error.message}`,
              file: error.canBeImported ? chosen : null,
            }
          : { reason: `“${chosen.name}” couldn’t be read. Is it still where it was?`, file: null },
      );
    }
  }

  const importButton = (chosen: File) => (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<IconFileImport size={15} aria-hidden />}
      onClick={() => onImport([chosen], { collection_id: collection, tags, circular })}
    >
      Import this file
    </Button>
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    if (open.length === 0 || isTooMany || add.isPending) {
      field.current?.focus();
      return;
    }
    const bodies = open.map((place): NewSequence => {
      const record = records[place] as PastedRecord;
      return {
        bases: record.bases,
        name: single ? name.trim() : record.name,
        circular,
        tags,
        ...(record.description === "" ? {} : { description: record.description.slice(0, 5000) }),
        ...(collection === undefined ? {} : { collection_id: collection }),
      };
    });
    add.mutate(
      {
        records: bodies.map((body, index) => ({
          body,
          // The same key for the same record: pressing twice must not be told as a duplicate.
          key: keyOf(keys.current, `${open[index]} ${JSON.stringify({ ...body, bases: "" })}`),
        })),
        onOutcome: (index, outcome) =>
          setOutcomes((before) => new Map(before).set(open[index] ?? index, outcome)),
      },
      { onSuccess: (added) => announce(`Added ${counted(added.length, "sequence")}.`) },
    );
  }

  return (
    <form
      className={classes.card}
      aria-label="New sequences"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented && !add.isPending) {
          event.stopPropagation();
          onClose();
        }
      }}
      noValidate
    >
      <Stack gap="md">
        {file ? (
          <Group justify="space-between" wrap="nowrap">
            <Text fw={600} className={classes.breakable ?? ""}>
              {file.source.name}{" "}
              <Text span c="dimmed" size="sm" fw={400}>
                {byteCount(file.source.size)}
              </Text>
            </Text>
            <Button
              flex="none"
              variant="subtle"
              color="gray"
              size="compact-sm"
              leftSection={<IconX size={15} aria-hidden />}
              disabled={add.isPending}
              onClick={() => change({ file: null })}
            >
              Another file
            </Button>
          </Group>
        ) : (
          <div className={classes.sources}>
            <Textarea
              ref={field}
              label="Bases or FASTA"
              placeholder={">reef-18S-1\nACGTTGCAACGGTAC…"}
              rows={7}
              spellCheck={false}
              autoComplete="off"
              classNames={{ input: classes.letters ?? "" }}
              value={text}
              disabled={add.isPending}
              onChange={(event) => change({ text: event.currentTarget.value })}
            />
            <div className={classes.drop}>
              <FileDrop
                accept=".fasta,.fa,.fna,.fsa,.seq,.txt,.gz"
                label="Choose a FASTA file"
                hint="or drop it here; plain or gzip, up to 20 MB"
                onFile={(chosen) => void choose(chosen)}
              />
            </div>
          </div>
        )}
        {refusal !== null && (
          <Alert color={refusal.file ? "gray" : "safranin"} variant="light" role="alert">
            <Stack gap="sm" align="flex-start">
              <Text size="sm">{refusal.reason}</Text>
              {refusal.file && importButton(refusal.file)}
            </Stack>
          </Alert>
        )}

        {records.length > 0 && (
          <Understood
            records={records}
            faults={faults}
            outcomes={outcomes}
            single={single !== null}
          />
        )}
        {isTooMany && (
          <Alert color="gray" variant="light" role="alert">
            <Stack gap="sm" align="flex-start">
              <Text size="sm">
                These are {counted(records.length, "record")}; this form adds up to{" "}
                {mostRecords.toLocaleString("en-GB")}. The import takes any number, says how far it
                is, and can be taken back as a whole.
              </Text>
              {importButton(file?.source ?? new File([text], "pasted.fasta"))}
            </Stack>
          </Alert>
        )}

        <div className={classes.fields}>
          {(single !== null || records.length === 0) && (
            <TextInput
              label="Name"
              maxLength={500}
              autoComplete="off"
              value={name}
              disabled={add.isPending}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <CollectionSelect label="Collection" value={collection} onChange={setCollection} />
          <TagsInput
            label="Tags"
            placeholder={tags.length === 0 ? "For all of them" : ""}
            maxTags={50}
            value={tags}
            disabled={add.isPending}
            onChange={(next) => setTags(next.map((tag) => tag.trim().slice(0, 50)).filter(Boolean))}
          />
        </div>
        <Switch
          size="sm"
          label="Circular: the end is followed by the beginning, as in a plasmid"
          checked={circular}
          disabled={add.isPending}
          onChange={(event) => setCircular(event.currentTarget.checked)}
        />
        <Group gap="xs">
          {isDone ? (
            <>
              <Button size="sm" onClick={onClose}>
                Done
              </Button>
              <Button
                variant="subtle"
                color="gray"
                size="sm"
                onClick={() => {
                  setName("");
                  change({ text: "" });
                }}
              >
                Add more
              </Button>
            </>
          ) : (
            <>
              <Button
                type="submit"
                size="sm"
                loading={add.isPending}
                disabled={open.length === 0 || isTooMany}
              >
                {add.isSuccess
                  ? `Try ${counted(open.length, "sequence")} again`
                  : good > 0
                    ? `Add ${counted(good, "sequence")}`
                    : "Add sequences"}
              </Button>
              <Button
                variant="subtle"
                color="gray"
                size="sm"
                disabled={add.isPending}
                onClick={onClose}
              >
                Cancel
              </Button>
            </>
          )}
          {add.isPending && (
            <Text size="sm" c="dimmed" className="tabular" role="status">
              {outcomes.size.toLocaleString("en-GB")} of {good.toLocaleString("en-GB")}
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function keyOf(keys: Map<string, string>, content: string): string {
  const known = keys.get(content) ?? newIdempotencyKey();
  keys.set(content, known);
  return known;
}

/** What was read, record by record, and what became of it. */
function Understood({
  records,
  faults,
  outcomes,
  single,
}: {
  records: readonly PastedRecord[];
  faults: readonly (string | null)[];
  outcomes: ReadonlyMap<number, Outcome>;
  single: boolean;
}) {
  const letters = records.reduce((sum, { bases }) => sum + bases.length, 0);
  const dropped = droppedText({
    blanks: records.reduce((sum, record) => sum + record.dropped.blanks, 0),
    digits: records.reduce((sum, record) => sum + record.dropped.digits, 0),
  });
  const wrong = faults.filter((fault) => fault !== null).length;
  const isRefused = (place: number) => outcomes.get(place)?.state === "refused";
  // What needs to be looked at comes first.
  const order = records
    .map((_record, place) => place)
    .sort((one, other) => weightOf(one) - weightOf(other) || one - other);
  function weightOf(place: number): number {
    return faults[place] !== null || isRefused(place) ? 0 : 1;
  }
  return (
    <section aria-label="What was read">
      <Text size="sm" className="tabular">
        <strong>
          {counted(records.length, "sequence")} with {counted(letters, "letter")}
        </strong>
        {dropped !== null && `; ${dropped} left out`}
        {wrong > 0 && (
          <Text span c="var(--mantine-color-error)">
            ; {counted(wrong, "sequence")} can’t be added
          </Text>
        )}
      </Text>
      <ul className={classes.records}>
        {order.slice(0, mostShown).map((place) => (
          <ReadRecord
            key={place}
            record={records[place] as PastedRecord}
            title={single ? "Letters" : undefined}
            fault={faults[place] ?? null}
            outcome={outcomes.get(place)}
          />
        ))}
      </ul>
      {records.length > mostShown && (
        <Text size="sm" c="dimmed" mt={6}>
          and {(records.length - mostShown).toLocaleString("en-GB")} more
        </Text>
      )}
    </section>
  );
}

function ReadRecord({
  record,
  title,
  fault,
  outcome,
}: {
  record: PastedRecord;
  title: string | undefined;
  fault: string | null;
  outcome: Outcome | undefined;
}) {
  const { toSequence } = useSequenceLinks();
  const trouble = fault ?? (outcome?.state === "refused" ? outcome.reason : null);
  return (
    <li className={classes.record} data-tone={trouble === null ? undefined : "trouble"}>
      <span className={classes.recordName}>{title ?? (record.name || `Line ${record.line}`)}</span>
      <span className={classes.figures}>{counted(record.bases.length, "letter")}</span>
      {trouble !== null ? (
        <span className={classes.trouble}>{trouble}</span>
      ) : (
        outcome &&
        outcome.state !== "refused" && (
          <span>
            {outcome.state === "added" ? "Added as " : "Already there as "}
            {toSequence(outcome.sequence.id, { children: titleOf(outcome.sequence) })}
          </span>
        )
      )}
    </li>
  );
}
