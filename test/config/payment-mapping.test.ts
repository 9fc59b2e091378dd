// Goal: a mapping is read as it was meant, or refused with every fault and its line. Method: files on disk, as users write them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config, OptionName } from '../../src/config/options.ts';
import { paymentMapping } from '../../src/config/payment-mapping.ts';
import { CounterfoilError } from '../../src/model/errors.ts';

const dir = mkdtempSync(join(tmpdir(), 'counterfoil-mapping-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function load(yaml: string | null, flags: Partial<Record<OptionName, string[]>> = {}): Config {
  const file = yaml === null ? null : join(dir, 'c.yaml');
  if (file !== null && yaml !== null) writeFileSync(file, yaml);
  return loadConfig({ file, env: {}, flags, cwd: dir, home: '/home/ann' }).config;
}

function problems(yaml: string | null, flags: Partial<Record<OptionName, string[]>> = {}): string[] {
  try {
    load(yaml, flags);
  } catch (error) {
    if (error instanceof CounterfoilError)
      return error.problems.map(({ at, text }) => `${at.replace(`${dir}/`, '')} ${text}`);
  }
  return [];
}

const GOOD = `payments:
  mapping:
    id: /payment/id
    time: booked at
    state: /status
    states: {BOOKED: settled}
    rail_name: sepa_ct
    amount: /value
    currency_name: EUR
    attributes:
      cutoff_at: /cutoff
    time_form: unix_ms
`;

test('[Y15] a mapping of the file', () => {
  const mapping = load(GOOD)['payments.mapping'];
  expect(mapping).toEqual({
    parts: { id: '/payment/id', time: 'booked at', state: '/status', amount: '/value' },
    attributes: { cutoff_at: '/cutoff' },
    states: { BOOKED: 'settled' },
    rails: {},
    rail: 'sepa_ct',
    currency: 'EUR',
    timeForm: 'unix_ms',
    amountForm: 'decimal',
  });
  if (mapping === null) throw new Error('there is a mapping');
  // As JSON, for a variable or a flag, it is the same.
  expect(load(null, { 'payments.mapping': [paymentMapping.show(mapping)] })['payments.mapping']).toEqual(
    mapping,
  );
});

test('[Y15] every fault is told at once, with its line', () => {
  const bad = `payments:
  mapping:
    idd: /payment/id
    time: [1]
    states: {BOOKED: Settled, B: 7}
    rails: sepa
    uetr: /a~2
    amount: /value
    time_form: epoch
    currency_name: EURO
`;
  expect(problems(bad)).toEqual([
    'c.yaml:3:5 payments.mapping.idd: part "idd" is not known; did you mean id?',
    'c.yaml:7:5 payments.mapping.uetr: has a ~ that is neither ~0 nor ~1 (RFC 6901)',
    'c.yaml:4:5 payments.mapping.time: is no text',
    'c.yaml:5:14 payments.mapping.states.BOOKED: is no name of lower-case letters, digits and _, such as sepa_ct',
    'c.yaml:5:31 payments.mapping.states.B: is no text',
    'c.yaml:6:5 payments.mapping.rails: is no map',
    'c.yaml:10:5 payments.mapping.currency_name: is not an ISO 4217 currency code such as EUR',
    'c.yaml:9:5 payments.mapping.time_form: is none of rfc3339, unix_seconds, unix_ms, unix_us, day_first, month_first',
    'c.yaml:3:5 payments.mapping: needs state: where a record has it',
    'c.yaml:3:5 payments.mapping: needs rail_name: the rail of these payments, or rail: where a record has it',
  ]);
  expect(problems('payments: {mapping: [1]}\n')).toEqual([
    'c.yaml:1:21 payments.mapping: is no map such as {id: /id, time: /at, state: /status, rail_name: card}',
  ]);
  expect(problems(null, { 'payments.mapping': ['{'] })[0]).toContain('--payments-mapping is no JSON such as');
});

test('[Y15] what no record could do without', () => {
  const without = (line: string): string[] => problems(GOOD.replace(new RegExp(`\\n    ${line}.*`), ''));
  expect(without('id')).toEqual([
    'c.yaml:3:5 payments.mapping: needs id, uetr or psp_reference: what tells which payment it is',
  ]);
  expect(without('currency_name')).toEqual([
    'c.yaml:3:5 payments.mapping: needs currency_name or currency beside amount',
  ]);
});

test('zones, times and delimiters', () => {
  const config = load(
    "inputs: {payments: {zone: Europe/Berlin, near: '2024-11-29T00:00:00Z'}}\npayments: {csv: {delimiter: ;, header: false}}\n",
  );
  expect(config['inputs.payments.zone']).toBe('Europe/Berlin');
  expect(config['inputs.payments.near']).toBe(Date.UTC(2024, 10, 29) * 1000);
  expect([config['payments.csv.delimiter'], config['payments.csv.header']]).toEqual([';', false]);
  expect(
    problems('inputs: {payments: {zone: Mars, near: tomorrow}}\npayments: {csv: {delimiter: "::"}}\n'),
  ).toEqual([
    'c.yaml:1:27 inputs.payments.zone: "Mars" is no zone such as UTC, Europe/Berlin or +01:00, and not none',
    'c.yaml:1:39 inputs.payments.near: "tomorrow" is no time with a zone, such as 2026-03-10T14:00:00Z',
    'c.yaml:2:29 payments.csv.delimiter: "::" is not one character of ASCII that is no quote, or tab',
  ]);
});
