/**
 * The API key, where the server asks for one: typed in by hand, kept for this tab only, sent with every question. It is never in
 * the address, which ends up in histories and logs.
 */
import { el } from './elements.js';

const NAME = 'api-key';
/** As an HTTP header can hold it; the server judges it. */
const SENDABLE = /^[\x21-\x7e]{1,200}$/;

/** Where storage is denied, the key holds until the page is left. */
let held = '';

/** The key in use; empty: none. */
export function currentKey() {
  try {
    return sessionStorage.getItem(NAME) ?? held;
  } catch {
    return held;
  }
}

/** Takes a key into use, or with an empty one forgets it. */
export function useKey(key) {
  held = key;
  try {
    if (key === '') sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // Held is enough for this page.
  }
}

/** What a question carries besides itself. */
export function accessHeaders() {
  const key = currentKey();
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}

/**
 * Asks for a key.
 * @param {string} text why
 * @param {() => void} again is called once there is one
 */
export function keySection(text, again) {
  const note = el('p', { id: 'key-note', role: 'alert' });
  const input = el('input', {
    id: 'api-key',
    name: 'api-key',
    type: 'password',
    maxlength: 200,
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    'aria-describedby': 'key-note',
    placeholder: 'cfk_…',
  });
  const form = el(
    'form',
    { class: 'key' },
    el('div', { class: 'field grow' }, el('label', { for: 'api-key' }, 'API key'), input),
    el('button', { type: 'submit' }, 'Use it'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const key = input.value.trim();
    if (!SENDABLE.test(key)) {
      note.textContent = 'That is no key: it begins with cfk_ and has no blanks.';
      return;
    }
    useKey(key);
    again();
  });
  return el(
    'section',
    { class: 'answer not_known' },
    el('h1', { tabindex: -1 }, 'This server asks for an API key.'),
    el('p', { class: 'lead' }, text),
    form,
    note,
    el('p', { class: 'note' }, 'It is kept for this tab only, and goes to this server only.'),
  );
}
