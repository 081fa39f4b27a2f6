import { Button, Group, Text, TextInput } from "@mantine/core";
import { type FormEvent, type UIEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { SequenceFeature } from "@/api/types";
import { coloursOf, type Places, placesOf } from "./features";
import classes from "./sequences.module.css";

const none: readonly SequenceFeature[] = [];
const block = 10;
const lineHeight = 26;
/** Lines above and below the window, so that a quick scroll meets no blank. */
const spareLines = 12;
const mostLines = 22;
/** What a block of ten and the ruler need, measured in letters of the fixed-width type. */
const rulerLetters = 11;

/**
 * Bases in blocks of ten with the place of each line's first letter. Only what is in view is drawn,
 * so that ten million letters scroll like ten thousand.
 */
export function BaseViewer({
  bases,
  features = none,
  shown = null,
}: {
  bases: string;
  /** Underlined in their colours. */
  features?: readonly SequenceFeature[];
  /** The one that is looked at: shaded, and scrolled to when it becomes another one. */
  shown?: SequenceFeature | null;
}) {
  const frame = useRef<HTMLElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [lettersInALine, setLettersInALine] = useState(60);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const [marked, setMarked] = useState<number | null>(null);
  const places = useMemo(() => placesOf(features), [features]);
  const lines = Math.ceil(bases.length / lettersInALine);

  useEffect(() => {
    const element = frame.current;
    if (!element) {
      return;
    }
    const measure = () => {
      const letter = (probe.current?.getBoundingClientRect().width ?? 80) / block;
      const room = element.clientWidth / Math.max(letter, 1) - rulerLetters;
      const blocks = Math.min(Math.max(Math.floor(room / (block + 1)), 1), 6);
      setLettersInALine(blocks * block);
      setHeight(element.clientHeight);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function goTo(place: number) {
    setMarked(place);
    const line = Math.floor((place - 1) / lettersInALine);
    const element = frame.current;
    if (element) {
      element.scrollTop = Math.max(line * lineHeight - element.clientHeight / 2, 0);
      element.focus({ preventScroll: true });
    }
  }

  const shownStart = shown?.spans[0]?.start;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another feature scrolls, not another width
  useEffect(() => {
    const element = frame.current;
    if (element && shownStart !== undefined) {
      const line = Math.floor(shownStart / lettersInALine);
      element.scrollTop = Math.max((line - 2) * lineHeight, 0);
    }
  }, [shown]);

  const first = Math.max(Math.floor(top / lineHeight) - spareLines, 0);
  const last = Math.min(first + Math.ceil(height / lineHeight) + 2 * spareLines, lines);
  return (
    <div>
      {bases.length > lettersInALine * 10 && <GoTo length={bases.length} onGo={goTo} />}
      <section
        ref={frame}
        className={classes.viewer}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label="Bases"
        style={{ height: Math.min(lines, mostLines) * lineHeight + 24 }}
        onScroll={(event: UIEvent<HTMLElement>) => setTop(event.currentTarget.scrollTop)}
      >
        <span ref={probe} className={classes.probe} aria-hidden>
          {"A".repeat(block)}
        </span>
        <div style={{ height: lines * lineHeight, position: "relative" }}>
          <div style={{ transform: `translateY(${first * lineHeight}px)` }}>
            {Array.from({ length: Math.max(last - first, 0) }, (_nothing, index) => {
              const start = (first + index) * lettersInALine;
              return (
                <Line
                  key={start}
                  start={start}
                  letters={bases.slice(start, start + lettersInALine)}
                  marked={marked}
                  places={places}
                  shown={shown}
                />
              );
            })}
          </div>
        </div>
      </section>
    </div>
  );
}

function Line({
  start,
  letters,
  marked,
  places,
  shown,
}: {
  start: number;
  letters: string;
  marked: number | null;
  places: Places;
  shown: SequenceFeature | null;
}) {
  const blocks: string[] = [];
  for (let at = 0; at < letters.length; at += block) {
    blocks.push(letters.slice(at, at + block));
  }
  const colours = coloursOf(places, start, start + letters.length);
  const isShown = (at: number) =>
    shown?.spans.some((span) => span.start <= at && at < span.end) ?? false;
  return (
    <div className={classes.line} style={{ height: lineHeight }}>
      <span className={classes.ruler}>{(start + 1).toLocaleString("en-GB")}</span>
      {blocks.map((each, index) => {
        const from = start + index * block;
        const place = marked === null ? -1 : marked - 1 - from;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block is known by its place
          <span key={index}>
            {runsOf(each.length, (at) => [
              colours[index * block + at] ?? null,
              isShown(from + at),
              at === place,
            ]).map(({ start: at, end, colour, isInShown, isHere }) =>
              isHere ? (
                <mark key={at} className={classes.here}>
                  {each.slice(at, end)}
                </mark>
              ) : colour === null && !isInShown ? (
                each.slice(at, end)
              ) : (
                <span
                  key={at}
                  className={classes.feature}
                  data-shown={isInShown}
                  style={colour === null ? {} : { borderColor: colour }}
                >
                  {each.slice(at, end)}
                </span>
              ),
            )}
          </span>
        );
      })}
    </div>
  );
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly colour: string | null;
  readonly isInShown: boolean;
  readonly isHere: boolean;
}

/** Neighbouring letters that look alike, as runs. */
function runsOf(
  length: number,
  lookOf: (at: number) => readonly [colour: string | null, isInShown: boolean, isHere: boolean],
): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < length; at += 1) {
    const [colour, isInShown, isHere] = lookOf(at);
    const last = runs.at(-1);
    if (last && last.colour === colour && last.isInShown === isInShown && last.isHere === isHere) {
      runs[runs.length - 1] = { ...last, end: at + 1 };
    } else {
      runs.push({ start: at, end: at + 1, colour, isInShown, isHere });
    }
  }
  return runs;
}

function GoTo({ length, onGo }: { length: number; onGo: (place: number) => void }) {
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const hint = useId();

  function submit(event: FormEvent) {
    event.preventDefault();
    const place = Number(text.replace(/[\s,.']/g, ""));
    const isPlace = Number.isInteger(place) && place >= 1 && place <= length;
    setWrong(!isPlace);
    if (isPlace) {
      onGo(place);
    }
  }

  return (
    <form onSubmit={submit} className={classes.goTo} noValidate>
      <Group gap="xs" align="center">
        <TextInput
          aria-label="Letter to go to"
          aria-describedby={hint}
          placeholder="Letter"
          inputMode="numeric"
          w="8rem"
          value={text}
          error={isWrong}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setWrong(false);
          }}
        />
        <Button type="submit" variant="default" size="sm">
          Go to letter
        </Button>
        <Text id={hint} size="sm" c={isWrong ? "var(--mantine-color-error)" : "dimmed"}>
          1 to {length.toLocaleString("en-GB")}
        </Text>
      </Group>
    </form>
  );
}
