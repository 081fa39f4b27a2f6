/** The way to everything by the keyboard: single keys, the palette and the list of both. */
import { UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useMe } from "@/api/me";
import { type Command, useCommands } from "@/lib/commands";
import { useShortcutKeys } from "@/lib/shortcuts";
import classes from "./command-centre.module.css";
import { type BookPage, booksOf } from "./navigation";

const Palette = lazy(async () => ({ default: (await import("./palette")).Palette }));
const Shortcuts = lazy(async () => ({ default: (await import("./shortcuts-dialog")).Shortcuts }));

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function CommandCentre() {
  const me = useMe();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const [open, setOpen] = useState<"palette" | "shortcuts" | null>(null);
  const focusedBefore = useRef<Element | null>(null);

  const pages: BookPage[] = [
    ...booksOf(me).flatMap((book) =>
      book.pages.map((page) => ({
        ...page,
        label: `${book.label}: ${page.to === book.to ? page.label.toLowerCase() : page.label}`,
      })),
    ),
    { to: "/settings", label: "Settings", key: "s" },
  ];
  const places: Command[] = pages.map(({ to, label, key }) => ({
    id: `go ${to}`,
    group: "Go to",
    label,
    words: "open page go",
    ...(key === undefined ? {} : { keys: `g ${key}` }),
    run: () => void navigate({ to }),
  }));
  // The hours page offers these two itself, without the way to it.
  const ofHours: Command[] = [
    {
      id: "session.add",
      group: "Hours",
      label: "Add a session",
      words: "new entry manual log time",
      keys: "a",
      run: () => void navigate({ to: "/hours", hash: "add" }),
    },
    {
      id: "session.search",
      group: "Hours",
      label: "Search sessions",
      words: "find filter",
      keys: "/",
      run: () => void navigate({ to: "/hours", hash: "search" }),
    },
  ];

  useShortcutKeys();
  useCommands([
    ...(me.modules.includes("hours") ? ofHours : []),
    ...places,
    ...(["light", "dark", "auto"] as const).map((scheme) => ({
      id: `colours ${scheme}`,
      group: "Colours",
      label: { light: "Light", dark: "Dark", auto: "As the device" }[scheme],
      words: "theme mode colour scheme",
      run: () => setColorScheme(scheme),
    })),
    {
      id: "help.shortcuts",
      group: "Help",
      label: "Keyboard shortcuts",
      words: "keys hotkeys",
      keys: "?",
      run: () => show("shortcuts"),
    },
    {
      id: "help.api",
      group: "Help",
      label: "API reference",
      words: "docs documentation openapi",
      run: () => window.location.assign("/docs"),
    },
  ]);

  // The dialogs are gone once closed, so it is given back here.
  useEffect(() => {
    if (open !== null) {
      return;
    }
    if (focusedBefore.current instanceof HTMLElement) {
      focusedBefore.current.focus();
    }
    focusedBefore.current = null;
  }, [open]);

  function show(what: "palette" | "shortcuts") {
    focusedBefore.current = document.activeElement;
    setOpen(what);
  }

  useEffect(() => {
    function listen(event: KeyboardEvent) {
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        focusedBefore.current ??= document.activeElement;
        setOpen((before) => (before === "palette" ? null : "palette"));
      }
    }
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);

  return (
    <>
      <UnstyledButton
        className={classes.open ?? ""}
        aria-haspopup="dialog"
        onClick={() => show("palette")}
      >
        <IconSearch size={16} stroke={1.8} aria-hidden />
        <span className={classes.words}>Jump to…</span>
        <kbd className={classes.keys} aria-hidden>
          {isMac ? "⌘ K" : "Ctrl K"}
        </kbd>
      </UnstyledButton>
      <Suspense fallback={null}>
        {open === "palette" && <Palette onClose={() => setOpen(null)} />}
        {open === "shortcuts" && <Shortcuts onClose={() => setOpen(null)} />}
      </Suspense>
    </>
  );
}
