/** The money of an incident: by currency and class, and the board of deadlines. */
import { el, svg, table } from './elements.js';
import { distance, grouped, money, plain, time } from './words.js';

/** Money by currency, from `now` where it could be computed, else as it was recorded. */
export function moneyTable({ impact, now }) {
  const exposures = now?.exposures ?? impact.exposures;
  if (exposures.length === 0)
    return el('p', { class: 'quiet' }, 'No payment counts as linked, so there is no money to sum.');
  const asOf = now?.as_of ?? impact.as_of;
  const upper = new Map(impact.exposures.map((row) => [row.currency, row.upper]));
  const rows = exposures.map((row) => [
    el('strong', {}, row.currency),
    String(row.payments),
    el('strong', {}, grouped(row.linked)),
    grouped(row.stoppable),
    grouped(row.recallable),
    grouped(row.final),
    upper.has(row.currency) ? grouped(upper.get(row.currency)) : '–',
    bar(row),
  ]);
  const columns = [
    { title: 'Currency' },
    { title: 'Payments', number: true },
    { title: 'Linked', number: true },
    { title: '● Can be stopped', number: true },
    { title: '◐ Can be recalled', number: true },
    { title: '○ Final', number: true },
    { title: 'At most', number: true },
    { title: 'Shares' },
  ];
  return el(
    'div',
    {},
    table('Money by currency', columns, rows).region,
    asOfNote(asOf),
    togetherNote(impact),
  );
}

function asOfNote(asOf) {
  return el('p', { class: 'note' }, 'As of ', time(asOf), '. “At most” adds what may have passed unseen.');
}

/** The sum over currencies, beside the rates that made it; neither depends on the instant that was asked for. */
function togetherNote({ report }) {
  if (report === undefined) return null;
  const { currency, linked, upper, rates } = report;
  const shown = Object.entries(rates).map(([pair, rate]) => `${pair} ${rate}`);
  const at = shown.length === 0 ? '.' : `, at ${shown.join(', ')}.`;
  return el(
    'p',
    { class: 'note' },
    'Together ',
    money(linked, currency),
    ' linked, at most ',
    money(upper, currency),
    at,
  );
}

/** Shares of the three classes; the table beside it says the same in figures. */
function bar({ stoppable, recallable, final }) {
  const values = [Number(stoppable), Number(recallable), Number(final)];
  const whole = values.reduce((a, b) => a + b, 0) || 1;
  let x = 0;
  const parts = ['stoppable', 'recallable', 'final'].map((name, i) => {
    const width = ((values[i] ?? 0) / whole) * 100;
    const rect = svg('rect', { class: name, x, y: 0, width, height: 10 });
    x += width;
    return rect;
  });
  const options = { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', options, ...parts);
}

/** Every deadline: those ahead first, then those that are over. */
export function deadlineBoard({ impact }, asOf) {
  if (impact.clock.length === 0) return el('p', { class: 'quiet' }, 'No deadline was recorded.');
  const at = asOf === null ? Date.now() : Date.parse(asOf);
  const isAhead = ({ deadline }) => Date.parse(deadline) > at;
  const rows = [...impact.clock.filter(isAhead), ...impact.clock.filter((row) => !isAhead(row))];
  const columns = [
    { title: 'Left' },
    { title: 'Deadline' },
    { title: 'Amount', number: true },
    { title: 'Payments', number: true },
    { title: 'By' },
  ];
  const cells = rows.map((row) => [
    left(row.deadline, at, asOf === null),
    time(row.deadline),
    money(row.amount, row.currency),
    String(row.payments),
    row.actions.map(plain).join(', '),
  ]);
  return table('Deadline board', columns, cells).region;
}

/** Time left until a deadline; a live one is rewritten as time passes. */
export function left(deadline, at, live) {
  const ahead = Date.parse(deadline) > at;
  const attributes = { class: ahead ? 'left' : 'over', 'data-until': live && ahead ? deadline : false };
  return el('span', attributes, ahead ? distance(deadline, at) : `over for ${distance(deadline, at)}`);
}
