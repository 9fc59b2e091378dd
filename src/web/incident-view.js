/** An incident: title, money, deadlines, payments, events. And the list of recent ones. */
import { el, facts, foreign, inside } from './elements.js';
import { deadlineBoard, moneyTable } from './money-view.js';
import { pagedTable } from './paged-table.js';
import { classChip, grouped, isPositive, money, percent, plain, plural, severity, time } from './words.js';

/**
 * The sections of one incident.
 * @param {object} incident the answer of incidents/{id}
 * @param {{ payments: object, events: object }} lists first pages
 * @param {{ asOf: string | null, level: number, more: (path: string) => Promise<object> }} options
 */
export function incidentSections(incident, lists, { asOf, level, more }) {
  const { id, title, start, end, continues } = incident.incident;
  const heading = `h${level}`;
  const sub = `h${level + 1}`;
  const base = `/api/v1/incidents/${encodeURIComponent(id)}`;
  return el(
    'article',
    { class: 'incident' },
    el(
      heading,
      { tabindex: -1 },
      level === 1 ? foreign(title) : inside({ incident: id, as_of: asOf }, foreign(title)),
    ),
    el(
      'p',
      { class: 'meta' },
      severity(incident.incident.severity),
      ' · ',
      time(start),
      ...(start === end ? [] : [' to ', time(end)]),
      ` · ${plural(incident.events.total, 'event', 'events')}`,
      ` · ${plural(incident.payments.total, 'payment', 'payments')}`,
      incident.weak.total > 0 ? ` · ${incident.weak.total} weak` : '',
    ),
    el(sub, {}, 'Money'),
    moneyTable(incident),
    recordedNote(incident, asOf),
    el(sub, {}, 'Deadlines'),
    deadlineBoard(incident, asOf),
    el(sub, {}, 'Payments'),
    paymentsTable(incident, lists.payments, asOf, (cursor) =>
      more(`${base}/payments?${pageQuery(cursor, asOf)}`),
    ),
    el(sub, {}, 'Security events'),
    eventsTable(lists.events, (cursor) => more(`${base}/events?${pageQuery(cursor, null)}`)),
    el(sub, {}, 'Where'),
    facts([
      ['Incident', foreign(id, 'id')],
      ['Techniques', (incident.threat?.technique.id ?? []).join(', ')],
      ['Pods', names(incident.entities.pods)],
      ['Containers', names(incident.entities.containers)],
      ['Service accounts', names(incident.entities.service_accounts)],
      ['Resources', names(incident.entities.resources)],
      [
        'Payments bound to a span',
        incident.impact.binding_ratio === null ? 'none in its time' : percent(incident.impact.binding_ratio),
      ],
      [
        'Events complete until',
        incident.coverage.complete_until === null ? 'not known' : time(incident.coverage.complete_until),
      ],
      [
        'Continues',
        continues === undefined
          ? null
          : inside({ incident: continues, as_of: asOf }, foreign(continues, 'id')),
      ],
    ]),
  );
}

/** Deadlines of old data are over; what could be done when it was read is one click away. */
function recordedNote({ incident, impact }, asOf) {
  if (asOf !== null || impact.clock.some(({ deadline }) => Date.parse(deadline) > Date.now())) return null;
  return el(
    'p',
    { class: 'note' },
    inside({ incident: incident.id, as_of: impact.as_of }, 'Show it as of ', time(impact.as_of)),
    ', the latest time of the data.',
  );
}

function pageQuery(cursor, asOf) {
  const query = new URLSearchParams({ cursor });
  if (asOf !== null) query.set('as_of', asOf);
  return query.toString();
}

function names(list) {
  if (list.length === 0) return null;
  return el('ul', { class: 'names' }, ...list.map((name) => el('li', {}, foreign(name))));
}

function paymentsTable(incident, page, asOf, next) {
  const weak = new Set(incident.weak.ids);
  const columns = [
    { title: 'Payment', wide: true },
    { title: 'Time' },
    { title: 'Still out', number: true },
    { title: 'State', wide: true },
    { title: 'Now' },
    { title: 'Until' },
  ];
  const cells = ({ payment, now }) => [
    el(
      'span',
      {},
      inside({ payment: payment.id, as_of: asOf }, foreign(payment.id)),
      weak.has(payment.id) ? el('span', { class: 'weak' }, ' weak') : '',
    ),
    time(payment.time),
    stillOut(payment.amount),
    el(
      'span',
      {},
      foreign(plain(payment.state)),
      ' ',
      el('span', { class: 'quiet' }, foreign(plain(payment.rail))),
    ),
    el('span', {}, classChip(now.class), now.action === null ? '' : ` ${plain(now.action)}`),
    now.until === null ? '–' : time(now.until),
  ];
  return pagedTable('Payments of the incident', columns, page, cells, next);
}

/** What is left of the amount, and the amount where that is another. */
function stillOut({ value, remaining, currency }) {
  const left = money(remaining, currency);
  return value === remaining
    ? left
    : el('span', {}, left, el('span', { class: 'quiet' }, ' of ', grouped(value)));
}

function eventsTable(page, next) {
  const columns = [
    { title: 'Time' },
    { title: 'Rule', wide: true },
    { title: 'Severity' },
    { title: 'Where', wide: true },
    { title: 'Who', wide: true },
    { title: 'Times', number: true },
    { title: 'Links', number: true },
  ];
  const cells = (document) => [
    time(document.event.start),
    foreign(document.rule.name),
    severity(document.event.severity),
    where(document),
    foreign(document.user?.name ?? document.kubernetes?.service_account?.name ?? '–'),
    String(document.event.count),
    String(document.links.total),
  ];
  return pagedTable('Security events of the incident', columns, page, cells, next);
}

/** Pod and container of an event or link, as far as it states them. */
export function where({ kubernetes, container }) {
  const pod = [kubernetes?.namespace, kubernetes?.pod?.name ?? kubernetes?.pod?.uid]
    .filter(Boolean)
    .join('/');
  const box = container?.name ?? container?.id?.slice(0, 12);
  if (pod === '' && box === undefined) return '–';
  return el(
    'span',
    {},
    foreign(pod),
    pod !== '' && box !== undefined ? ' · ' : '',
    box === undefined ? '' : foreign(box),
  );
}

/** The empty page: what happened lately. */
export function recentIncidents(page, { asOf, more }) {
  const columns = [
    { title: 'Incident', wide: true },
    { title: 'Severity' },
    { title: 'Start' },
    { title: 'Events', number: true },
    { title: 'Payments', number: true },
    { title: 'Linked', number: true },
    { title: 'Next deadline' },
  ];
  const at = asOf === null ? Date.now() : Date.parse(asOf);
  const cells = ({ incident, events, payments, impact }) => [
    inside({ incident: incident.id, as_of: asOf }, foreign(incident.title)),
    severity(incident.severity),
    time(incident.start),
    String(events.total),
    String(payments.total),
    linkedMoney(impact.exposures),
    nextDeadline(impact.clock, at),
  ];
  const next = (cursor) => more(`/api/v1/incidents?${pageQuery(cursor, null)}`);
  return el(
    'section',
    {},
    el('h1', { tabindex: -1 }, 'Recent incidents'),
    el(
      'p',
      { class: 'lead' },
      'Look up a payment by any of its ids to see which security events it met, how sure that is, and what can still be stopped. Or begin with an incident.',
    ),
    page.items.length === 0
      ? el('p', { class: 'quiet' }, 'The index holds no incident: no security event met a payment.')
      : pagedTable('Incidents, newest first', columns, page, cells, next),
  );
}

function linkedMoney(exposures) {
  const shown = exposures.filter(({ linked }) => isPositive(linked));
  if (shown.length === 0) return '–';
  return el(
    'span',
    {},
    ...shown.map(({ linked, currency }) => el('span', { class: 'line' }, money(linked, currency))),
  );
}

function nextDeadline(clock, at) {
  const ahead = clock.map(({ deadline }) => deadline).filter((deadline) => Date.parse(deadline) > at);
  const [first] = ahead.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  if (first !== undefined) return time(first);
  return el('span', { class: 'quiet' }, clock.length === 0 ? 'none recorded' : 'all over');
}
