/**
 * The books of the lab and their pages, in the order in which the navigation shows them. A module
 * that comes adds its book, a page that comes its line; the routes themselves stand in router.tsx.
 */
import { type Icon, IconHourglass } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import type { Me } from "@/api/types";

export interface BookPage {
  readonly to: NonNullable<LinkProps["to"]>;
  readonly label: string;
  /** Who is shown the page; everybody where it is not given. */
  readonly roles?: readonly Me["role"][];
}

export interface Book {
  readonly to: NonNullable<LinkProps["to"]>;
  readonly label: string;
  readonly icon: Icon;
  readonly pages: readonly BookPage[];
}

export const books: readonly Book[] = [
  {
    to: "/hours",
    label: "Hours",
    icon: IconHourglass,
    pages: [
      { to: "/hours", label: "Sessions" },
      { to: "/hours/calendar", label: "Calendar" },
      { to: "/hours/week", label: "Week" },
      { to: "/hours/overview", label: "Overview" },
      { to: "/hours/checks", label: "Checks" },
      { to: "/projects", label: "Projects" },
      { to: "/hours/timesheets", label: "Timesheets" },
      { to: "/hours/bin", label: "Bin" },
    ],
  },
];

/** The book to which the page at this path belongs, if it is one of a book's pages. */
export function bookAt(pathname: string): Book | undefined {
  const path = pathname === "/" ? pathname : pathname.replace(/\/$/, "");
  return books.find((book) =>
    book.pages.some(({ to }) => path === to || path.startsWith(`${String(to)}/`)),
  );
}
