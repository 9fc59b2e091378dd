/**
 * Makes elements. Everything that was stored is hostile text: it becomes text nodes and nothing else, and each piece
 * of it stands in a <bdi>, so that a name with right-to-left marks cannot reorder what stands around it.
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with attributes and children; strings become text.
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} attributes names and fixed values; never `on…`, never markup
 * @param {...(Node | string | null)} children
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Characters that show nothing and change what is read around them: controls, zero widths, direction marks. */
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const seen = (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Text that somebody else wrote; what cannot be seen in it is spelt out. */
export function foreign(text, className = '') {
  return el('bdi', className === '' ? {} : { class: className }, String(text).replace(UNSEEN, seen));
}

/** A link that stays on this page; `state` becomes its query. */
export function inside(state, ...children) {
  return el('a', { href: hrefOf(state), 'data-inside': true }, ...children);
}

/** The address of a state of the page: empty members are left out. */
export function hrefOf(state) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value) query.set(name, value);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

/**
 * A table with a caption, that scrolls by itself where it is too wide.
 * @param {string} caption
 * @param {{ title: string, number?: boolean, wide?: boolean }[]} columns `wide`: text that may wrap
 * @param {(Node | string)[][]} rows
 */
export function table(caption, columns, rows) {
  const head = columns.map((column) => el('th', { scope: 'col', class: classOf(column) }, column.title));
  const body = el('tbody');
  const whole = el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, ...head)), body);
  const region = el('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 }, whole);
  const add = (more) => body.append(...more.map((cells) => tableRow(columns, cells)));
  add(rows);
  return { region, add };
}

function tableRow(columns, cells) {
  return el('tr', {}, ...cells.map((cell, i) => el('td', { class: classOf(columns[i] ?? {}) }, cell)));
}

function classOf({ number, wide }) {
  return number ? 'number' : wide ? 'wide' : false;
}

/** Names and values, as a list of terms. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return el(
    'dl',
    {},
    ...shown.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}
