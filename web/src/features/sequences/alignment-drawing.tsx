import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { alignmentLines, editsOf, editText } from "./alignment";
import classes from "./search.module.css";

const mostSpoken = 12;

interface Drawn {
  /** As it stands on the strand on which it was found. */
  readonly query: string;
  /** The letters of the place. */
  readonly target: string;
  readonly cigar: string;
  /** 0-based, in the sequence. */
  readonly start: number;
  /** Of the whole sequence: places go on from the first letter after its last. */
  readonly length: number;
  readonly isReverse: boolean;
}

/** The query above the sequence, with what differs marked by its sign and not by colour alone. */
export function AlignmentDrawing({ drawn, linesAtFirst }: { drawn: Drawn; linesAtFirst: number }) {
  const { query, target, cigar, start, length, isReverse } = drawn;
  const isNarrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [isWhole, setWhole] = useState(false);
  const lines = useMemo(
    () => alignmentLines(query, target, cigar, start, isNarrow ? 20 : 60),
    [query, target, cigar, start, isNarrow],
  );
  if (lines === null) {
    return null;
  }
  // Folded, it shows where the edits are; the places at either end tell what lies between.
  const edited = lines.filter(({ runs }) => runs.some(({ edit }) => edit !== null));
  const folded = (edited.length > 0 ? edited : lines).slice(0, linesAtFirst);
  const shown = isWhole ? lines : folded;
  const width = String(Math.max(query.length, length)).length;
  const ofQuery = (place: number) => (isReverse ? query.length - place + 1 : place);
  const ofTarget = (place: number) => ((place - 1) % length) + 1;
  return (
    <div>
      <div className={classes.alignment} role="img" aria-label={spoken(drawn)}>
        {shown.map((line) => (
          <div key={`${line.queryEnd} ${line.targetEnd}`} className={classes.alignmentLine}>
            <div>
              <span className={classes.place}>
                {String(ofQuery(line.queryStart)).padStart(width)}
              </span>
              <Letters runs={line.runs} row="query" />
              <span className={classes.place}>{ofQuery(line.queryEnd)}</span>
            </div>
            <div className={classes.signs}>
              <span className={classes.place}>{" ".repeat(width)}</span>
              {line.runs
                .map(({ edit, query: letters }) =>
                  (edit === null ? "|" : edit === "replaced" ? "×" : " ").repeat(letters.length),
                )
                .join("")}
            </div>
            <div>
              <span className={classes.place}>
                {String(ofTarget(line.targetStart)).padStart(width)}
              </span>
              <Letters runs={line.runs} row="target" />
              <span className={classes.place}>{ofTarget(line.targetEnd)}</span>
            </div>
          </div>
        ))}
      </div>
      {lines.length > folded.length && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-expanded={isWhole}
          onClick={() => setWhole((before) => !before)}
        >
          {isWhole ? "Show less" : `Show all ${lines.length.toLocaleString("en-GB")} lines`}
        </Button>
      )}
    </div>
  );
}

function Letters({
  runs,
  row,
}: {
  runs: readonly { edit: string | null; query: string; target: string }[];
  row: "query" | "target";
}) {
  return (
    <span className={classes.row}>
      {runs.map((run, index) =>
        run.edit === null ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a run is known by its place
          <span key={index}>{run[row]}</span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a run is known by its place
          <mark key={index} className={classes.edit}>
            {run[row]}
          </mark>
        ),
      )}
    </span>
  );
}

function spoken({ query, target, cigar }: Drawn): string {
  const edits = editsOf(query, target, cigar);
  if (edits.length === 0) {
    return "Alignment: all letters are the same";
  }
  const named = edits.slice(0, mostSpoken).map(editText).join("; ");
  const more = edits.length > mostSpoken ? `; and ${edits.length - mostSpoken} more` : "";
  return `Alignment. ${named}${more}`;
}

/** The drawing as plain text, for a note or a message. */
export function alignmentText({ query, target, cigar, start, length, isReverse }: Drawn): string {
  const lines = alignmentLines(query, target, cigar, start) ?? [];
  const width = String(Math.max(query.length, length)).length;
  const ofQuery = (place: number) => (isReverse ? query.length - place + 1 : place);
  const ofTarget = (place: number) => ((place - 1) % length) + 1;
  return lines
    .map(({ runs, ...line }) => {
      const letters = (row: "query" | "target") => runs.map((run) => run[row]).join("");
      const signs = runs
        .map((run) =>
          (run.edit === null ? "|" : run.edit === "replaced" ? "x" : " ").repeat(run.query.length),
        )
        .join("");
      const places = (first: number, text: string, last: number) =>
        `${String(first).padStart(width)} ${text} ${last}`;
      return [
        places(ofQuery(line.queryStart), letters("query"), ofQuery(line.queryEnd)),
        `${" ".repeat(width)} ${signs}`,
        places(ofTarget(line.targetStart), letters("target"), ofTarget(line.targetEnd)),
      ].join("\n");
    })
    .join("\n\n");
}
