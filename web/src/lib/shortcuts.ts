/**
 * Single keys that do something. They keep out of the way of whoever types: a key counts only where
 * no field has the focus, no dialog or menu is open and no other modifier than Shift is held; and
 * they can be switched off (WCAG 2.1.4), for speech control types letters.
 */
import { useEffect, useSyncExternalStore } from "react";
import { offeredCommands } from "./commands";

const storageKey = "benchbook.shortcuts";
const secondKeyWithinMs = 1_500;
const typingSelector =
  "input:not([type=checkbox],[type=radio],[type=button],[type=submit]),textarea,select,[contenteditable]:not([contenteditable=false])";
const openSelector =
  "[role=dialog],[role=alertdialog],[role=menu],[role=listbox]:not([data-always])";
const listeners = new Set<() => void>();

export function shortcutsAreOn(): boolean {
  try {
    return localStorage.getItem(storageKey) !== "off";
  } catch {
    return true; // a browser that keeps nothing
  }
}

export function switchShortcuts(on: boolean) {
  try {
    if (on) {
      localStorage.removeItem(storageKey);
    } else {
      localStorage.setItem(storageKey, "off");
    }
  } catch {
    return;
  }
  for (const listener of listeners) {
    listener();
  }
}

export function useShortcutsAreOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, shortcutsAreOn);
}

/** The key as commands name it; on a keyboard without Latin letters, the letter at its place. */
export function keyOf(event: Pick<KeyboardEvent, "key" | "code">): string {
  const key = event.key.toLowerCase();
  if (key.length === 1 && key > "\u007f" && /^Key[A-Z]$/.test(event.code)) {
    return event.code.slice(3).toLowerCase();
  }
  return key;
}

/** What two keys in a row, or one, mean: a command's keys, the beginning of some, or nothing. */
export function meaningOf(
  before: string | null,
  key: string,
  known: readonly string[],
): { keys: string } | { begun: string } | null {
  const both = before === null ? key : `${before} ${key}`;
  if (known.includes(both)) {
    return { keys: both };
  }
  if (known.some((keys) => keys.startsWith(`${both} `))) {
    return { begun: both };
  }
  // A wrong second key is a first key again.
  return before === null ? null : meaningOf(null, key, known);
}

/** Listens to the keyboard; once, in the frame of the application. */
export function useShortcutKeys() {
  useEffect(() => {
    let begun: string | null = null;
    let forget: ReturnType<typeof setTimeout> | undefined;

    function listen(event: KeyboardEvent) {
      if (!counts(event)) {
        return;
      }
      const commands = offeredCommands();
      const meaning = meaningOf(
        begun,
        keyOf(event),
        commands.flatMap(({ keys }) => (keys === undefined ? [] : [keys])),
      );
      clearTimeout(forget);
      begun = null;
      if (meaning === null) {
        return;
      }
      event.preventDefault();
      if ("begun" in meaning) {
        begun = meaning.begun;
        forget = setTimeout(() => {
          begun = null;
        }, secondKeyWithinMs);
      } else {
        commands.find(({ keys }) => keys === meaning.keys)?.run();
      }
    }

    window.addEventListener("keydown", listen);
    return () => {
      window.removeEventListener("keydown", listen);
      clearTimeout(forget);
    };
  }, []);
}

function counts(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    !event.defaultPrevented &&
    !event.repeat &&
    !event.isComposing &&
    !event.ctrlKey &&
    !event.altKey &&
    !event.metaKey &&
    event.key.length === 1 &&
    event.key !== " " &&
    shortcutsAreOn() &&
    !(target instanceof Element && target.closest(typingSelector)) &&
    !document.querySelector(openSelector)
  );
}
