import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useMemo, useState } from "react";
import { explain } from "@/api/problem";
import type { SearchHit } from "@/api/types";
import { counted } from "@/lib/counted";
import { lettersAt } from "./alignment";
import { AlignmentDrawing, alignmentText } from "./alignment-drawing";
import { reverseComplement } from "./bases";
import { Copy } from "./copy";
import classes from "./search.module.css";
import { titleOf } from "./sequence-actions";
import { useSequenceLinks } from "./sequence-links";
import { sequenceQuery } from "./sequence-queries";

export function HitList({
  query,
  hits,
  label,
  isOld,
}: {
  query: string;
  hits: readonly SearchHit[];
  label: string;
  /** What was found before, while what is asked for now is on its way. */
  isOld: boolean;
}) {
  const reverse = useMemo(() => reverseComplement(query), [query]);
  return (
    <ul className={classes.hits} aria-label={label} aria-busy={isOld} data-old={isOld}>
      {hits.map((hit) => (
        <Hit
          key={`${hit.sequence.id} ${hit.strand} ${hit.start} ${hit.end}`}
          hit={hit}
          query={hit.strand === "reverse" ? reverse : query}
        />
      ))}
    </ul>
  );
}

const Hit = memo(function Hit({ hit, query }: { hit: SearchHit; query: string }) {
  const { sequence, distance, strand, start, end, cigar } = hit;
  const { toSequence } = useSequenceLinks();
  const [isWanted, setWanted] = useState(false);
  // Lists leave the letters of long sequences out; without an edit the query is the place.
  const isMissing = sequence.bases === null && distance > 0;
  const whole = useQuery({ ...sequenceQuery(sequence.id), enabled: isMissing && isWanted });
  const bases = sequence.bases ?? whole.data?.data.bases ?? null;
  const target = distance === 0 ? query : bases === null ? null : lettersAt(bases, start, end);
  const drawn = target !== null && {
    query,
    target,
    cigar,
    start,
    length: sequence.length,
    isReverse: strand === "reverse",
  };
  const last = end > sequence.length ? end - sequence.length : end;
  return (
    <li className={classes.hit}>
      <div className={classes.head}>
        {toSequence(sequence.id, {
          className: classes.name ?? "",
          children: titleOf(sequence),
        })}
        <span className={classes.distance} data-same={distance === 0}>
          {distance === 0 ? "no edit" : counted(distance, "edit")}
        </span>
        {strand === "reverse" && <span className={classes.strand}>reverse strand</span>}
        <span className={classes.where}>
          letters {(start + 1).toLocaleString("en-GB")}–{last.toLocaleString("en-GB")} of{" "}
          {sequence.length.toLocaleString("en-GB")}
          {end > sequence.length && ", over the origin"}
        </span>
        <code className={classes.cigar} title="CIGAR">
          {cigar}
        </code>
        <Group gap={4} ml="auto">
          <Copy value={() => cigar} label="CIGAR" what={`the CIGAR of ${titleOf(sequence)}`} />
          {drawn && (
            <Copy
              value={() => alignmentText(drawn)}
              label="Alignment"
              what={`the alignment with ${titleOf(sequence)}`}
            />
          )}
        </Group>
      </div>
      {drawn ? (
        <AlignmentDrawing drawn={drawn} linesAtFirst={distance === 0 ? 1 : 5} />
      ) : whole.isError ? (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {explain(whole.error)}
        </Text>
      ) : (
        <Button
          variant="default"
          size="compact-sm"
          loading={whole.isFetching}
          onClick={() => setWanted(true)}
        >
          Draw the alignment
        </Button>
      )}
    </li>
  );
});
