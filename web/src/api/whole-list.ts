/** Reads a list of the API to its end, page by page. */

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor?: string | null;
}

/** All items, in their order; an item that moved from page to page meanwhile may be there twice. */
export async function everyPage<Item>(
  read: (cursor: { cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<Item> = await read(cursor ? { cursor } : {});
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

/** All items once, in the order in which each was first read. */
export async function wholeList<Item extends { readonly id: string }>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items = await everyPage<Item>(({ cursor }) => read(cursor));
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
