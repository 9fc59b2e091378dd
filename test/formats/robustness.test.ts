/** Records and documents that are broken in any way: a decoder answers, soon, and never throws. */
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/detect.ts';
import { decodeFalco } from '../../src/formats/falco.ts';
import { decodeKubernetesAudit } from '../../src/formats/kubernetes-audit.ts';
import { decodeNativeEvent } from '../../src/formats/native-event.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../../src/formats/normalized-document.ts';
import { decodePayments } from '../../src/formats/payment-formats.ts';
import { REFUSAL_REASONS } from '../../src/model/refusal.ts';
import { Dice } from './dice.ts';
import { CONTEXT, fixture, jsonOf, PLACE, type JsonObject } from './format-context.ts';
import { PAYMENT_CONTEXT, paymentReadingOf } from './payment-context.ts';
import { auditRecord, falcoRecord, nativeRecord, paymentRecord } from './sample-records.ts';

const MUTATIONS = 6_000;
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
  audit: [auditRecord, (record) => printed(decodeKubernetesAudit(record, PLACE, CONTEXT))],
  falco: [falcoRecord, (record) => printed(decodeFalco(record, PLACE, CONTEXT))],
  native: [nativeRecord, (record) => printed(decodeNativeEvent(record, PLACE, CONTEXT))],
  payment: [paymentRecord, (record) => paid(record)],
  'mapped payment': [paymentRecord, (record) => paid(record, MAPPED)],
  stripe: [stripeRecord, (record) => paid(record)],
  adyen: [adyenRecord, (record) => paid(record)],
  'ISO 8583': [iso8583Record, (record) => paid(record)],
};

function paid(record: unknown, context = PAYMENT_CONTEXT): ReturnType<typeof decodePayments> {
  const decoded = decodePayments(record, PLACE, context);
  for (const item of decoded.items) {
    normalizedPaymentEvent(item);
    expect(Number.isSafeInteger(item.time)).toBe(true);
    expect(jsonOf(item)).not.toMatch(/4111 ?1111 ?1111 ?1111/);
  }
  return decoded;
}

function printed(decoded: ReturnType<typeof decodeFalco>): ReturnType<typeof decodeFalco> {
  for (const item of decoded.items) {
    normalizedObservation(item, 'default');
    expect(Number.isSafeInteger(item.start) && item.end >= item.start).toBe(true);
    expect(item.severity === null || (item.severity >= 0 && item.severity <= 100)).toBe(true);
    expect([undefined, 0, 1, 2, 3]).toContain(item.stage?.rank);
  }
  return decoded;
}

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

describe(`${Object.keys(DECODERS).length * MUTATIONS} broken records`, () => {
  for (const [seed, [name, [record, decode]]] of Object.entries(DECODERS).entries()) {
    test(`of ${name}`, () => {
      const dice = new Dice(seed + 1);
      let refused = 0;
      let slowest = 0;
      for (let i = 0; i < MUTATIONS; i += 1) {
        const broken = mutate(record(), dice);
        slowest = Math.max(
          slowest,
          leastMs(() => detectFormat(broken)),
          leastMs(() => decode(broken)),
        );
        const result = decode(broken);
        refused += result.refused.length;
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

describe(`[Y12] ${5 * MUTATIONS} broken documents`, () => {
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
      expect(leastMs(() => paid(document))).toBeLessThan(MAX_MS);
      const result = paid(document);
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
