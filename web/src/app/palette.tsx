import { Modal } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlayerPlay, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { answer, api } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { Session } from "@/api/types";
import { timerQuery } from "@/features/timetracking/queries";
import { useStartTimer } from "@/features/timetracking/timer-actions";
import { dayOf, shortDate } from "@/lib/calendar";
import { type Command, matching, useOfferedCommands } from "@/lib/commands";
import { Keys } from "@/ui/keys";
import classes from "./palette.module.css";

const foundSessions = 5;
const continuing = "Continue";
const withTyped = "With what you typed";
/** The headings that come first; the others follow as they were offered. */
const firstGroups = ["Timer", "Hours"];

const earlierQuery = (personId: string, text: string) =>
  queryOptions({
    queryKey: ["sessions", "palette", personId, text],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/sessions", {
          signal,
          params: {
            query: { person_id: personId, limit: 20, ...(text === "" ? {} : { q: text }) },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

/** Everything that can be done, found by typing: commands, pages, earlier sessions to continue. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const text = typed.trim();
  const commands = useOfferedCommands();
  const navigate = useNavigate();
  const { person, modules } = useMe();
  const hasHours = modules.includes("hours");
  const place = usePlace();
  const { data: timer } = useQuery({ ...timerQuery, enabled: hasHours });
  const { start } = useStartTimer();
  const [searched] = useDebouncedValue(text, 120);
  const earlier = useQuery({ ...earlierQuery(person.id, searched), enabled: hasHours });
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();

  const groups = useMemo(() => {
    const found = new Map<string, Command[]>();
    const add = (command: Command) =>
      found.set(command.group, [...(found.get(command.group) ?? []), command]);
    const matched = matching(commands, text);
    if (text === "") {
      matched.sort((one, other) => placeOf(one.group) - placeOf(other.group));
    }
    if (text !== "" && hasHours) {
      add({
        id: "palette.start",
        group: withTyped,
        label: `${timer?.running ? "Switch to" : "Start"} “${text}”`,
        run: () => start({ name: text }),
      });
      add({
        id: "palette.search",
        group: withTyped,
        label: `Search sessions for “${text}”`,
        run: () => void navigate({ to: "/hours", search: { q: text } }),
      });
    }
    // What was surely meant stands before what may be meant.
    const isSure = text !== "" && matched.length > 0;
    if (isSure) {
      for (const command of matched) {
        add(command);
      }
      const made = found.get(withTyped);
      if (made) {
        found.delete(withTyped);
        found.set(withTyped, made);
      }
    }
    for (const session of distinct(earlier.data?.items ?? []).slice(0, foundSessions)) {
      add({
        id: `continue ${session.id}`,
        group: continuing,
        label: session.name,
        words: shortDate(dayOf(session.started_at, place.timeZone), place.locale),
        run: () => {
          const { id, name, project_id, tags, billable } = session;
          start({ name, project_id, tags, billable, continues: id });
        },
      });
    }
    if (!isSure) {
      for (const command of matched) {
        add(command);
      }
    }
    return [...found];
  }, [commands, text, timer, earlier.data, navigate, start, place, hasHours]);
  const lines = groups.flatMap(([, items]) => items);
  // What was chosen may have gone while one typed; the first line is then.
  const active = Math.max(
    0,
    lines.findIndex(({ id }) => id === chosen),
  );
  const lineId = (index: number) => `${listId}-${index}`;

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    if (active === 0 && list.current) {
      list.current.scrollTop = 0; // the heading above the first line too
    }
  }, [active]);

  function go(to: number) {
    setChosen(lines[(to + lines.length) % lines.length]?.id ?? null);
  }

  function press(event: KeyboardEvent) {
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: lines.length - 1,
    };
    const to = moves[event.key];
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === "Enter") {
      event.preventDefault();
      submit(lines[active]);
    } else if (to !== undefined && !(event.key.length > 3 && event.shiftKey)) {
      event.preventDefault();
      go(to);
    }
  }

  function submit(command: Command | undefined) {
    onClose();
    // Once the dialog has given the focus back, so that what is done may take it.
    setTimeout(() => command?.run(), 0);
  }

  return (
    <Modal.Root opened onClose={onClose} size={600} yOffset="12dvh">
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content
        radius="lg"
        aria-label="Jump to"
        classNames={{ content: classes.palette ?? "" }}
      >
        <div className={classes.head}>
          <IconSearch size={18} stroke={1.8} aria-hidden />
          <input
            className={classes.input}
            type="text"
            role="combobox"
            aria-label="Type a command, a page or what you work on"
            aria-expanded
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={lines.length > 0 ? lineId(active) : undefined}
            placeholder="Type a command, a page or what you work on"
            autoComplete="off"
            spellCheck={false}
            maxLength={500}
            data-autofocus
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              setChosen(null);
            }}
            onKeyDown={press}
          />
        </div>
        <div
          ref={list}
          id={listId}
          role="listbox"
          aria-label="What can be done"
          className={classes.list}
        >
          {groups.map(([group, items]) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
            <div key={group} role="group" aria-label={group}>
              <div className={classes.group} aria-hidden>
                {group}
              </div>
              {items.map((item) => {
                const index = lines.indexOf(item);
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the combobox's
                  // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the combobox
                  <div
                    key={item.id}
                    id={lineId(index)}
                    role="option"
                    aria-selected={index === active}
                    className={classes.line}
                    onPointerMove={() => index !== active && setChosen(item.id)}
                    onClick={() => submit(item)}
                  >
                    {group === continuing && <IconPlayerPlay size={15} stroke={1.8} aria-hidden />}
                    <span className={classes.label}>{item.label}</span>
                    {group === continuing && <span className={classes.aside}>{item.words}</span>}
                    {item.keys && <Keys keys={item.keys} />}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

function placeOf(group: string): number {
  const place = firstGroups.indexOf(group);
  return place === -1 ? firstGroups.length : place;
}

/** Sessions with a name, the latest of each name. */
function distinct(sessions: readonly Session[]): Session[] {
  const byName = new Map<string, Session>();
  for (const session of sessions) {
    if (session.name !== "" && !byName.has(session.name)) {
      byName.set(session.name, session);
    }
  }
  return [...byName.values()];
}
