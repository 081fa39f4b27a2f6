import { Button, Group, Text, TextInput, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type MouseEvent, useDeferredValue, useMemo, useState } from "react";
import type { Sequence, SequenceFeature } from "@/api/types";
import { counted } from "@/lib/counted";
import { LoadFailure } from "@/ui/notices";
import { Copy } from "./copy";
import { basesOf, colourOf, type Drawn, labelOf, lanesOf, lengthOf } from "./features";
import classes from "./features.module.css";

const laneHeight = 24;
const shownFirst = 10;
const searchedFrom = 10;
const strands = { forward: "forward", reverse: "reverse", both: "both strands" } as const;

/** What lies where on a sequence: a map of it, and all of it in a list. */
export function Features({
  sequence,
  bases,
  found,
  shown,
  onShow,
}: {
  sequence: Sequence;
  bases: string;
  found: UseQueryResult<SequenceFeature[]>;
  shown: SequenceFeature | null;
  onShow: (feature: SequenceFeature | null) => void;
}) {
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(shownFirst);
  const typed = useDeferredValue(wanted.trim().toLowerCase());
  const features = found.data ?? [];
  const matching = useMemo(
    () => (found.data ?? []).filter((feature) => matches(feature, typed)),
    [found.data, typed],
  );
  if (found.isError && !found.data) {
    return (
      <LoadFailure
        what="The features"
        error={found.error}
        retry={() => void found.refetch()}
        retrying={found.isFetching}
      />
    );
  }
  if (features.length === 0) {
    return null;
  }
  const first = matching.slice(0, most);
  // One that was chosen on the map is to be read, too.
  const listed = shown === null || first.includes(shown) ? first : [shown, ...first];
  return (
    <section aria-label="Features">
      <Group justify="space-between" mb="xs">
        <Title order={2}>Features</Title>
        <Text size="sm" c="dimmed" className="tabular">
          {counted(features.length, "feature")}
        </Text>
      </Group>
      <FeatureMap sequence={sequence} features={features} shown={shown} onShow={onShow} />
      {features.length > searchedFrom && (
        <TextInput
          type="search"
          mt="sm"
          maw="24rem"
          aria-label="Search features"
          placeholder="Name, type or note"
          value={wanted}
          onChange={(event) => {
            setWanted(event.currentTarget.value);
            setMost(shownFirst);
          }}
        />
      )}
      {listed.length === 0 ? (
        <Text size="sm" c="dimmed" mt="sm">
          No feature is like that.
        </Text>
      ) : (
        <ul className={classes.list} aria-label="List of features">
          {listed.map((feature) => (
            <FeatureRow
              key={feature.place}
              feature={feature}
              bases={bases}
              isShown={shown?.place === feature.place}
              onShow={onShow}
            />
          ))}
        </ul>
      )}
      {matching.length > most && (
        <Button mt="xs" variant="default" size="compact-sm" onClick={() => setMost(most + 100)}>
          Show more of {matching.length.toLocaleString("en-GB")}
        </Button>
      )}
    </section>
  );
}

function matches({ type, label, qualifiers }: SequenceFeature, typed: string): boolean {
  return (
    typed === "" ||
    type.toLowerCase().includes(typed) ||
    label.toLowerCase().includes(typed) ||
    qualifiers.some(({ value }) => value.toLowerCase().includes(typed))
  );
}

/** The whole sequence as a line, and its features in rows below it. */
function FeatureMap({
  sequence,
  features,
  shown,
  onShow,
}: {
  sequence: Sequence;
  features: readonly SequenceFeature[];
  shown: SequenceFeature | null;
  onShow: (feature: SequenceFeature | null) => void;
}) {
  const { length } = sequence;
  const drawn = useMemo(() => lanesOf(features, length), [features, length]);
  const lanes = Math.max(0, ...drawn.map(({ lane }) => lane + 1));
  if (lanes === 0) {
    return null;
  }

  function choose({ currentTarget, clientX, clientY }: MouseEvent<HTMLElement>) {
    const box = currentTarget.getBoundingClientRect();
    const at = ((clientX - box.left) / box.width) * length;
    const lane = Math.floor((clientY - box.top) / laneHeight);
    // What is narrower than can be pressed is met beside it, too.
    const near = (length / box.width) * 6;
    const met = drawn.find(
      (one) => one.lane === lane && one.start - near <= at && at <= one.end + near,
    );
    if (met) {
      onShow(met.feature);
    }
  }

  return (
    <div className={classes.map}>
      <div className={classes.scale} aria-hidden>
        <span>1</span>
        <span>{Math.round(length / 2).toLocaleString("en-GB")}</span>
        <span>{length.toLocaleString("en-GB")}</span>
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list does the same by keyboard */}
      <div
        role="img"
        aria-label={`Map of ${counted(length, "letter")}${sequence.circular ? ", cut open at the origin" : ""}`}
        className={classes.lanes}
        style={{ height: lanes * laneHeight }}
        onClick={choose}
      >
        {drawn.map((one) => (
          <Bar
            key={`${one.feature.place} ${one.start}`}
            drawn={one}
            length={length}
            isShown={shown?.place === one.feature.place}
          />
        ))}
      </div>
    </div>
  );
}

function Bar({
  drawn: { feature, lane, start, end },
  length,
  isShown,
}: {
  drawn: Drawn;
  length: number;
  isShown: boolean;
}) {
  const arrow = { forward: " ›", reverse: "‹ ", both: "" }[feature.strand];
  const label = labelOf(feature);
  const colour = colourOf(feature);
  return (
    <span
      className={classes.bar}
      data-shown={isShown}
      title={`${label}: ${feature.type}, ${feature.location}`}
      style={{
        left: `${(start / length) * 100}%`,
        width: `${((end - start) / length) * 100}%`,
        top: lane * laneHeight,
        borderColor: colour,
        backgroundColor: `color-mix(in srgb, ${colour} ${isShown ? 45 : 18}%, var(--bb-surface))`,
      }}
    >
      {feature.strand === "reverse" ? `${arrow}${label}` : `${label}${arrow}`}
    </span>
  );
}

function FeatureRow({
  feature,
  bases,
  isShown,
  onShow,
}: {
  feature: SequenceFeature;
  bases: string;
  isShown: boolean;
  onShow: (feature: SequenceFeature | null) => void;
}) {
  const { type, strand, location, spans, qualifiers } = feature;
  const label = labelOf(feature);
  return (
    <li className={classes.item} data-shown={isShown}>
      <div className={classes.head}>
        <button
          type="button"
          className={classes.name}
          aria-expanded={isShown}
          onClick={() => onShow(isShown ? null : feature)}
        >
          <span className={classes.swatch} style={{ backgroundColor: colourOf(feature) }} />
          {label}
        </button>
        <Text span size="sm" c="dimmed" className="tabular">
          {type}, {strands[strand]},{" "}
          {spans.length === 0 ? "elsewhere" : counted(lengthOf(feature), "letter")}
        </Text>
      </div>
      {isShown && (
        <div className={classes.details}>
          <dl className={classes.qualifiers}>
            <dt>location</dt>
            <dd>{location}</dd>
            {qualifiers.map(({ name, value }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same may be said twice
              <div key={index} className={classes.pair}>
                <dt>{name}</dt>
                <dd>{value || "yes"}</dd>
              </div>
            ))}
          </dl>
          {spans.length > 0 && (
            <Copy
              value={() => basesOf(feature, bases)}
              label="Copy the bases"
              what={`the bases of ${label}`}
            />
          )}
        </div>
      )}
    </li>
  );
}
