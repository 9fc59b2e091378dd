// Goal: logs of OTLP are an envelope, the same in every spelling and in protobuf; what is no record is counted [F21].
// Method: records by hand; the official schema, by protobufjs, against our reader; every sample in it is in envelope.test.ts.
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { otlpLogsOf } from '../../../src/formats/otlp/otlp-logs-protobuf.ts';
import { decodePayments } from '../../../src/formats/payments/payment-formats.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { openBody } from '../../../src/adapters/file/body-source.ts';
import type { RawRecord } from '../../../src/ports/record-source.ts';
import { encodeLogs, snakeCased } from '../../conformance/otlp-encodings.ts';
import { Dice } from '../dice.ts';
import { anyOf, CLUSTER, logsExport, membersOf, TRACE } from '../envelopes.ts';
import { CONTEXT, fixture, only, PLACE, type JsonObject } from '../format-context.ts';
import { PAYMENT_CONTEXT } from '../payment-context.ts';
import { auditRecord, falcoRecord, nativeRecord, paymentRecord } from '../sample-records.ts';
import { SENSOR_RECORDS } from '../sensor-records.ts';

const decoded = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);

const SAMPLES = [auditRecord(), falcoRecord(), nativeRecord()];

describe('[F21] OTLP logs', () => {
  it.each<[name: string, spell: (value: JsonObject) => unknown]>([
    ['as specified', (value) => value],
    ['in snake_case', snakeCased],
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
    const record = falcoRecord();
    const parsed = { body: anyOf(record) };
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
    expect(result.ignored).toEqual({ no_record: 7 });
    expect(result.refused.map(({ reason }) => reason).toSorted()).toEqual(['truncated', 'wrong_shape']);
  });

  it.each([[{ toString: 1, valueOf: 1 }], [[]], [[7]], [true], [''], [' '], ['1e3'], [null]])(
    'an integer that is %j is no number, and no fault of ours',
    (intValue) => {
      const logRecords = [{ body: { kvlistValue: { values: [{ key: 'a', value: { intValue } }] } } }];
      const result = decoded({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
      expect(result).toMatchObject({ items: [], ignored: { no_record: 1 }, refused: [] });
    },
  );

  const export1 = (...logRecords: unknown[]): JsonObject => ({
    resourceLogs: [{ scopeLogs: [{ logRecords }] }],
  });
  const text = (stringValue: string): JsonObject => ({ stringValue });
  const original = (line: string): JsonObject => ({ key: 'log.record.original', value: text(line) });
  const LINE = JSON.stringify(falcoRecord());

  it.each([
    ['the original is no record', { body: text(LINE), attributes: [original('a line of something')] }],
    [
      'the original is cut',
      { body: text(LINE), attributes: [original('2026-03-10T14:00:03.001Z stdout P {"out')] },
    ],
    ['the body is no record', { body: text('A shell was spawned'), attributes: [original(LINE)] }],
    [
      'a parser left it in attributes',
      {
        body: text('A shell'),
        attributes: [
          { key: 'log', value: text(LINE) },
          { key: 'time', value: text('2026-03-10T14:00:03.001Z') },
        ],
      },
    ],
  ])('the record is found where %s', (_, logRecord) => {
    for (const value of [export1(logRecord), otlpLogsOf(encodeLogs(export1(logRecord)))]) {
      const { items, ignored, refused } = decoded(value);
      expect([only(items).nativeId, ignored, refused]).toEqual(['f-1', {}, []]);
    }
  });

  it('an event has its fields in attributes: of security, and of a payment', () => {
    const event = (record: object): JsonObject =>
      export1({ eventName: 'some.event', attributes: membersOf(record) });
    for (const value of [event(nativeRecord()), otlpLogsOf(encodeLogs(event(nativeRecord())))])
      expect(only(decoded(value).items).nativeId).toBe(only(decoded(nativeRecord()).items).nativeId);
    const { items } = decodePayments(event(paymentRecord()), PLACE, PAYMENT_CONTEXT);
    expect(only(items).id).toBe(only(decodePayments(paymentRecord(), PLACE, PAYMENT_CONTEXT).items).id);
  });

  it('a line with the time of day only is of the day of its log record', () => {
    const line = '14:00:02.1: Notice A shell (user=root k8s.ns=pay k8s.pod=a)';
    const time = '1773151203001000000';
    expect(decoded(line).refused.map(({ reason }) => reason)).toEqual(['missing_time']);
    for (const name of ['timeUnixNano', 'observedTimeUnixNano']) {
      const value = export1({ body: text(line), [name]: time });
      for (const each of [value, snakeCased(value), otlpLogsOf(encodeLogs(value))])
        expect(only(decoded(each).items)).toMatchObject({
          start: 1_773_151_203_001_000,
          identity: { namespace: 'pay', podName: 'a' },
        });
    }
    const none = { timeUnixNano: '0', observedTimeUnixNano: 'soon', body: text(line) };
    expect(decoded(export1(none)).refused.map(({ reason }) => reason)).toEqual(['missing_time']);
  });

  it('what an application logged and the runtime cut is no record of ours', () => {
    const cut = export1({ body: text('2026-03-10T14:00:03.001Z stdout P a long sto') });
    expect(decoded(cut)).toEqual({ items: [], ignored: { no_record: 1 }, refused: [] });
  });

  it.each([
    ['resources', { resourceLogs: ['x', 7, null] }, 3],
    ['scopes', { resourceLogs: [{ scopeLogs: ['x'] }] }, 1],
    ['a list of scopes', { resourceLogs: [{ scopeLogs: { logRecords: [] } }] }, 1],
    ['a list of records', { resourceLogs: [{ scopeLogs: [{ logRecords: { body: text(LINE) } }] }] }, 1],
    ['records', export1('x', 7), 2],
  ])('%s of the wrong shape are refused, not lost', (_, value, count) => {
    const { items, refused, ignored } = decoded(value);
    expect([items, ignored, refused.map(({ reason }) => reason)]).toEqual([
      [],
      {},
      Array.from({ length: count }, () => 'wrong_shape'),
    ]);
  });

  it.each(['resourceSpans', 'resource_spans', 'resourceMetrics'])('%s are told where to go', (name) => {
    const { refused } = decoded({ [name]: [{}] });
    expect(refused).toMatchObject([
      { reason: 'wrong_shape', text: expect.stringContaining('OTLP') as unknown },
    ]);
  });

  it.each([
    ['k8s.cluster.name', CLUSTER],
    ['k8s.cluster.uid', CLUSTER],
    ['cluster', CLUSTER],
  ])('%s names the cluster, as for traces', (key, cluster) => {
    const resource = { attributes: [{ key, value: text(cluster) }] };
    const body = { body: text(LINE), attributes: [{ key: 'cluster', value: text('of something else') }] };
    const value = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [body] }] }] };
    expect(only(decoded(value).items).identity.cluster).toBe(CLUSTER);
  });

  it('a card number in what a resource says is not kept', () => {
    const card = '4111111111111111';
    const names = ['k8s.cluster.name', 'k8s.pod.name', 'k8s.namespace.name', 'container.id', 'k8s.node.name'];
    const resource = { attributes: names.map((key) => ({ key, value: text(card) })) };
    for (const record of [falcoRecord(), SENSOR_RECORDS['istio']?.()]) {
      const body = { body: text(JSON.stringify(record)) };
      const value = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [body] }] }] };
      expect(JSON.stringify(only(decoded(value).items))).not.toContain(card);
    }
    const body = { body: text(JSON.stringify(paymentRecord())) };
    const value = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [body] }] }] };
    expect(inspect(decodePayments(value, PLACE, PAYMENT_CONTEXT).items, { depth: null })).not.toContain(card);
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
  /** As a varint of two bytes. */
  const lengthOf = ({ length }: Uint8Array): Buffer => Buffer.from([(length & 0x7f) | 0x80, length >> 7]);

  it('a file or a value of a topic that is logs in protobuf is known by its bytes', async () => {
    const body = { name: 'otlp_logs/0@1', bytes: whole, encoding: 'identity', media: 'json' } as const;
    const records: RawRecord[] = [];
    for await (const batch of openBody(body, { excerpt: (text) => text }).records()) records.push(...batch);
    expect(records.map(({ kind }) => kind)).toEqual(['protobuf']);
  });

  it('one that begins as text does, and several behind their lengths', async () => {
    const padded = (length: number): Uint8Array =>
      encodeLogs({
        resourceLogs: [
          { schemaUrl: 'u'.repeat(length), scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] },
        ],
      });
    const like = Array.from({ length: 120 }, (_, i) => padded(i)).find((bytes) => bytes[1] === 0x7b);
    expect(like?.subarray(0, 2)).toEqual(Buffer.from('\n{'));
    const delimited = Buffer.concat([whole, whole].flatMap((each) => [lengthOf(each), each]));
    for (const [bytes, count] of [
      [like ?? whole, 1],
      [delimited, 2],
    ] as const) {
      const body = { name: 'otlp_logs/0@1', bytes, encoding: 'identity', media: 'json' } as const;
      const records: RawRecord[] = [];
      for await (const batch of openBody(body, { excerpt: (text) => text }).records()) records.push(...batch);
      expect(records.map(({ kind }) => kind)).toEqual(Array.from({ length: count }, () => 'protobuf'));
      for (const record of records)
        expect(record.kind === 'protobuf' && otlpLogsOf(record.payload)).toMatchObject({
          resourceLogs: [{}],
        });
    }
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
