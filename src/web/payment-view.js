/** The answer about one payment: in words first, then what it rests on. */
import { el, facts, foreign, inside } from './elements.js';
import { where } from './incident-view.js';
import { left } from './money-view.js';
import { pagedTable } from './paged-table.js';
import {
  bothZones,
  classChip,
  distance,
  isPositive,
  methodWords,
  money,
  percent,
  plain,
  plural,
  severity,
  time,
} from './words.js';

/** @param {object} answer of payments/{id}, one payment */
export function paymentSections(answer, { asOf, more }) {
  const { payment } = answer;
  return el(
    'article',
    { class: 'payment' },
    el(
      'section',
      { class: `answer ${answer.answer}` },
      replacedNote(answer.asked),
      el('h1', { tabindex: -1 }, ...verdict(answer)),
      el('p', { class: 'lead' }, ...reason(answer)),
      el('p', { class: 'act' }, ...whatCanBeDone(answer, asOf)),
    ),
    el('div', { class: 'columns' }, paymentFacts(answer), knownFacts(answer)),
    el('h2', {}, 'What can be done with it'),
    steps(payment, answer.now),
    ...(answer.links.items.length === 0
      ? []
      : [el('h2', {}, 'Security events that it met'), linksTable(answer, more)]),
  );
}

function replacedNote({ matched, id, replaced_by: by }) {
  if (matched === 'superseded_id')
    return el(
      'p',
      { class: 'note' },
      foreign(id, 'id'),
      ' was replaced: this payment is now ',
      foreign(by, 'id'),
      '.',
    );
  return matched === 'alias'
    ? el('p', { class: 'note' }, 'Found by its alias ', foreign(id, 'id'), '.')
    : null;
}

const liveLinks = ({ links }) => links.items.filter(({ link }) => link.status === 'live');

function verdict(answer) {
  const id = foreign(answer.payment.id, 'id');
  if (answer.answer === 'none_found') return ['No security event met payment ', id, '.'];
  if (answer.answer === 'not_known')
    return ['It is not known whether a security event met payment ', id, '.'];
  const count = liveLinks(answer).length;
  if (count === 0) return ['Payment ', id, ' is linked to security events.'];
  return [
    'Payment ',
    id,
    ` met ${answer.links.next === null ? '' : 'more than '}${plural(count, 'security event', 'security events')}.`,
  ];
}

function reason(answer) {
  if (answer.answer !== 'linked') return [foreign(answer.known.why)];
  const best = liveLinks(answer).toSorted((a, b) => b.link.confidence - a.link.confidence)[0];
  if (best === undefined) return [foreign(answer.known.why)];
  const source = best.link.provenance === 'self' ? ', as the workload itself reported' : '';
  return [
    'Surest: ',
    el('strong', {}, percent(best.link.confidence)),
    ` by ${methodWords(best.link.method)}${source}: “`,
    foreign(best.rule.name),
    '” at ',
    time(best.event.start),
    '.',
  ];
}

function whatCanBeDone({ payment, now }, asOf) {
  const out = money(payment.amount.remaining, payment.amount.currency);
  if (!isPositive(payment.amount.remaining)) return [classChip('final'), ' Nothing of it is still out.'];
  if (now.class === 'final')
    return [
      classChip('final'),
      ' ',
      out,
      ' cannot be stopped or recalled any more',
      ...lastChance(payment),
      '.',
    ];
  const verb =
    now.class === 'stoppable' ? ' can still be stopped' : ' can only be recalled, if the other side agrees,';
  const until =
    now.until === null
      ? [', without a deadline.']
      : [' until ', bothZones(now.until), ': ', remaining(now, asOf), ' left.'];
  return [
    classChip(now.class),
    ' ',
    out,
    `${verb} by `,
    el('strong', {}, plain(now.action ?? 'action')),
    ...until,
  ];
}

function lastChance({ recover }) {
  const until = recover.at(-1)?.until ?? null;
  return until === null ? [] : [': the last chance was before ', bothZones(until)];
}

function remaining(now, asOf) {
  const attributes = asOf === null ? { class: 'left', 'data-until': now.until } : { class: 'left' };
  return el('strong', attributes, distance(now.until, Date.parse(now.as_of)));
}

function paymentFacts({ payment, service, superseded_ids: superseded, now }) {
  const { amount, customer, merchant } = payment;
  return el(
    'section',
    {},
    el('h2', {}, 'Payment'),
    facts([
      ['Amount', money(amount.value, amount.currency)],
      ['Still out', money(amount.remaining, amount.currency)],
      ['State', el('span', {}, foreign(plain(payment.state)), ' on ', foreign(plain(payment.rail)))],
      ['Made', time(payment.time)],
      [
        'Customer',
        customer === undefined ? null : foreign([customer.id, customer.country].filter(Boolean).join(', ')),
      ],
      ['Merchant', merchant === undefined ? null : foreign(merchant.id)],
      ['Service', service === undefined ? null : foreign(service.name)],
      ['Other ids', aliases(payment.aliases)],
      ['Replaced ids', superseded.length === 0 ? null : foreign(superseded.join(', '))],
      ['Flags', (payment.flags ?? []).map(plain).join(', ')],
      ['As of', time(now.as_of)],
    ]),
  );
}

function aliases(list) {
  if (list.length === 0) return null;
  const items = list.map(({ type, value }) =>
    el('li', {}, el('span', { class: 'quiet' }, foreign(plain(type))), ' ', foreign(value, 'id')),
  );
  return el('ul', { class: 'names' }, ...items);
}

function knownFacts({ known, answer }) {
  return el(
    'section',
    {},
    el('h2', {}, 'What the answer rests on'),
    answer === 'linked' ? el('p', {}, foreign(known.why)) : null,
    facts([
      ['Traces of the payment', String(known.traces)],
      ['Spans with a pod or container', String(known.spans_with_identity)],
      ['Events seen until', known.events_watermark === null ? 'not known' : time(known.events_watermark)],
      ['Complete until', known.complete_until === null ? 'not known' : time(known.complete_until)],
    ]),
  );
}

function steps({ recover }, now) {
  if (recover.length === 0)
    return el('p', { class: 'quiet' }, 'Nothing: neither stop nor recall is open in this state.');
  const at = Date.parse(now.as_of);
  const items = recover.map((step) => {
    const past = step.until !== null && Date.parse(step.until) <= at;
    const until =
      step.until === null
        ? [', no deadline']
        : [', until ', time(step.until), ' (', left(step.until, at, false), ')'];
    return el(
      'li',
      { class: past ? 'past' : false },
      classChip(step.class, past ? 'over' : 'ahead'),
      ` ${plain(step.action)}`,
      ...until,
    );
  });
  return el('ol', { class: 'steps' }, ...items);
}

function linksTable(answer, more) {
  const columns = [
    { title: 'Event' },
    { title: 'Rule', wide: true },
    { title: 'Severity' },
    { title: 'Where', wide: true },
    { title: 'Known by', wide: true },
    { title: 'Sure', number: true },
    { title: 'Gap', number: true },
  ];
  const cells = ({ event, rule, link, kubernetes, container }) => [
    time(event.start),
    foreign(rule.name),
    severity(event.severity),
    where({ kubernetes, container }),
    el(
      'span',
      {},
      methodWords(link.method),
      link.status === 'withdrawn' ? el('span', { class: 'weak' }, ' withdrawn') : '',
    ),
    percent(link.confidence),
    gap(link.gap_ms),
  ];
  const path = `/api/v1/links?payment=${encodeURIComponent(answer.payment.id)}`;
  return pagedTable('Security events that the payment met', columns, answer.links, cells, (cursor) =>
    more(`${path}&cursor=${encodeURIComponent(cursor)}`),
  );
}

function gap(ms) {
  if (ms === 0) return 'none';
  const size = Math.abs(ms);
  const text =
    size < 1000
      ? `${Math.round(size)} ms`
      : size < 120_000
        ? `${Math.round(size / 1000)} s`
        : `${Math.round(size / 60_000)} min`;
  return `${text} ${ms < 0 ? 'before' : 'after'}`;
}

/** An alias that names several payments. */
export function candidateSections({ asked, candidates }, { asOf }) {
  const columns = [
    { title: 'Payment', wide: true },
    { title: 'Time' },
    { title: 'Amount', number: true },
    { title: 'State', wide: true },
    { title: 'Answer' },
  ];
  const words = { linked: 'met security events', none_found: 'met none', not_known: 'not known' };
  const cells = (candidate) => [
    inside({ payment: candidate.id, as_of: asOf }, foreign(candidate.id)),
    time(candidate.time),
    money(candidate.amount.value, candidate.amount.currency),
    el('span', {}, foreign(plain(candidate.state)), ' on ', foreign(plain(candidate.rail))),
    words[candidate.answer] ?? candidate.answer,
  ];
  return el(
    'article',
    {},
    el(
      'section',
      { class: 'answer not_known' },
      el(
        'h1',
        { tabindex: -1 },
        foreign(asked.id, 'id'),
        ` names ${plural(candidates.length, 'payment', 'payments')}.`,
      ),
      el(
        'p',
        { class: 'lead' },
        'An alias finds payments, it does not decide between them. Choose the one that is meant.',
      ),
    ),
    pagedTable('Payments of this id', columns, { items: candidates, next: null }, cells, null),
  );
}
