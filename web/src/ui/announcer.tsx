import { VisuallyHidden } from "@mantine/core";
import { useSyncExternalStore } from "react";

let message = "";
const listeners = new Set<() => void>();

/** Says something to people who use a screen reader, without showing it. */
export function announce(text: string) {
  // The same text twice would not be read twice; an invisible character makes it another text.
  message = text === message ? `${text}\u200b` : text;
  for (const listener of listeners) {
    listener();
  }
}

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
}
