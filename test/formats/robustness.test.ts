/** Records and documents that are broken in any way: a decoder answers, soon, and never throws. */
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/detect.ts';
import type { Decoded } from '../../src/formats/decoded.ts';
import { decodeNativeEvent } from '../../src/formats/security/native-event.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../../src/formats/normalized-document.ts';
import { decodePayments } from '../../src/formats/payments/payment-formats.ts';
import { decodeSecurity, SECURITY_FORMATS } from '../../src/formats/security/security-formats.ts';
import type { Observation } from '../../src/model/observation.ts';
import { REFUSAL_REASONS } from '../../src/model/refusal.ts';
import { Dice } from './dice.ts';
import { ENVELOPES } from './envelopes.ts';
import { CONTEXT, fixture, jsonOf, PLACE, type JsonObject } from './format-context.ts';
import { PAYMENT_CONTEXT, paymentReadingOf } from './payment-context.ts';
import { nativeRecord, paymentRecord } from './sample-records.ts';
import { SENSOR_RECORDS } from './sensor-records.ts';

/** Of all formats together; a long run makes more. */
const TOTAL = Number(process.env['COUNTERFOIL_TEST_MUTATIONS'] ?? 104_000);
/** Kinds of records, texts and documents below. */
const KINDS = 27;
const MUTATIONS = Math.ceil(TOTAL / KINDS);
/** A millisecond each on a machine that does much else. */
const TIMEOUT_MS = 30_000 + 5 * MUTATIONS;
const MAX_MS = 50;

const deep = (depth: number): unknown => {
  let value: unknown = 'bottom';
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { down: value };
  return value;
};
const parsed = (text: string): unknown => JSON.parse(text) as unknown;

/** Values that no field expects. JSON.parse makes `__proto__` a key of its own. */
const ODD: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1e308,
  () => parsed('1e999'),
  () => 2 ** 63,
  () => '',
  () => ' ',
  () => '<NA>',
  () => '\ud800',
  () => 'a\udc00\ud800b',
  () => '\u0000',
  () => '4111 1111 1111 1111',
  () => '%%%2%zz\\u12\\',
  () => 'constructor',
  () => '__proto__',
  () => [],
  () => [[]],
  () => [null, 1, 'a', {}],
  () => ({}),
  () => parsed('{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}'),
  () => parsed('{"toString":1,"valueOf":2,"length":-1,"hasOwnProperty":null}'),
  () => deep(10),
  () => deep(70),
];
/** Large ones, met less often. */
const HUGE: readonly (() => unknown)[] = [
  () => 'x'.repeat(100_000),
  () => '4 '.repeat(20_000),
  () => '%34'.repeat(20_000),
  () => 'eyJ'.repeat(20_000),
  () => 'NDEx'.repeat(20_000),
  () => '-----BEGIN '.repeat(5_000),
  () => '４'.repeat(20_000),
  () => deep(2_000),
  () => Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i])),
  () => Array.from({ length: 3_000 }, (_, i) => i),
];
const KEYS = ['__proto__', 'constructor', '', 'a.b', '\ud800', 'cvv', '4111111111111111', 'x'.repeat(5_000)];

interface Slot {
  holder: JsonObject | unknown[];
  key: string | number;
}

function slotsOf(value: unknown, slots: Slot[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return slots;
  const holder = value as JsonObject | unknown[];
  for (const key of Object.keys(value)) slots.push({ holder, key });
  for (const member of Object.values(value)) slotsOf(member, slots);
  return slots;
}

function define(holder: JsonObject | unknown[], key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** One to three changes: a value gone, replaced, retyped, or put under an odd key. */
function mutate(record: JsonObject, dice: Dice): unknown {
  for (let changes = 1 + dice.below(3); changes > 0; changes -= 1) {
    const slots = slotsOf(record);
    if (slots.length === 0) return record;
    const { holder, key } = dice.pick(slots);
    const old: unknown = Reflect.get(holder, key);
    const odd = dice.pick(dice.below(40) === 0 ? HUGE : ODD)();
    const kind = dice.below(5);
    if (kind === 0) Reflect.deleteProperty(holder, key);
    else if (kind === 1) define(holder, key, odd);
    else if (kind === 2) define(holder, key, [old, odd]);
    else if (kind === 3) define(holder, key, { [dice.pick(KEYS)]: old });
    else if (!Array.isArray(holder)) define(holder, dice.pick(KEYS), odd);
  }
  return dice.below(50) === 0 ? [record, dice.pick(ODD)()] : record;
}

const parsedFixture = (path: string): JsonObject => JSON.parse(fixture(path)) as JsonObject;
const stripeRecord = (): JsonObject => ({
  ...parsedFixture('stripe/event.json'),
  type: 'charge.captured',
  data: { object: parsedFixture('stripe/charge.json') },
});
const adyenRecord = (): JsonObject => parsedFixture('adyen/authorisationTrue.json');
const iso8583Record = (): JsonObject => parsedFixture('iso8583/iso_reversal_message.json');
const MAPPED = {
  ...PAYMENT_CONTEXT,
  ...paymentReadingOf({
    'payments.mapping': JSON.stringify({
      id: '/ids/0/value',
      time: 'time',
      state: '/state',
      rail: '/rail',
      amount: '/amount',
      currency: '/currency',
      customer: '/customer/id',
      attributes: { deep: '/extra/deep/field' },
    }),
  }),
};

const DECODERS: Readonly<
  Record<
    string,
    [record: () => JsonObject, decode: (record: unknown) => { refused: { reason: string; text: string }[] }]
  >
> = {
  ...Object.fromEntries(
    SECURITY_FORMATS.map(({ source, decode }) => [
      source,
      [SENSOR_RECORDS[source] ?? nativeRecord, (record) => printed(decode(record, PLACE, CONTEXT))],
    ]),
  ),
  payment: [paymentRecord, (record) => paid(record)],
  'mapped payment': [paymentRecord, (record) => paid(record, MAPPED)],
  stripe: [stripeRecord, (record) => paid(record)],
  adyen: [adyenRecord, (record) => paid(record)],
  'ISO 8583': [iso8583Record, (record) => paid(record)],
  'a record in an envelope': [
    () => enveloped(),
    (record) => printed(decodeSecurity(unmarked(record), PLACE, CONTEXT, decodeNativeEvent)),
  ],
};

const WRAPPERS = Object.values(ENVELOPES).map(({ wrap }) => wrap);
const INSIDE = Object.values(SENSOR_RECORDS);
const CUTS = new Dice(1_000);

/** A broken record of any format in any envelope, which is text where the envelope is; under a key, so that it can be broken too. */
function enveloped(): JsonObject {
  const inside = mutate(CUTS.pick(INSIDE)(), CUTS);
  const whole = CUTS.pick(WRAPPERS)(CUTS.below(3) === 0 ? cut(JSON.stringify(inside)) : inside);
  return { whole: typeof whole === 'string' && CUTS.below(2) === 0 ? cut(whole) : whole };
}

const cut = (text: string): string => text.slice(0, CUTS.below(text.length + 1));

function unmarked(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'whole' in record ? record.whole : record;
}

/** As it stands in odd values and keys. */
const CARD = /4111 ?1111 ?1111 ?1111/;

function paid(record: unknown, context = PAYMENT_CONTEXT): ReturnType<typeof decodePayments> {
  const decoded = decodePayments(record, PLACE, context);
  for (const item of decoded.items) {
    normalizedPaymentEvent(item);
    expect(Number.isSafeInteger(item.time)).toBe(true);
    expect(jsonOf(item)).not.toMatch(CARD);
  }
  return decoded;
}

function printed(decoded: Decoded<Observation>): Decoded<Observation> {
  for (const item of decoded.items) {
    expect(jsonOf(normalizedObservation(item, 'default'))).not.toMatch(CARD);
    expect(Number.isSafeInteger(item.start) && item.end >= item.start).toBe(true);
    expect(item.severity === null || (item.severity >= 0 && item.severity <= 100)).toBe(true);
    expect([undefined, 0, 1, 2, 3]).toContain(item.stage?.rank);
  }
  return decoded;
}

/** What stands in their records where secrets do; the formats that empty such members do so wherever they stand. */
const SECRET = 'hunter2';
const EMPTIED: ReadonlySet<string> = new Set(['tetragon', 'hubble', 'vault', 'trivy']);

/** Time of the processor, which other processes do not lengthen; the least of up to four runs, because caches are shared. */
function leastMs(run: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 4 && least > MAX_MS; i += 1) {
    const began = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(began);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** What a run gives, and its time, which is taken again where it was long. */
function timed<T>(run: () => T): { result: T; ms: number } {
  const began = performance.now();
  const result = run();
  const ms = performance.now() - began;
  return { result, ms: ms < MAX_MS ? ms : leastMs(run) };
}

describe(`${Object.keys(DECODERS).length * MUTATIONS} broken records [F6]`, { timeout: TIMEOUT_MS }, () => {
  for (const [seed, [name, [record, decode]]] of Object.entries(DECODERS).entries()) {
    test(`of ${name}`, () => {
      const dice = new Dice(seed + 1);
      let refused = 0;
      let slowest = 0;
      for (let i = 0; i < MUTATIONS; i += 1) {
        const broken = mutate(record(), dice);
        const found = timed(() => detectFormat(broken));
        const { result, ms } = timed(() => decode(broken));
        slowest = Math.max(slowest, found.ms, ms);
        refused += Math.min(result.refused.length, 1);
        expect(EMPTIED.has(name) && jsonOf(result).includes(SECRET)).toBe(false);
        for (const { reason, text } of result.refused) {
          expect(REFUSAL_REASONS).toContain(reason);
          expect(text.length).toBeLessThan(200);
        }
      }
      // Changes that are never refused, or always, test nothing.
      expect(refused).toBeGreaterThan(MUTATIONS / 20);
      expect(refused).toBeLessThan(MUTATIONS * 0.9);
      expect(slowest).toBeLessThan(MAX_MS);
      expect(({} as JsonObject)['a']).toBeUndefined();
    });
  }
});

test('values that are no records at all', () => {
  for (const make of [...ODD, ...HUGE]) {
    for (const [, decode] of Object.values(DECODERS)) {
      const value = make();
      expect(() => decode(value)).not.toThrow();
      expect(() => detectFormat(value)).not.toThrow();
    }
  }
});

test('a text as long as is allowed takes its time, and no more', () => {
  const text = `${'word 12 '.repeat(130_000)}4111111111111111`;
  const record = { ...nativeRecord(), message: text };
  let output = '';
  const ms = leastMs(() => {
    output = jsonOf(decodeNativeEvent(record, PLACE, CONTEXT));
  });
  expect(output).toContain('[PAN]');
  expect(ms).toBeLessThan(1_000);
});

const TEXTS: Readonly<Record<string, string>> = {
  istio: fixture('istio-docs/access-log-default.log').split('\n')[0] ?? '',
  falco:
    '<5>2026-03-10T14:00:03Z node falco[7]: 14:00:02.1: Notice A shell (user=root k8s.ns=pay k8s.pod=a container=5892b41bcf46)',
  spire:
    'time="2026-03-10T14:00:02Z" level=info msg="API accessed" caller_id="spiffe://a/ns/b/sa/c" service=s method=M type=audit',
  argocd: 'time="2026-03-10T14:00:02Z" msg="a \\"b\\"" application=a/b reason=ResourceUpdated type=Normal',
};
const PIECES = [
  '"',
  '\\',
  ' ',
  '\n',
  '=',
  '[',
  '(',
  '\u0000',
  '\ud800',
  '-',
  '"'.repeat(2_000),
  ' application='.repeat(4_000),
  'time='.repeat(4_000),
  ' type=audit '.repeat(4_000),
  ' falco[1]: '.repeat(4_000),
  'a='.repeat(20_000),
  ' '.repeat(50_000),
];

/** One to three cuts, repetitions or pieces put in. */
function mutateText(text: string, dice: Dice): string {
  let out = text;
  for (let changes = 1 + dice.below(3); changes > 0; changes -= 1) {
    const [from, to] = [dice.below(out.length + 1), dice.below(out.length + 1)];
    const kind = dice.below(3);
    if (kind === 0) out = out.slice(0, from) + out.slice(from + dice.below(20));
    else if (kind === 1)
      out = out.slice(0, from) + out.slice(Math.min(from, to), Math.max(from, to)) + out.slice(from);
    else out = out.slice(0, from) + dice.pick(PIECES) + out.slice(from);
  }
  return dice.below(20) === 0 ? out.slice(0, dice.below(out.length + 1)) : out;
}

describe('broken lines of text [F6]', { timeout: TIMEOUT_MS }, () => {
  for (const [seed, [name, text]] of Object.entries(TEXTS).entries()) {
    test(`of ${name}`, () => {
      const [, decode] = DECODERS[name] ?? [];
      if (decode === undefined) throw new Error(`no decoder of ${name}`);
      expect(decode(text).refused).toEqual([]);
      const dice = new Dice(seed + 100);
      let [refused, slowest] = [0, 0];
      for (let i = 0; i < MUTATIONS; i += 1) {
        const broken = mutateText(text, dice);
        const found = timed(() => detectFormat(broken));
        const { result, ms } = timed(() => decode(broken));
        slowest = Math.max(slowest, found.ms, ms);
        refused += result.refused.length;
        for (const { reason } of result.refused) expect(REFUSAL_REASONS).toContain(reason);
      }
      expect(refused).toBeGreaterThan(MUTATIONS / 20);
      expect(refused).toBeLessThan(MUTATIONS);
      expect(slowest).toBeLessThan(MAX_MS);
    });
  }
});

describe(`[Y12] ${5 * MUTATIONS} broken documents`, { timeout: TIMEOUT_MS }, () => {
  const samples = ['pacs008', 'pacs002.ACTC', 'pacs002.RJCT', 'camt056.timeout'].map((name) =>
    fixture(`iso20022/${name}.xml`),
  );
  const documents = [...samples, fixture('iso8583/iso_reversal_message.xml')];
  const TAGS = /<[^>]*>/g;
  const INSERTS = [
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '&amp;',
    '&#0;',
    '&x;',
    '<a>',
    '</a>',
    '\u0000',
    '\ud800',
    // Between digits it would be none that anybody could tell.
    'x4111 1111 1111 1111x',
    '<ct:TxId>x</ct:TxId>',
    '<a>'.repeat(2_000),
    'x'.repeat(50_000),
    '&lt;'.repeat(5_000),
  ];
  const broken = (text: string, dice: Dice): string => {
    const at = dice.below(text.length + 1);
    const tags = [...text.matchAll(TAGS)].map((match) => ({ index: match.index, tag: match[0] }));
    const { index, tag } = tags.length === 0 ? { index: 0, tag: '' } : dice.pick(tags);
    switch (dice.below(5)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(0, at) + dice.pick(INSERTS) + text.slice(at);
      case 2:
        return text.slice(0, index) + text.slice(index + tag.length);
      case 3:
        return text.slice(0, index) + tag + text.slice(index);
      default:
        return text.slice(0, at) + String.fromCharCode(dice.below(128)) + text.slice(at + 1);
    }
  };

  test.each([...documents.entries()])('document %i', (seed, text) => {
    const dice = new Dice(seed + 100);
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i += 1) {
      const document = broken(dice.below(2) === 0 ? text : broken(text, dice), dice);
      const { result, ms } = timed(() => paid(document));
      expect(ms).toBeLessThan(MAX_MS);
      refused += Math.min(result.refused.length, 1);
      for (const refusal of result.refused) {
        expect(REFUSAL_REASONS).toContain(refusal.reason);
        expect(refusal.text).not.toMatch(/4111/);
      }
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 2);
    expect(refused).toBeLessThan(MUTATIONS);
  });
});
