/**
 * What can be done at this moment, said once: a page or a part of it offers commands while it is
 * shown, and the keyboard, the palette and the list of shortcuts all read them from here.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Command {
  /** Of two commands with one id the one offered last counts: a page knows better than the frame. */
  readonly id: string;
  readonly label: string;
  /** Under which heading it is listed. */
  readonly group: string;
  /** A single key, `s`, or two after each other, `g h`; as event.key names them, lower case. */
  readonly keys?: string;
  /** Other words by which people look for it. */
  readonly words?: string;
  readonly run: () => void;
}

let offers: readonly (readonly Command[])[] = [];
let known: readonly Command[] = [];
const listeners = new Set<() => void>();

function publish(next: readonly (readonly Command[])[]) {
  offers = next;
  const byId = new Map<string, Command>();
  for (const command of offers.flat()) {
    byId.set(command.id, command);
  }
  known = [...byId.values()];
  for (const listener of listeners) {
    listener();
  }
}

/** Offers commands for as long as the component is there. Which they are is known by `id`. */
export function useCommands(commands: readonly Command[]) {
  const latest = useRef(commands);
  latest.current = commands;
  const described = commands
    .map(({ id, label, group, keys, words }) => [id, label, group, keys, words].join("\u0000"))
    .join("\u0001");

  // biome-ignore lint/correctness/useExhaustiveDependencies: what they do is looked up when it is done
  useEffect(() => {
    const offered = latest.current.map((command) => ({
      ...command,
      run: () => latest.current.find(({ id }) => id === command.id)?.run(),
    }));
    publish([...offers, offered]);
    return () => publish(offers.filter((offer) => offer !== offered));
  }, [described]);
}

/** All commands that are offered now. */
export function useOfferedCommands(): readonly Command[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => known,
  );
}

export function offeredCommands(): readonly Command[] {
  return known;
}

/** The commands that fit all words typed, those that begin with them first. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = plain(typed).split(" ").filter(Boolean);
  if (words.length === 0) {
    return [...commands];
  }
  return commands
    .map((command) => ({ command, rank: rankOf(command, words) }))
    .filter(({ rank }) => rank !== null)
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0))
    .map(({ command }) => command);
}

/** 0 where the label begins with what was typed, more the further away; null where it does not fit. */
function rankOf(command: Command, words: readonly string[]): number | null {
  const label = plain(command.label);
  const all = `${label} ${plain(command.group)} ${plain(command.words ?? "")}`;
  if (!words.every((word) => all.split(/[\s/·,]+/).some((part) => part.startsWith(word)))) {
    return words.every((word) => all.includes(word)) ? 3 : null;
  }
  if (label.startsWith(words.join(" "))) {
    return 0;
  }
  return words.every((word) => label.split(" ").some((part) => part.startsWith(word))) ? 1 : 2;
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
