import {
  Alert,
  Button,
  Group,
  Input,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconMoonStars } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import {
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { dayTitle, timeOfDay } from "@/lib/calendar";
import { parseDuration, readableDuration } from "@/lib/duration";
import { fromInstant } from "@/lib/wall-clock";
import { tagsQuery } from "./catalogue-queries";
import { ProjectPicker } from "./project-picker";
import type { SessionDraft } from "./session-actions";
import classes from "./session-form.module.css";
import { resolveTimes, type TimeTexts } from "./session-times";
import { wallTimeText } from "./wall-time-text";

const errorDelayMs = 250;

export interface SessionFormValues {
  readonly name: string;
  readonly note: string;
  readonly project_id: string | null;
  readonly tags: readonly string[];
  readonly billable: boolean;
  /** Null for a new session without times yet. */
  readonly times: { readonly started_at: string; readonly ended_at: string } | null;
}

/**
 * The form in which a session is written down or corrected. The end may be given as a time or as
 * a duration: whichever was typed last counts, and the other one and the reading follow.
 */
export function SessionForm({
  label,
  initial,
  today,
  isSaving,
  isWaiting,
  error,
  submitLabel,
  extra,
  onSubmit,
  onCancel,
}: {
  label: string;
  initial: SessionFormValues;
  today: string;
  isSaving: boolean;
  /** The server is away; the form is sent when it is back. */
  isWaiting: boolean;
  error: unknown;
  submitLabel: string;
  extra?: ReactNode;
  onSubmit: (draft: SessionDraft) => void;
  onCancel: () => void;
}) {
  const place = usePlace();
  const knownTags = useQuery(tagsQuery);
  const nameField = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(initial.name);
  const [note, setNote] = useState(initial.note);
  const [projectId, setProjectId] = useState(initial.project_id);
  const [tags, setTags] = useState<string[]>([...initial.tags]);
  const [billable, setBillable] = useState(initial.billable);
  const [original] = useState(() => textsOf(initial, today, place));
  const [texts, setTexts] = useState<TimeTexts>(original);
  const [wasSubmitted, setSubmitted] = useState(false);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());

  useEffect(() => {
    nameField.current?.focus();
    nameField.current?.select();
  }, []);

  const hasNewTimes = (Object.keys(texts) as (keyof TimeTexts)[]).some(
    (key) => key !== "endsBy" && texts[key] !== original[key],
  );
  const resolved = resolveTimes(texts, place.timeZone);
  const isUnnamed = name.trim() === "";

  function change(next: Partial<TimeTexts>) {
    setTexts((before) => follow({ ...before, ...next }, place.timeZone, place.locale));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (isUnnamed) {
      nameField.current?.focus();
      return;
    }
    const times = !hasNewTimes && initial.times ? initial.times : resolved.times;
    if (times && !isSaving) {
      onSubmit({
        name: name.trim(),
        note: note.trim(),
        started_at: times.started_at,
        ended_at: times.ended_at,
        project_id: projectId,
        tags,
        billable,
      });
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.stopPropagation();
      onCancel();
    }
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      submit(event);
    }
  }

  const problem = error instanceof Problem ? error : null;
  function fieldError(field: "date" | "from" | "to" | "duration" | "endDate"): string | null {
    const shown = wasSubmitted || touched.has(field);
    return (shown ? resolved.errors?.[field] : undefined) ?? null;
  }
  // Not at once: an error that pushes the buttons down would make the press that left the field
  // miss the button it was meant for.
  const leave = (field: string) => () => {
    setTimeout(() => setTouched((before) => new Set(before).add(field)), errorDelayMs);
  };

  return (
    <form
      className={classes.form}
      aria-label={label}
      onSubmit={submit}
      onKeyDown={onKeyDown}
      noValidate
    >
      <TextInput
        ref={nameField}
        className={classes.name ?? ""}
        label="Name"
        placeholder="What did you work on?"
        maxLength={500}
        autoComplete="off"
        value={name}
        error={wasSubmitted && isUnnamed ? "Give it a name." : problem?.field("name")}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="Date"
        value={texts.date}
        max="9999-12-31"
        error={fieldError("date")}
        onBlur={leave("date")}
        onChange={(event) => change({ date: event.currentTarget.value })}
      />
      <TextInput
        label="From"
        placeholder="9:00"
        autoComplete="off"
        value={texts.from}
        error={fieldError("from") ?? problem?.field("started_at")}
        onBlur={leave("from")}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        label="To"
        placeholder="10:30"
        autoComplete="off"
        value={texts.to}
        error={fieldError("to") ?? problem?.field("ended_at")}
        onBlur={leave("to")}
        onChange={(event) => change({ to: event.currentTarget.value, endsBy: "to" })}
      />
      <TextInput
        label="Duration"
        placeholder="90, 1.5, 1:30"
        autoComplete="off"
        value={texts.duration}
        error={fieldError("duration")}
        onBlur={leave("duration")}
        onChange={(event) => change({ duration: event.currentTarget.value, endsBy: "duration" })}
      />
      {original.endDate !== "" && (
        <TextInput
          type="date"
          label="Ends on"
          value={texts.endDate}
          error={fieldError("endDate")}
          onChange={(event) => change({ endDate: event.currentTarget.value, endsBy: "to" })}
        />
      )}
      <Input.Wrapper
        className={classes.project ?? ""}
        label="Project"
        labelElement="div"
        error={problem?.field("project_id")}
      >
        <ProjectPicker
          projectId={projectId}
          className={classes.picker}
          onPick={(project) => {
            setProjectId(project?.id ?? null);
            // As the project has it; the switch below has the last word.
            setBillable((before) => project?.billable ?? before);
          }}
        />
      </Input.Wrapper>
      <TagsInput
        className={classes.labels ?? ""}
        label="Tags"
        placeholder={tags.length === 0 ? "Add a tag, then Enter" : ""}
        data={(knownTags.data ?? []).map((tag) => tag.name)}
        value={tags}
        onChange={setTags}
        maxTags={20}
        acceptValueOnBlur
        clearable={false}
        error={problem?.field("tags")}
      />
      <Textarea
        className={classes.wide ?? ""}
        label="Note"
        placeholder="Anything worth remembering"
        autosize
        minRows={1}
        maxRows={8}
        maxLength={5000}
        value={note}
        error={problem?.field("note")}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <div className={classes.reading} role="status">
        <Reading texts={texts} resolved={resolved} place={place} today={today} />
      </div>
      {error !== null && error !== undefined && !isSaving && (
        <Alert className={classes.wide ?? ""} color="safranin" variant="light" role="alert">
          {explain(error)}
        </Alert>
      )}
      <div className={classes.actions}>
        <Group gap="xs">
          <Button type="submit" size="sm" loading={isSaving && !isWaiting} disabled={isWaiting}>
            {submitLabel}
          </Button>
          <Button variant="subtle" color="gray" size="sm" onClick={onCancel}>
            Cancel
          </Button>
          {isWaiting && (
            <Text size="sm" c="dimmed" role="status">
              Kept here; it is saved when Benchbook is back.
            </Text>
          )}
        </Group>
        <Group gap="md">
          <Switch
            size="sm"
            label="Billable"
            checked={billable}
            onChange={(event) => setBillable(event.currentTarget.checked)}
          />
          {extra}
        </Group>
      </div>
    </form>
  );
}

/** Says in words what the fields were understood to mean. */
function Reading({
  texts,
  resolved,
  place,
  today,
}: {
  texts: TimeTexts;
  resolved: ReturnType<typeof resolveTimes>;
  place: { locale: string; timeZone: string };
  today: string;
}) {
  if (!resolved.times) {
    const typed = texts.endsBy === "duration" ? parseDuration(texts.duration) : null;
    return (
      <Text size="sm" c="dimmed">
        {typed
          ? `${readableDuration(typed)} …`
          : "Give an end or a duration: 90, 1.5, 1h30 or 1:30."}
      </Text>
    );
  }
  const { times } = resolved;
  return (
    <Text size="sm" c="dimmed" className="tabular">
      <strong>{readableDuration(times.seconds)}</strong> on{" "}
      {dayTitle(texts.date, today, place.locale)}, {timeOfDay(times.started_at, place)} to{" "}
      {timeOfDay(times.ended_at, place)}
      {times.laterDays > 0 && (
        <span className={classes.later}>
          <IconMoonStars size={15} aria-hidden />
          {times.laterDays === 1 ? "ends the next day" : `ends ${times.laterDays} days later`},{" "}
          {dayTitle(times.endDate, today, place.locale)}
        </span>
      )}
      {times.movedByClockChange &&
        " Clocks go forward in between, so a time that does not exist was moved by an hour."}
    </Text>
  );
}

function textsOf(
  initial: SessionFormValues,
  today: string,
  place: { locale: string; timeZone: string },
): TimeTexts {
  if (!initial.times) {
    return { date: today, from: "", to: "", duration: "", endDate: "", endsBy: "to" };
  }
  const { started_at, ended_at } = initial.times;
  const begin = fromInstant(started_at, place.timeZone);
  const end = fromInstant(ended_at, place.timeZone);
  const seconds = (Date.parse(ended_at) - Date.parse(started_at)) / 1000;
  const base: TimeTexts = {
    date: begin.date,
    from: wallTimeText(started_at, place),
    to: wallTimeText(ended_at, place),
    duration: readableDuration(seconds),
    endDate: "",
    endsBy: "to",
  };
  // Where the usual reading (today, or tomorrow if earlier) would be another end, ask for the day.
  const usual = resolveTimes(base, place.timeZone).times;
  return usual?.endDate === end.date ? base : { ...base, endDate: end.date };
}

/** Lets the field that was not typed in follow the one that was. */
function follow(texts: TimeTexts, timeZone: string, locale: string): TimeTexts {
  const { times } = resolveTimes(texts, timeZone);
  if (!times) {
    return texts.endsBy === "to" ? { ...texts, duration: "" } : texts;
  }
  return texts.endsBy === "to"
    ? { ...texts, duration: readableDuration(times.seconds) }
    : {
        ...texts,
        to: wallTimeText(times.ended_at, { timeZone, locale }),
        endDate: texts.endDate === "" ? "" : times.endDate,
      };
}
