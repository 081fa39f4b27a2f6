import { Button, Group, Text, TextInput } from "@mantine/core";
import { type FormEvent, type UIEvent, useEffect, useId, useRef, useState } from "react";
import classes from "./sequences.module.css";

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
export function BaseViewer({ bases }: { bases: string }) {
  const frame = useRef<HTMLElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [lettersInALine, setLettersInALine] = useState(60);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const [marked, setMarked] = useState<number | null>(null);
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
}: {
  start: number;
  letters: string;
  marked: number | null;
}) {
  const blocks: string[] = [];
  for (let at = 0; at < letters.length; at += block) {
    blocks.push(letters.slice(at, at + block));
  }
  return (
    <div className={classes.line} style={{ height: lineHeight }}>
      <span className={classes.ruler}>{(start + 1).toLocaleString("en-GB")}</span>
      {blocks.map((each, index) => {
        const from = start + index * block;
        const place = marked === null ? -1 : marked - 1 - from;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block is known by its place
          <span key={index}>
            {place >= 0 && place < each.length ? (
              <>
                {each.slice(0, place)}
                <mark className={classes.here}>{each.charAt(place)}</mark>
                {each.slice(place + 1)}
              </>
            ) : (
              each
            )}
          </span>
        );
      })}
    </div>
  );
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
