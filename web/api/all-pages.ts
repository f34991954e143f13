/** A list that the page shows whole, whatever its length: its pages are read one after the other. */
interface Page {
  items: unknown[];
  nextCursor: string | null;
}

/** Answers as the list itself does, with the items of all pages. */
export async function allPages<T extends Page>(read: (query: { cursor?: string }) => Promise<T>): Promise<T> {
  let page = await read({});
  const items = [...page.items];
  while (page.nextCursor !== null) {
    page = await read({ cursor: page.nextCursor });
    items.push(...page.items);
  }
  return { ...page, items };
}
