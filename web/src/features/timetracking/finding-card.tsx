import { Button, Group, Text, TextInput } from "@mantine/core";
import {
  IconArrowAutofitWidth,
  IconClockExclamation,
  IconCut,
  IconLayersIntersect,
} from "@tabler/icons-react";
import { type FormEvent, useId, useState } from "react";
import { usePlace } from "@/api/me";
import type { Finding } from "@/api/types";
import { readableDuration } from "@/lib/duration";
import {
  changeText,
  clock,
  type Drawing,
  draw,
  labelOfOffer,
  letterOf,
  type Offer,
  reasonOfEnd,
  titleOfFinding,
} from "./check-wording";
import classes from "./checks-page.module.css";
import { endAt } from "./end-at";

const icons = {
  overlap: IconLayersIntersect,
  gap: IconArrowAutofitWidth,
  short: IconCut,
  long: IconClockExclamation,
};

/** One finding: what it is, drawn; and the repairs, whose outcome shows before they are pressed. */
export function FindingCard({
  finding,
  isBusy,
  onRepair,
}: {
  finding: Finding;
  isBusy: boolean;
  onRepair: (offer: Pick<Offer, "action" | "at">, more?: { at?: string; name?: string }) => void;
}) {
  const place = usePlace();
  const titleId = useId();
  const [tried, setTried] = useState<Offer | null>(null);
  const [asking, setAsking] = useState<"fill" | "end_at" | null>(null);
  const Icon = icons[finding.kind];
  const isLong = finding.kind === "long" && finding.kept_at == null;

  return (
    <article className={classes.card} aria-labelledby={titleId} aria-busy={isBusy}>
      <header className={classes.head}>
        <Icon size={19} stroke={1.7} aria-hidden className={classes.icon ?? ""} />
        <h3 id={titleId} className={classes.title}>
          {titleOfFinding(finding)}
        </h3>
        <span className={classes.times}>
          {clock(finding.from, finding, place)} – {clock(finding.to, finding, place)}
        </span>
      </header>
      <TimeLine finding={finding} drawing={draw(finding, tried)} isTried={tried !== null} />
      <Group gap={8} className={classes.repairsOf ?? ""}>
        {finding.repairs.map((offer) => {
          const change = changeText(offer.total_change_seconds);
          const reason = reasonOfEnd(offer.reason);
          const isQuiet = offer.action === "keep" || offer.action === "show";
          return (
            <Button
              key={`${offer.action} ${offer.at ?? ""}`}
              size="compact-md"
              variant={isQuiet ? "subtle" : "default"}
              {...(isQuiet ? { color: "gray" } : {})}
              classNames={{ root: classes.offer ?? "", label: classes.offerLabel ?? "" }}
              disabled={isBusy}
              {...(offer.action === "fill" ? { "aria-expanded": asking === "fill" } : {})}
              onMouseEnter={() => setTried(offer)}
              onMouseLeave={() => setTried(null)}
              onFocus={() => setTried(offer)}
              onBlur={() => setTried(null)}
              onClick={() =>
                offer.action === "fill"
                  ? setAsking((before) => (before === "fill" ? null : "fill"))
                  : onRepair(offer)
              }
            >
              {labelOfOffer(finding, offer, place)}
              {reason && <span className={classes.why}>{reason}</span>}
              {change && <span className={classes.change}>{change}</span>}
            </Button>
          );
        })}
        {isLong && (
          <Button
            size="compact-md"
            variant="default"
            classNames={{ root: classes.offer ?? "", label: classes.offerLabel ?? "" }}
            disabled={isBusy}
            aria-expanded={asking === "end_at"}
            onClick={() => setAsking((before) => (before === "end_at" ? null : "end_at"))}
          >
            End at …
          </Button>
        )}
      </Group>
      {asking === "fill" && (
        <FillForm
          finding={finding}
          onFill={(name) => onRepair({ action: "fill" }, { name })}
          isBusy={isBusy}
        />
      )}
      {asking === "end_at" && (
        <EndForm
          finding={finding}
          onEnd={(at) => onRepair({ action: "end_at" }, { at })}
          isBusy={isBusy}
        />
      )}
    </article>
  );
}

/** The sessions as bars over one time line, and the time that the finding is about behind them. */
function TimeLine({
  finding,
  drawing,
  isTried,
}: {
  finding: Finding;
  drawing: Drawing;
  isTried: boolean;
}) {
  const place = usePlace();
  const percent = (part: number) => `${part * 100}%`;
  return (
    <div className={classes.line} data-tried={isTried} data-alone={finding.kind === "short"}>
      <ul className={classes.names}>
        {finding.sessions.map((session, index) => (
          <li key={session.id} className={classes.name}>
            {finding.sessions.length > 1 && (
              <span className={classes.letter} data-letter={letterOf(index)}>
                {letterOf(index)}
              </span>
            )}
            <Text
              span
              size="sm"
              fw={500}
              truncate
              {...(session.name === "" ? { fs: "italic" } : {})}
            >
              {session.name || "Untitled session"}
            </Text>
            <Text span size="sm" c="dimmed" className={classes.spanOf ?? ""}>
              {clock(session.started_at, finding, place)} –{" "}
              {clock(session.ended_at ?? session.started_at, finding, place)}
            </Text>
          </li>
        ))}
      </ul>
      {finding.kind !== "short" && (
        <div className={classes.lanes} aria-hidden>
          {finding.kind !== "long" && (
            <span
              className={classes.found}
              data-kind={finding.kind}
              style={{
                left: percent(drawing.found.from),
                width: percent(drawing.found.to - drawing.found.from),
              }}
            />
          )}
          {drawing.lanes.map((lane) => (
            <span key={lane.key} className={classes.lane}>
              {lane.spans.map((span) => (
                <span
                  key={span.from}
                  className={classes.bar}
                  data-letter={span.isNew && finding.kind === "gap" ? "new" : lane.letter}
                  style={{ left: percent(span.from), width: percent(span.to - span.from) }}
                />
              ))}
            </span>
          ))}
        </div>
      )}
    </div>
  );
}

/** Asks for the name of the session that is to fill a gap; those around it are offered. */
function FillForm({
  finding,
  isBusy,
  onFill,
}: {
  finding: Finding;
  isBusy: boolean;
  onFill: (name: string) => void;
}) {
  const [name, setName] = useState("");
  const listId = useId();
  const names = [...new Set(finding.sessions.map((session) => session.name).filter(Boolean))];

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() !== "") {
      onFill(name.trim());
    }
  }
  return (
    <form className={classes.ask} onSubmit={submit} aria-label="Fill the gap">
      <TextInput
        className={classes.grow ?? ""}
        label="What was it?"
        maxLength={500}
        autoComplete="off"
        list={listId}
        data-autofocus
        ref={(field) => {
          if (field && document.activeElement?.closest("form") !== field.form) {
            field.focus();
          }
        }}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <datalist id={listId}>
        {names.map((known) => (
          <option key={known} value={known} />
        ))}
      </datalist>
      <Button type="submit" size="sm" disabled={name.trim() === "" || isBusy}>
        Fill {readableDuration(finding.duration_seconds)}
      </Button>
    </form>
  );
}

/** Asks when a session that is too long really ended: a time after its start. */
function EndForm({
  finding,
  isBusy,
  onEnd,
}: {
  finding: Finding;
  isBusy: boolean;
  onEnd: (at: string) => void;
}) {
  const place = usePlace();
  const [text, setText] = useState("");
  const at = endAt(finding.from, finding.to, text, place.timeZone);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (at) {
      onEnd(at);
    }
  }
  return (
    <form className={classes.ask} onSubmit={submit} aria-label="End at another time">
      <TextInput
        label="Ended at"
        placeholder="17:30"
        autoComplete="off"
        ref={(field) => {
          if (field && document.activeElement?.closest("form") !== field.form) {
            field.focus();
          }
        }}
        value={text}
        error={text !== "" && !at ? "A time before the end it has." : null}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="sm" disabled={!at || isBusy}>
        End there
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {at
          ? `${clock(at, finding, place)}, after ${readableDuration(
              (Date.parse(at) - Date.parse(finding.from)) / 1000,
            )}`
          : "\u00a0"}
      </Text>
    </form>
  );
}
