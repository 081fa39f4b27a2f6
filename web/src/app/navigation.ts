/**
 * The books of the lab and their pages, in the order in which the navigation shows them. A module
 * that comes adds its book, a page that comes its line; the routes themselves stand in router.tsx.
 * A book shows where the server has its module switched on.
 */
import { type Icon, IconCalendarUser, IconDna2, IconHourglass } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import type { Me } from "@/api/types";

export type Place = NonNullable<LinkProps["to"]>;

export interface BookPage {
  readonly to: Place;
  readonly label: string;
  /** The key that leads there after `g`. */
  readonly key?: string;
  /** Who is shown the page; everybody where it is not given. */
  readonly roles?: readonly Me["role"][];
}

export interface Book {
  /** As `BENCHBOOK_MODULES` calls it. */
  readonly module: string;
  readonly to: Place;
  readonly label: string;
  readonly icon: Icon;
  readonly pages: readonly BookPage[];
}

const books: readonly Book[] = [
  {
    module: "hours",
    to: "/hours",
    label: "Hours",
    icon: IconHourglass,
    pages: [
      { to: "/hours", label: "Sessions", key: "h" },
      { to: "/hours/calendar", label: "Calendar", key: "c" },
      { to: "/hours/week", label: "Week", key: "w" },
      { to: "/hours/overview", label: "Overview", key: "o" },
      { to: "/hours/balance", label: "Balance", key: "a" },
      { to: "/hours/checks", label: "Checks", key: "k" },
      { to: "/projects", label: "Projects", key: "p" },
      { to: "/hours/timesheets", label: "Timesheets", key: "t" },
      { to: "/hours/bin", label: "Bin", key: "b" },
    ],
  },
  {
    module: "shifts",
    to: "/shifts",
    label: "Shifts",
    icon: IconCalendarUser,
    pages: [
      { to: "/shifts", label: "Roster", key: "r" },
      { to: "/shifts/mine", label: "My shifts", key: "m" },
      { to: "/shifts/open", label: "Open shifts", key: "v" },
      {
        to: "/shifts/requests",
        label: "Requests",
        key: "q",
        roles: ["manager", "admin", "owner"],
      },
      { to: "/shifts/leave", label: "Leave", key: "l" },
      { to: "/shifts/employees", label: "Employees", key: "e" },
      { to: "/shifts/patterns", label: "Patterns", roles: ["manager", "admin", "owner"] },
      { to: "/shifts/planned", label: "Planned hours" },
    ],
  },
  {
    module: "sequences",
    to: "/sequences",
    label: "Sequences",
    icon: IconDna2,
    pages: [
      { to: "/sequences", label: "Registry", key: "d" },
      { to: "/sequences/search", label: "Search", key: "f" },
      { to: "/sequences/imports", label: "Import", key: "i" },
      { to: "/sequences/collections", label: "Collections" },
    ],
  },
];

/** Pages outside the books that are there for one module alone. */
const settingsOf: Readonly<Record<string, string>> = {
  "/settings/hours": "hours",
  "/settings/rates": "hours",
  "/settings/import": "hours",
  "/settings/labour-rules": "shifts",
  "/settings/shifts": "shifts",
};

type Known = Pick<Me, "modules" | "role">;

/** The books that are switched on, with the pages that this person is shown. */
export function booksOf({ modules, role }: Known): Book[] {
  return books
    .filter(({ module }) => modules.includes(module))
    .map((book) => ({
      ...book,
      pages: book.pages.filter(({ roles }) => !roles || roles.includes(role)),
    }));
}

/** Where somebody begins: the first book, or the settings where there is none. */
export function firstPlace(me: Known): Place {
  return booksOf(me)[0]?.to ?? "/settings";
}

/** The book to which the page at this path belongs, if it is one of a book's pages. */
export function bookAt(pathname: string): Book | undefined {
  const path = withoutSlash(pathname);
  return books.find((book) =>
    book.pages.some(({ to }) => path === to || path.startsWith(`${String(to)}/`)),
  );
}

/** Whether the module is switched on without which the page at this path is nothing. */
export function isSwitchedOn(pathname: string, { modules }: Pick<Me, "modules">): boolean {
  const module = bookAt(pathname)?.module ?? settingsOf[withoutSlash(pathname)];
  return module === undefined || modules.includes(module);
}

function withoutSlash(pathname: string): string {
  return pathname === "/" ? pathname : pathname.replace(/\/$/, "");
}
