/** All items of a paged list, up to a limit. */
import type { Page, PageRequest } from '../ports/incident-index.ts';

const PAGE = 1_000;

/** Reads pages until the list ends or `most` items are there. */
export async function itemsOf<T>(read: (page: PageRequest) => Promise<Page<T>>, most = 10_000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await read({ limit: Math.min(PAGE, most - items.length), cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < most);
  return items;
}
