/**
 * A session is about to leave the list and takes the focus with it: the next one gets it, or the
 * one before, so that people at the keyboard go on from where they were.
 */
export function focusNeighbour(sessionId: string) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-session]")];
  const place = rows.findIndex((row) => row.dataset.session === sessionId);
  const neighbour = rows[place + 1] ?? rows[place - 1];
  // A menu that closes gives the focus back first.
  setTimeout(() => neighbour?.querySelector("button")?.focus({ preventScroll: true }), 150);
}
