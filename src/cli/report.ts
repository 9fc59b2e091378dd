/** What a run says about itself on stderr when it ends: the accounts, what was not linked and why, what was refused. */
import { accountingErrors, addReasons, type Accounting, type InputAccounts } from '../model/accounting.ts';
import { formatPlace } from '../model/place.ts';
import type { Refusal } from '../model/refusal.ts';
import { tableLines, type Column } from './table.ts';
import { printable } from './text-width.ts';

/** The first ones show what is wrong; the rest is counted. */
const SHOWN_REFUSALS = 20;

const COLUMNS: readonly Column[] = [
  { title: 'input' },
  ...[
    'records',
    'decoded',
    'ignored',
    'refused',
    'items',
    'accepted',
    'ignored',
    'refused',
    'late',
    'duplicate',
  ].map((title): Column => ({ title, align: 'right' })),
];

/** The accounts of each input and whether they add up. */
export function accountingLines(accounting: Accounting): string[] {
  const inputs = Object.entries(accounting.inputs).filter(([, { records }]) => records > 0);
  if (inputs.length === 0) return [];
  const rows = inputs.map(([name, input]) => [
    name,
    ...figuresOf(input).map((figure) => figure.toLocaleString('en')),
  ]);
  const errors = accountingErrors(accounting);
  const verdict =
    errors.length === 0
      ? [
          'records = decoded + ignored + refused, items = accepted + ignored + refused: both hold for every input.',
        ]
      : ['The accounts do not add up; this is a fault of Counterfoil, please report it:', ...errors];
  return [...tableLines(COLUMNS, rows), ...reasonLines(accounting), ...verdict];
}

function figuresOf({ records, decoded, ignored, dead_lettered, items }: InputAccounts): number[] {
  return [
    records,
    decoded,
    sumOf(ignored),
    dead_lettered,
    items.decoded,
    items.accepted,
    sumOf(items.ignored) + items.skewed + items.beyond_horizon,
    items.refused,
    items.late,
    items.duplicate,
  ];
}

function reasonLines(accounting: Accounting): string[] {
  return Object.entries(accounting.inputs).flatMap(([name, input]) => {
    const ignored = { ...input.ignored };
    addReasons(ignored, input.items.ignored);
    return Object.entries({ ignored, refused: input.refused, flagged: input.items.flagged }).flatMap(
      ([what, reasons]) =>
        Object.keys(reasons).length === 0 ? [] : [`${what} in ${name}: ${reasonsText(reasons)}`],
    );
  });
}

/** `2 ambiguous_container, 1 no_identity`, most frequent first. */
export function reasonsText(counters: Readonly<Record<string, number>>): string {
  return Object.entries(counters)
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count.toLocaleString('en')} ${printable(reason)}`)
    .join(', ');
}

/** How many records and items were refused. */
export function refusedCount(accounting: Accounting): number {
  return Object.values(accounting.inputs).reduce(
    (sum, input) => sum + input.dead_lettered + input.items.refused,
    0,
  );
}

/** The first refusals, each with place and reason, then how many more there are. */
export function refusalLines(refusals: readonly Refusal[], total: number): string[] {
  const shown = refusals.slice(0, SHOWN_REFUSALS).map(refusalLine);
  return total > shown.length ? [...shown, `and ${(total - shown.length).toLocaleString('en')} more`] : shown;
}

/** `file:line:column: reason: text (excerpt)`. */
export function refusalLine({ place, reason, text, excerpt }: Refusal): string {
  const tail = excerpt === null || excerpt === '' ? '' : ` | ${printable(excerpt)}`;
  return `${printable(formatPlace(place))}: refused, ${reason}: ${printable(text)}${tail}`;
}

/** Whether there was input, and nothing of it could be taken. */
export function nothingReadable(accounting: Accounting): boolean {
  const accepted = Object.values(accounting.inputs).reduce((sum, input) => sum + input.items.accepted, 0);
  return accepted === 0 && refusedCount(accounting) > 0;
}

function sumOf(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}
