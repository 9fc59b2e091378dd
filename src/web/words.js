/** Times, amounts and the engine's words, as people read them. */
import { el } from './elements.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (number) => String(number).padStart(2, '0');

/** `2026-03-10 15:30:02 UTC`; the fraction is left out, the element keeps it. */
function inUtc(date) {
  const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} UTC`;
}

/** `2026-03-10 16:30:02 +01:00` */
function inLocal(date) {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offset(date)}`;
}

function offset(date) {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A time that the zone switch can rewrite; the other zone is its tooltip. */
export function time(text) {
  const element = el('time', { datetime: text });
  writeTime(element);
  return element;
}

/** Writes a <time> in the zone that was chosen. */
export function writeTime(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) {
    element.textContent = element.dateTime;
    return;
  }
  const local = document.documentElement.dataset['zone'] === 'local';
  element.textContent = local ? inLocal(date) : inUtc(date);
  element.title = local ? inUtc(date) : inLocal(date);
}

/** The time in both zones, whatever was chosen: for the one sentence that people act on. */
export function bothZones(text) {
  const date = new Date(text);
  const fixed = (words) => el('time', { datetime: text, 'data-both': true }, words);
  if (date.getTimezoneOffset() === 0) return fixed(inUtc(date));
  return el('span', {}, fixed(inUtc(date)), ' (', fixed(inLocal(date)), ' local)');
}

/** How far `text` is from `from` (ms): `1 h 25 min`. */
export function distance(text, from) {
  const ms = Math.abs(Date.parse(text) - from);
  if (ms < MINUTE) return `${Math.floor(ms / 1000)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** `48,000.00 EUR`, from decimal text: never through a number. */
export function money(value, currency) {
  return el('span', { class: 'money' }, `${grouped(value)} ${currency}`);
}

/** Decimal text with its thousands apart. */
export function grouped(value) {
  const [whole = '', fraction] = String(value).split('.');
  const parted = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? parted : `${parted}.${fraction}`;
}

/** Whether decimal text is more than nothing. */
export const isPositive = (value) => /^[0-9.]*[1-9]/.test(value);

export const percent = (share) => `${Math.round(share * 1000) / 10} %`;

export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

const CLASSES = {
  stoppable: { ahead: 'Can be stopped', over: 'Could be stopped', mark: '●' },
  recallable: { ahead: 'Can be recalled', over: 'Could be recalled', mark: '◐' },
  final: { ahead: 'Final', over: 'Final', mark: '○' },
};

/** Stoppable, recallable, final: by word and shape, colour comes last. `tense` is `over` once the deadline passed. */
export function classChip(name, tense = 'ahead') {
  const known = Object.hasOwn(CLASSES, name) ? name : 'final';
  const { [tense]: word, mark } = CLASSES[known];
  return el('span', { class: `chip ${known}` }, el('span', { 'aria-hidden': 'true' }, mark), ` ${word}`);
}

/** Severity 0..100 as number and word. */
export function severity(value) {
  const word = value < 40 ? 'low' : value < 70 ? 'medium' : value < 90 ? 'high' : 'critical';
  return el('span', { class: `severity ${word}` }, `${value} ${word}`);
}

const METHODS = {
  trace_exact: 'the same trace',
  container_overlap: 'the same container at the same time',
  container_interval: 'the same container close in time',
  pod_interval: 'the same pod close in time',
  payment_pod: "the pod that the payment's own record names",
  identity_interval: 'the same service account',
  network_interval: 'a network path',
  workload_interval: 'the same workload',
  service_interval: 'the same service',
  node_interval: 'the same node',
};

export const methodWords = (method) => (Object.hasOwn(METHODS, method) ? METHODS[method] : plain(method));

/** `accepted_by_bank` -> `accepted by bank` */
export const plain = (name) => String(name).replaceAll('_', ' ');
