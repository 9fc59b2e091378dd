/**
 * The page: the address is its state (`?payment=`, `?incident=`, `?as_of=`), every view is drawn from the API anew.
 * Links inside are real links; a plain click stays on the page, any other does what the browser does.
 */
import { accessHeaders, currentKey, keySection, useKey } from './access.js';
import { el, foreign, hrefOf } from './elements.js';
import { incidentSections, recentIncidents } from './incident-view.js';
import { candidateSections, paymentSections } from './payment-view.js';
import { distance, writeTime } from './words.js';

const INCIDENTS_SHOWN = 5;
const TICK_MS = 15_000;

const main = document.getElementById('main');
const status = document.getElementById('status');
const form = document.getElementById('search');
const forget = document.getElementById('forget-key');
/** Counts views, so that a slow answer to an old question is not drawn over a newer one. */
let view = 0;

class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? 'The server did not answer as expected.');
    this.problem = problem;
  }
}

async function get(path) {
  const response = await fetch(path, { headers: { accept: 'application/json', ...accessHeaders() } });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused({ status: response.status, ...body });
  return body;
}

function stateOfAddress() {
  const query = new URLSearchParams(location.search);
  return {
    payment: query.get('payment') ?? '',
    incident: query.get('incident') ?? '',
    as_of: query.get('as_of') ?? '',
  };
}

async function draw({ focus }) {
  const mine = (view += 1);
  const state = stateOfAddress();
  showInForm(state);
  main.setAttribute('aria-busy', 'true');
  status.textContent = 'Looking it up…';
  const content = await contentOf(state).catch((error) => failure(error, state));
  if (mine !== view) return;
  main.replaceChildren(content);
  forget.hidden = currentKey() === '';
  main.removeAttribute('aria-busy');
  const heading = main.querySelector('h1');
  document.title = heading === null ? 'Counterfoil' : `${heading.textContent} · Counterfoil`;
  status.textContent = heading?.textContent ?? '';
  if (focus) heading?.focus();
}

async function contentOf({ payment, incident, as_of: asOfText }) {
  const options = { asOf: asOfText === '' ? null : asOfText, more: get };
  if (payment !== '') return paymentContent(payment, options);
  if (incident !== '') return incidentContent(incident, { ...options, level: 1 });
  return recentIncidents(await get('/api/v1/incidents'), options);
}

const withAsOf = (path, asOf) => (asOf === null ? path : `${path}?as_of=${encodeURIComponent(asOf)}`);

async function paymentContent(id, options) {
  const answer = await get(withAsOf(`/api/v1/payments/${encodeURIComponent(id)}`, options.asOf));
  if (answer.candidates !== undefined) return candidateSections(answer, options);
  const shown = answer.incidents.items.slice(0, INCIDENTS_SHOWN);
  const incidents = await Promise.all(shown.map((one) => incidentContent(one, { ...options, level: 2 })));
  const whole = new DocumentFragment();
  whole.append(paymentSections(answer, options), ...incidents);
  const others = answer.incidents.items.length - shown.length;
  if (others > 0)
    whole.append(
      el('p', { class: 'note' }, `${others} more incidents hold this payment; the API lists them.`),
    );
  return whole;
}

async function incidentContent(id, options) {
  const base = `/api/v1/incidents/${encodeURIComponent(id)}`;
  const [incident, payments, events] = await Promise.all([
    get(withAsOf(base, options.asOf)),
    get(withAsOf(`${base}/payments`, options.asOf)),
    get(`${base}/events`),
  ]);
  return incidentSections(incident, { payments, events }, options);
}

/** Why a key is asked for; null where that is not what is wrong. */
function keyWanted({ status: code }) {
  if (code === 403) return 'The key that is in use may not read. It needs the scope read.';
  if (code !== 401) return null;
  return currentKey() === ''
    ? 'It needs the scope read.'
    : 'The key that is in use is not known here, or was revoked.';
}

function failure(error, { payment, incident }) {
  const problem = error instanceof Refused ? error.problem : { detail: 'The server cannot be reached.' };
  const wanted = keyWanted(problem);
  if (wanted !== null) return keySection(wanted, () => void draw({ focus: true }));
  const asked = payment || incident;
  const heading =
    problem.status === 404 && asked !== ''
      ? [`No ${payment === '' ? 'incident' : 'payment'} has the id `, foreign(asked, 'id'), '.']
      : ['That could not be answered.'];
  const faults = (problem.errors ?? []).map(({ detail }) => el('li', {}, foreign(detail)));
  return el(
    'section',
    { class: 'answer not_known' },
    el('h1', { tabindex: -1 }, ...heading),
    el('p', { class: 'lead' }, foreign(problem.detail ?? error.message)),
    faults.length === 0 ? null : el('ul', {}, ...faults),
  );
}

function showInForm({ payment, as_of: asOf }) {
  form.elements.namedItem('payment').value = payment;
  form.elements.namedItem('as_of').value = asOf.replace('T', ' ').replace(/(:00)?(\.\d+)?Z$/, '');
}

function go(href) {
  history.pushState(null, '', href);
  scrollTo(0, 0);
  void draw({ focus: true });
}

/** `2026-03-10`, with or without a time of day, as RFC 3339; what is neither goes as it is, and the API says so. */
function instantOf(text) {
  const [, day, clock = '00:00', seconds = ':00'] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?)?Z?$/.exec(text) ?? [];
  return day === undefined ? text : `${day}T${clock}${seconds}Z`;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const asOf = instantOf(form.elements.namedItem('as_of').value.trim());
  const payment = form.elements.namedItem('payment').value.trim();
  const { incident } = stateOfAddress();
  go(hrefOf(payment === '' ? { incident, as_of: asOf } : { payment, as_of: asOf }));
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-inside]') : null;
  const plainClick =
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !plainClick) return;
  event.preventDefault();
  go(link.getAttribute('href'));
});

forget.addEventListener('click', () => {
  useKey('');
  void draw({ focus: true });
});

addEventListener('popstate', () => void draw({ focus: true }));

/** Times left run down by themselves; when a deadline passes, the answer is asked for again. */
setInterval(() => {
  const now = Date.now();
  for (const element of document.querySelectorAll('[data-until]')) {
    if (Date.parse(element.dataset.until) <= now) {
      void draw({ focus: false });
      return;
    }
    element.textContent = distance(element.dataset.until, now);
  }
}, TICK_MS);

function chooseZone(zone) {
  document.documentElement.dataset.zone = zone;
  for (const element of document.querySelectorAll('time:not([data-both])')) writeTime(element);
}

/** Where storage is denied, the choice holds for this page only. */
const zones = {
  read: () => {
    try {
      return localStorage.getItem('zone') === 'local' ? 'local' : 'utc';
    } catch {
      return 'utc';
    }
  },
  write: (zone) => {
    try {
      localStorage.setItem('zone', zone);
    } catch {
      // Nothing to do: the choice is made on the page already.
    }
  },
};

for (const input of document.querySelectorAll('input[name="zone"]')) {
  input.checked = input.value === zones.read();
  input.addEventListener('change', () => {
    chooseZone(input.value);
    zones.write(input.value);
  });
}
chooseZone(zones.read());
void draw({ focus: false });
