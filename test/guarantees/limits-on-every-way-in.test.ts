/**
 * Goal: each limit of a record holds on every way in, is refused with what is wrong, where, and what to do next, and is counted by its reason
 * [X1]-[X8]. Method: one record that breaks one limit, by file, request body (plain, gzip, zstd), in a list, and as text within an envelope; the real
 * readers, formats and frames. Batches of Kafka that are packed: adapters/kafka/codecs.test.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openBody } from '../../src/adapters/file/body-source.ts';
import { openSources } from '../../src/adapters/file/open-source.ts';
import type { SourceLimits } from '../../src/adapters/file/source-limits.ts';
import { isSecurityLine } from '../../src/formats/wrappings/text-record.ts';
import { noteFrame } from '../../src/cli/engine-metrics.ts';
import type { InputName } from '../../src/model/accounting.ts';
import type { PaymentEvent } from '../../src/model/payment.ts';
import type { RecordSource } from '../../src/ports/record-source.ts';
import type { BuiltFrame } from '../../src/runtime/live/frame-builder.ts';
import { decodeFrame } from '../../src/runtime/live/frame.ts';
import { MetricBook } from '../../src/telemetry/metric-book.ts';
import { fixture, only } from '../formats/format-context.ts';
import { auditRecord, falcoRecord } from '../formats/sample-records.ts';
import { frameBuilder } from '../runtime/live/intake-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Bytes = string | Uint8Array;
type Limits = Partial<SourceLimits>;
type Way = (bytes: Bytes, exact: boolean, limits: Limits, name?: string) => Promise<RecordSource>;
const excerpt = (text: string): string => text.slice(0, 10);

const file: Way = async (bytes, exact, limits, name = 'in.ndjson') => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const csv = { delimiter: ',', header: true };
  return only(
    await openSources([path], {
      excerpt,
      shownPath: () => name,
      limits,
      exact,
      csv,
      isTextRecord: isSecurityLine,
    }),
  );
};
const body =
  (encoding: 'identity' | 'gzip' | 'zstd', media: 'json' | 'protobuf' = 'json'): Way =>
  async (bytes, exact, limits) => {
    const pack = { identity: (plain: Buffer) => plain, gzip: gzipSync, zstd: zstdCompressSync }[encoding];
    const source = openBody(
      { name: 'payments/0@7', bytes: pack(Buffer.from(bytes)), encoding, media, exact },
      { excerpt, limits, isTextRecord: isSecurityLine },
    );
    return Promise.resolve(source);
  };
const READERS: Readonly<Record<string, Way>> = {
  'a file': file,
  'a packed file': async (bytes, ...rest) => file(gzipSync(bytes), ...rest),
  'a body or a record of a topic': body('identity'),
  'a body, gzip': body('gzip'),
  'a body, zstd': body('zstd'),
};
/** Around a record that is JSON text. */
const WRAPPINGS: Readonly<Record<string, (json: string) => string>> = {
  'by itself': (json) => json,
  'in a list': (json) => `[${json}]`,
  'behind the prefix of the container runtime': (json) => `2026-03-10T14:00:03.001Z stdout F ${json}`,
  'behind the prefix of syslog': (json) => `<13>Mar 10 14:00:03 node-1 pay[7]: ${json}`,
  'as text in an envelope': (json) => JSON.stringify({ log: json, stream: 'stdout' }),
  'as text in text': (json) =>
    JSON.stringify({ message: JSON.stringify({ log: json, stream: 'o' }), timestamp: 1 }),
  'packed in an envelope': (json) =>
    JSON.stringify({
      awslogs: {
        data: gzipSync(
          JSON.stringify({ messageType: 'DATA', logGroup: 'g', logEvents: [{ message: json }] }),
        ).toString('base64'),
      },
    }),
};

async function frameOf(input: InputName, source: RecordSource): Promise<BuiltFrame> {
  return await frameBuilder().build(input, source);
}

async function paymentsOf(way: Way, bytes: Bytes, name?: string): Promise<PaymentEvent[]> {
  const { entry } = await frameOf('payments', await way(bytes, true, {}, name));
  return [...decodeFrame(entry.value).payments];
}

/** What to do next, in the words of the refusals. */
const NEXT = /raise |split|send |shorten|flatten|write |leave |have it sent|is never read; /;

/** The refusal says what and what next, has a place, and is counted by its reason in the accounts and the metric. [X8] */
function expectRefused(input: InputName, { account, refused, entry }: BuiltFrame, reason: string): void {
  expect(refused.map((each) => each.reason)).toEqual([reason]);
  const [first] = refused;
  expect(first?.text).toMatch(NEXT);
  expect(first?.place.input).not.toBe('');
  expect(account.refused).toEqual({ [reason]: 1 });
  expect(account.dead_lettered + account.items.refused).toBe(1);
  const book = new MetricBook();
  const request = { input, name: 'x', body: new Uint8Array(), encoding: 'identity', media: 'json' } as const;
  noteFrame(book, request, { account, refused, entry });
  const counted = book.samples().filter(({ name }) => name === 'dead_letters_total');
  expect(counted).toEqual([{ name: 'dead_letters_total', labels: { source: input, reason }, value: 1 }]);
}

/** Longer than a text may be, and packed some fivefold. */
const LONG = Array.from({ length: 2 ** 15 }, (_, i) =>
  Math.trunc(Math.sin(i) * 2 ** 50)
    .toString(36)
    .padEnd(65, 'x'),
).join('');
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const payment = (more: string): string =>
  `{"id":"p1","time":"2026-03-10T14:00:02Z","state":"accepted","rail":"sepa_ct",${more}}`;
const deep = (record: string, levels: number): string => record.replace(/\}$/, `,"x":${nested(levels)}}`);
const STRIPE = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'payment_intent.succeeded',
  created: 1_773_151_202,
  data: {
    object: { object: 'payment_intent', id: 'pi_1', amount: 4800, currency: 'eur', status: 'succeeded' },
  },
});

describe.each(Object.entries(READERS))('[X8] %s', (_, way) => {
  describe.each(Object.entries(WRAPPINGS))('%s', (wrapping, wrap) => {
    it.each<[what: string, input: InputName, record: string]>([
      ['a payment', 'payments', payment('"amount":"1.00","currency":"EUR"')],
      ['an event of Stripe', 'payments', STRIPE],
      ['an audit record', 'audit', JSON.stringify(auditRecord())],
      ['an alert', 'alerts', JSON.stringify(falcoRecord())],
    ])('[X1] depth: %s', async (__, input, record) => {
      expectRefused(input, await frameOf(input, await way(wrap(deep(record, 64)), true, {})), 'too_deep');
      const taken = await frameOf(input, await way(wrap(deep(record, 60)), true, {}));
      expect(taken.account.items.in_flight).toBe(1);
    });

    it('[X2] strings and keys', async () => {
      if (wrapping === 'in a list' || wrapping === 'as text in text') return;
      const long = JSON.stringify({ ...auditRecord(), userAgent: LONG });
      expectRefused('audit', await frameOf('audit', await way(wrap(long), true, {})), 'too_large');
      if (wrapping !== 'by itself') return;
      const keys = Object.fromEntries(Array.from({ length: 500_001 }, (___, i) => [i, 0]));
      const many = JSON.stringify({ ...auditRecord(), requestObject: keys });
      expectRefused('audit', await frameOf('audit', await way(many, true, {})), 'too_large');
    });

    it('[X6] numbers are read exactly, or refused', async () => {
      const read = async (record: string) => paymentsOf(way, wrap(record));
      const amountOf = async (text: string) =>
        (await read(payment(`"amount":${text},"currency":"EUR"`)))[0]?.amountMinor;
      expect(await amountOf('48000.00')).toBe(4_800_000n);
      expect(await amountOf('4.8e4')).toBe(4_800_000n);
      // 2^53 - 1 cents; the double next to it is another amount.
      expect(await amountOf('90071992547409.91')).toBe(9_007_199_254_740_991n);
      expect(await amountOf('48000.0000000000000000')).toBe(4_800_000n);
      for (const no of [
        '90071992547409.92',
        '48000.0000000000000001',
        '48000.001',
        '1e999',
        '1e-400',
        '9007199254740993',
      ])
        expect(await amountOf(no), no).toBeUndefined();
      const stripe = (amount: string) => read(STRIPE.replace('4800', amount));
      expect(only(await stripe('9007199254740991')).amountMinor).toBe(9_007_199_254_740_991n);
      for (const no of ['9007199254740993', '4800.00000000000000001', '48e999'])
        expect(await stripe(no), no).toEqual([]);
      const [first] = await read(payment('"uetr":"u1","id":12345678901234567890'));
      const [second] = await read(payment('"uetr":"u1","id":12345678901234567891'));
      expect([first?.ownId, second?.ownId]).toEqual(['12345678901234567890', '12345678901234567891']);
    });

    it('[X7] keys that name a prototype are keys', async () => {
      const odd =
        '"__proto__":{"id":"p9","polluted":"1"},"constructor":{"prototype":{"polluted":"2"}},"prototype":"3"';
      const record = payment(`"amount":"1.00","currency":"EUR",${odd}`);
      const event = only(await paymentsOf(way, wrap(record)));
      expect(event).toMatchObject({ ownId: 'p1', amountMinor: 100n });
      expect(Object.keys(event.attributes).toSorted()).toEqual([
        '__proto__.id',
        '__proto__.polluted',
        'constructor.prototype.polluted',
        'prototype',
      ]);
      for (const [input, value] of [
        ['payments', STRIPE],
        ['audit', JSON.stringify(auditRecord())],
        ['alerts', JSON.stringify(falcoRecord())],
      ] as const) {
        const poisoned = value.replace('{', `{${odd},`);
        const { account } = await frameOf(input, await way(wrap(poisoned), true, {}));
        expect(account.items.in_flight).toBe(1);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });
  });

  it('[X3] size of a record: JSON, a row of CSV, XML', async () => {
    const large = payment(`"note":"${'x'.repeat(2_000)}"`);
    const small = { recordBytes: 1_000 };
    for (const text of [large, `${large}\n`, `[${large}]`, JSON.stringify(JSON.parse(large), null, 1)])
      expectRefused('payments', await frameOf('payments', await way(text, true, small)), 'too_large');
    const xml = fixture('iso20022/pacs008.xml');
    expectRefused('payments', await frameOf('payments', await way(xml, true, small)), 'too_large');
  });

  it.each(['iso20022/pacs008.xml', 'iso8583/iso_reversal_message.xml'])(
    '[X5] document types, entities and depth of XML: %s',
    async (sample) => {
      const good = fixture(sample).replace(/^[^]*?\?>\s*/, '');
      const refusedAs = async (text: string, reason: string): Promise<void> =>
        expectRefused('payments', await frameOf('payments', await way(text, true, {})), reason);
      const bomb = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>';
      for (const type of [bomb, '<!DOCTYPE d SYSTEM "http://127.0.0.1/d.dtd">']) {
        await refusedAs(`${type}${good}`, 'unsafe_xml');
        await refusedAs(JSON.stringify(`${type}${good}`), 'unsafe_xml');
        await refusedAs(JSON.stringify({ log: `${type}${good}`, stream: 'o' }), 'unsafe_xml');
      }
      await refusedAs(good.replace('>', '>&b;'), 'not_xml');
    },
  );
});

describe('[X3] what only some ways have', () => {
  it('rows of CSV', async () => {
    const rows = `id,time,state,rail\np1,2026-03-10T14:00:02Z,${'x'.repeat(2_000)},sepa_ct\n`;
    const source = await file(rows, true, { recordBytes: 1_000 }, 'in.csv');
    expectRefused('payments', await frameOf('payments', source), 'too_large');
  });

  it('messages of protobuf', async () => {
    const message = Buffer.concat([Buffer.from([0x0a, 0xd0, 0x0f]), Buffer.alloc(2_000)]);
    const limits = { messageBytes: 1_000 };
    for (const source of [
      await file(message, false, limits, 'in.binpb'),
      await body('identity', 'protobuf')(message, false, limits),
      await body('gzip', 'protobuf')(message, false, limits),
    ])
      expectRefused('spans', await frameOf('spans', source), 'too_large');
  });
});

describe('[X4] what is packed', () => {
  const bomb = Buffer.alloc(40_000_000, ' ');
  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s: how much it may become, and how many times its size', async (encoding, pack) => {
    for (const limits of [{ decompressedBytes: 1_000_000 }, { ratio: 100 }]) {
      expectRefused(
        'payments',
        await frameOf('payments', await file(pack(bomb), true, limits)),
        'decompression',
      );
      expectRefused(
        'payments',
        await frameOf('payments', await body(encoding)(bomb, true, limits)),
        'decompression',
      );
    }
  });

  it('messages within records', async () => {
    const record = JSON.stringify({ awslogs: { data: gzipSync(bomb).toString('base64') } });
    expectRefused(
      'audit',
      await frameOf('audit', await body('identity')(record, false, {})),
      'decompression',
    );
  });

  it('bodies and records of topics that do not say so, or say it and are not', async () => {
    const text = payment('"amount":"1.00","currency":"EUR"');
    for (const pack of [gzipSync, zstdCompressSync])
      expectRefused(
        'payments',
        await frameOf('payments', await body('identity')(pack(text), true, {})),
        'decompression',
      );
    const plain = openBody(
      { name: 'x', bytes: Buffer.from(text), encoding: 'gzip', media: 'json' },
      { excerpt },
    );
    expectRefused('payments', await frameOf('payments', plain), 'decompression');
  });
});

describe('[X7] keys that name a prototype, where only some ways have them', () => {
  it('columns of CSV, and a mapping of them', async () => {
    const rows =
      'id,time,state,rail,__proto__,constructor.prototype\np1,2026-03-10T14:00:02Z,sent,sepa_ct,1,2\n';
    const event = only(await paymentsOf(file, rows, 'in.csv'));
    expect(event.ownId).toBe('p1');
    expect(({} as { prototype?: unknown }).prototype).toBeUndefined();
  });

  it('attributes of spans', async () => {
    const trace = JSON.parse(fixture('otlp-proto/trace.json')) as {
      resourceSpans: { resource: { attributes: object[] } }[];
    };
    for (const key of ['__proto__', 'constructor', 'prototype'])
      trace.resourceSpans[0]?.resource.attributes.push({ key, value: { stringValue: 'x' } });
    const { account } = await frameOf('spans', await body('identity')(JSON.stringify(trace), false, {}));
    expect(account.items.in_flight).toBe(1);
  });
});
