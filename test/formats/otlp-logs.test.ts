// Goal: logs of OTLP are an envelope, the same in every spelling and in protobuf; what is no record is counted [F21].
// Method: records by hand; the official schema, by protobufjs, against our reader; every sample in it is in envelope.test.ts.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeNativeEvent } from '../../src/formats/native-event.ts';
import { otlpLogsOf } from '../../src/formats/otlp-logs-protobuf.ts';
import { decodePayments } from '../../src/formats/payment-formats.ts';
import { decodeSecurity } from '../../src/formats/security-formats.ts';
import { openBody } from '../../src/adapters/file/body-source.ts';
import type { RawRecord } from '../../src/ports/record-source.ts';
import { encodeLogs } from '../conformance/otlp-encodings.ts';
import { Dice } from './dice.ts';
import { CLUSTER, logsExport, TRACE } from './envelopes.ts';
import { CONTEXT, fixture, only, PLACE, type JsonObject } from './format-context.ts';
import { PAYMENT_CONTEXT } from './payment-context.ts';
import { auditRecord, falcoRecord, nativeRecord, paymentRecord } from './sample-records.ts';

const decoded = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);

const snake = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value).replaceAll(
      /"(\w+)":/g,
      (_, key: string) => `"${key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`,
    ),
  );

const SAMPLES = [auditRecord(), falcoRecord(), nativeRecord()];

describe('[F21] OTLP logs', () => {
  it.each<[name: string, spell: (value: JsonObject) => unknown]>([
    ['as specified', (value) => value],
    ['in snake_case', snake],
    [
      'with upper-case ids',
      (value) => JSON.parse(JSON.stringify(value).replaceAll(TRACE, TRACE.toUpperCase())),
    ],
    [
      'with ids in base64',
      (value) =>
        JSON.parse(JSON.stringify(value).replaceAll(TRACE, Buffer.from(TRACE, 'hex').toString('base64'))),
    ],
    ['a bare ResourceLogs', (value) => (value['resourceLogs'] as unknown[])[0]],
    [
      'older names',
      (value) =>
        JSON.parse(
          JSON.stringify(value)
            .replaceAll('"scopeLogs"', '"instrumentationLibraryLogs"')
            .replaceAll('"logRecords"', '"logs"'),
        ),
    ],
    ['in protobuf', (value) => otlpLogsOf(encodeLogs(value))],
    [
      'in protobuf, in a message of a log service',
      (value) => gzipSync(JSON.stringify(value)).toString('base64'),
    ],
  ])('%s', (_, spell) => {
    for (const sample of SAMPLES) {
      const [raw, inside] = [decoded(sample), decoded(spell(logsExport(sample)))];
      expect([inside.items.length, inside.refused, inside.ignored]).toEqual([raw.items.length, [], {}]);
      const [own, wrapped] = [only(raw.items), only(inside.items)];
      expect(wrapped).toMatchObject({ nativeId: own.nativeId, start: own.start, action: own.action });
      expect(wrapped.traceId).toBe(own.traceId ?? TRACE);
      expect(wrapped.identity).toEqual({
        ...own.identity,
        cluster: own.identity.cluster ?? wrapped.identity.cluster,
      });
    }
  });

  it('a body that somebody has parsed, and the line as it was', () => {
    const any = (value: unknown): JsonObject => {
      if (Array.isArray(value)) return { arrayValue: { values: value.map(any) } };
      if (typeof value === 'object' && value !== null) {
        const values = Object.entries(value).map(([key, member]) => ({ key, value: any(member) }));
        return { kvlistValue: { values } };
      }
      if (typeof value === 'number')
        return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
      return typeof value === 'boolean' ? { boolValue: value } : { stringValue: value };
    };
    const record = falcoRecord();
    const parsed = {
      body: any(JSON.parse(JSON.stringify(record, (_, value: unknown) => value ?? undefined))),
    };
    const bytes = { body: { bytesValue: Buffer.from(JSON.stringify(record)).toString('base64') } };
    const original = {
      body: { stringValue: 'A shell was spawned' },
      attributes: [{ key: 'log.record.original', value: { stringValue: JSON.stringify(record) } }],
    };
    const raw = only(decoded(record).items);
    for (const one of [parsed, bytes, original]) {
      const value = { resourceLogs: [{ scopeLogs: [{ logRecords: [one] }] }] };
      for (const each of [value, otlpLogsOf(encodeLogs(value))])
        expect(only(decoded(each).items)).toMatchObject({ nativeId: raw.nativeId, start: raw.start });
    }
  });

  it('what is no record is counted, what is cut is refused, and the others are read', () => {
    const lines = ['GET / 200', '', '{"level":"info"}', '[1,2]', 7, JSON.stringify(falcoRecord())];
    const cut = '2026-03-10T14:00:03.001Z stdout P {"output":';
    const logRecords = [...lines, cut].map((line) => ({
      body: typeof line === 'number' ? { intValue: '7' } : { stringValue: line },
    }));
    const result = decoded({ resourceLogs: [{ scopeLogs: [{ logRecords: [...logRecords, {}, null] }] }] });
    expect(result.items).toHaveLength(1);
    expect(result.ignored).toEqual({ no_record: 8 });
    expect(result.refused.map(({ reason }) => reason)).toEqual(['truncated']);
  });

  it.each(['logs', 'events'])('otlp-proto/%s.json holds no record', (name) => {
    const value: unknown = JSON.parse(fixture(`otlp-proto/${name}.json`));
    expect(decoded(value)).toEqual({ items: [], ignored: { no_record: 1 }, refused: [] });
    expect(decoded(otlpLogsOf(encodeLogs(value)))).toEqual(decoded(value));
  });

  it('payments that an application logs have the trace of the log record', () => {
    const { items } = decodePayments(logsExport(paymentRecord()), PLACE, PAYMENT_CONTEXT);
    const raw = only(decodePayments(paymentRecord(), PLACE, PAYMENT_CONTEXT).items);
    expect(only(items)).toMatchObject({ id: raw.id, traceId: raw.traceId ?? TRACE });
  });

  it('the cluster of the resource is that of a record that names none', () => {
    const resource = { attributes: [{ key: 'k8s.cluster.name', value: { stringValue: CLUSTER } }] };
    const logRecords = [{ body: { stringValue: JSON.stringify(falcoRecord()) } }];
    const { items } = decoded({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
    expect(only(items).identity.cluster).toBe(CLUSTER);
  });
});

describe('[F21] bytes that are no logs', () => {
  const whole = encodeLogs(logsExport(falcoRecord()));

  it('a file or a value of a topic that is logs in protobuf is known by its bytes', async () => {
    const body = { name: 'otlp_logs/0@1', bytes: whole, encoding: 'identity', media: 'json' } as const;
    const records: RawRecord[] = [];
    for await (const batch of openBody(body, { excerpt: (text) => text }).records()) records.push(...batch);
    expect(records.map(({ kind }) => kind)).toEqual(['protobuf']);
  });

  it('traces, text, and what breaks off are none', () => {
    const span = '0a1e121c121a0a100102030405060708090a0b0c0d0e0f10120601020304050a';
    expect(otlpLogsOf(Buffer.from(span, 'hex'))).toBeNull();
    for (let length = 1; length < whole.length; length += 1)
      expect(otlpLogsOf(whole.subarray(0, length))).toBeNull();
    expect(otlpLogsOf(Buffer.from('{"resourceLogs":[]}'))).toBeNull();
    expect(otlpLogsOf(new Uint8Array())).toEqual({ resourceLogs: [] });
  });

  it('what nests without end is refused, and any bytes are answered', () => {
    let nested = Buffer.from([0x0a, 0x00]);
    for (let i = 0; i < 2_000; i += 1) {
      const length = Buffer.from([(nested.length & 0x7f) | 0x80, (nested.length >> 7) & 0x7f]);
      nested = Buffer.concat([Buffer.from([0x2a]), length, nested]).subarray(0, 16_000);
    }
    expect(otlpLogsOf(nested)).toBeNull();
    const dice = new Dice(1);
    for (let i = 0; i < 5_000; i += 1) {
      const broken = Buffer.from(whole);
      for (let changes = 1 + dice.below(4); changes > 0; changes -= 1)
        broken[dice.below(broken.length)] = dice.below(256);
      const read = otlpLogsOf(broken);
      expect(decoded(read ?? {}).items.length).toBeLessThan(2);
    }
  });
});
