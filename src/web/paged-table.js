/** Tables of lists that come in pages. */
import { el, table } from './elements.js';

/**
 * A table with a button for what comes after its first page.
 * @param {string} caption
 * @param {{ title: string, number?: boolean }[]} columns
 * @param {{ items: object[], next: string | null }} page
 * @param {(item: object) => (Node | string)[]} cells
 * @param {(cursor: string) => Promise<{ items: object[], next: string | null }>} next asks for the page at a cursor
 */
export function pagedTable(caption, columns, page, cells, next) {
  if (page.items.length === 0) return el('p', { class: 'quiet' }, 'None.');
  const { region, add } = table(caption, columns, page.items.map(cells));
  if (page.next === null) return region;
  const button = el('button', { type: 'button', class: 'more' }, 'Show more');
  let cursor = page.next;
  button.addEventListener('click', async () => {
    button.disabled = true;
    const following = await next(cursor).catch(() => null);
    button.disabled = false;
    if (following === null) {
      button.textContent = 'That failed; try again';
      return;
    }
    add(following.items.map(cells));
    cursor = following.next;
    if (cursor === null) button.remove();
  });
  return el('div', {}, region, button);
}
