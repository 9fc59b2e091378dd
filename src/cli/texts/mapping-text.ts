/**
 * A proposed mapping as YAML lines: each part with what speaks for it, what might be meant instead in a line that is off, and states that nobody
 * here knows as lines to be filled in. No value of a record is shown but names of states and rails.
 */
import type {
  Evidence,
  MappingProposal,
  NamedValue,
  ProposedNames,
} from '../../formats/payments/mapping-proposal/proposal.ts';
import { counted } from './parts.ts';
import { plainOrQuoted } from './starter-text.ts';

/** Lines below `mapping:`; what begins with `#` is off, what begins with `# ` is prose. */
export function mappingLines(proposal: MappingProposal): string[] {
  const { records, parts } = proposal;
  return [
    `# Proposed by counterfoil init from ${counted(records, 'record')}; look at every line.`,
    ...parts.flatMap(({ part, others, ...found }) => [
      partLine(part, found, records),
      ...others.map((other) => `#${partLine(part, other, records, 'or this: ')}`),
      ...(part === 'time' ? timeLines(proposal) : []),
      ...(part === 'state' ? namesLines('states', proposal.states) : []),
      ...(part === 'rail' ? namesLines('rails', proposal.rails) : []),
      ...(part === 'amount' ? amountLines(proposal) : []),
    ]),
    ...(proposal.railName === null ? [] : [railNameLine(proposal)]),
    ...currencyLines(proposal),
    ...attributeLines(proposal),
    ...proposal.missing
      .filter(({ blocks }) => blocks)
      .flatMap(({ what, candidates }) => missingLines(what, candidates, records)),
  ];
}

function partLine(part: string, found: Evidence, records: number, before = ''): string {
  return `${part}: ${plainOrQuoted(found.pointer)}  # ${before}${evidenceText(found, records)}`;
}

/** `in all records, 312 different; UUIDs`. */
export function evidenceText({ present, distinct, looks, byName }: Evidence, records: number): string {
  const where = present === records ? 'in all records' : `in ${percent(present, records)} of the records`;
  const rest = [looks, byName ? '' : 'told by its values alone'].filter((text) => text !== '');
  return [`${where}, ${distinct.toLocaleString('en')} different`, ...rest].join('; ');
}

/** Cut, not rounded: what is not all is never 100%. */
function percent(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 1000) / 10}%`;
}

function timeLines({ timeForm, timeFormUnsure, localTime }: MappingProposal): string[] {
  const lines = timeFormUnsure
    ? [
        `time_form: ${timeForm}  # unsure: no day of the sample is beyond the 12th`,
        '#time_form: month_first  # or this: 3/10/2026 is the tenth of March',
      ]
    : [`time_form: ${timeForm}`];
  return localTime
    ? [...lines, '# Times name no zone: they are taken to be of inputs.payments.zone.']
    : lines;
}

function amountLines({ amountForm, amountFormUnsure }: MappingProposal): string[] {
  if (!amountFormUnsure) return [`amount_form: ${amountForm}`];
  return [
    `amount_form: ${amountForm}  # unsure: whole numbers, taken for cents; compare one payment with its record`,
    '#amount_form: decimal  # or this: whole numbers of euros, dollars…',
  ];
}

function railNameLine({ parts, missing }: MappingProposal): string {
  const why = missing.some(({ what }) => what === 'rail')
    ? 'no field tells the rail: put that of these payments here, such as card or sepa_ct'
    : 'of records that tell none';
  const hasRail = parts.some(({ part }) => part === 'rail');
  return `rail_name: unknown  # ${hasRail ? 'of records that tell none' : why}`;
}

function currencyLines(proposal: MappingProposal): string[] {
  const { currencyName, amountAlone, records } = proposal;
  if (currencyName !== null) return [`currency_name: ${currencyName}  # as the name of the amount says`];
  if (amountAlone === null) return [];
  return [
    '# An amount needs a currency, and no field holds one: take these together.',
    `#${partLine('amount', amountAlone, records)}`,
    ...amountLines(proposal).map((line) => (line.startsWith('#') ? line : `#${line}`)),
    '#currency_name: EUR',
  ];
}

function attributeLines({ attributes, records }: MappingProposal): string[] {
  if (attributes.length === 0) return [];
  return ['attributes:', ...attributes.map(({ name, ...found }) => `  ${partLine(name, found, records)}`)];
}

function namesLines(key: 'states' | 'rails', { values, hidden }: ProposedNames): string[] {
  const known = values.filter(({ ours }) => ours !== null);
  const unknown = values.filter(({ ours }) => ours === null);
  const noun = key === 'states' ? 'state' : 'rail';
  return [
    ...(values.length === 0 ? [] : [`${known.length > 0 ? '' : '#'}${key}:`]),
    ...known.map((each) => `  ${nameLine(each)}`),
    ...(unknown.length === 0
      ? []
      : [`# Not known here; give each the ${noun} of data/recoverability.yaml that it stands for:`]),
    ...unknown.map((each) => `#  ${nameLine(each)}`),
    ...(hidden === 0
      ? []
      : [`# ${counted(hidden, 'value')} more, not shown: met once, long, or full of digits.`]),
  ];
}

function nameLine({ value, records, ours }: NamedValue): string {
  return `${plainOrQuoted(value)}: ${ours ?? ''}`.trimEnd().concat(`  # ${counted(records, 'record')}`);
}

function missingLines(what: string, candidates: readonly Evidence[], records: number): string[] {
  if (candidates.length === 0)
    return [`# Not found: ${what}. Name the field that holds it:`, `#${what}: FIELD`];
  return [
    `# Not found: ${what}. These come nearest:`,
    ...candidates.map((each) => `#${partLine(what, each, records)}`),
  ];
}
