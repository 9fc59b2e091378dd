// Goal: OTLP exporters get what the specification promises them, in the encoding that they speak. Method: real sockets, the real
// formats, and the messages read back with another implementation of protobuf.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Intake } from '../../../src/ports/intake.ts';
import { encodeLogs, encodeProtobuf } from '../../conformance/otlp-encodings.ts';
import { span, traces } from '../../conformance/otlp-spans.ts';
import type { JsonObject } from '../../formats/format-context.ts';
import { falcoRecord } from '../../formats/sample-records.ts';
import { openIntake } from '../../runtime/live/intake-parts.ts';
import { serveIntake, ToldIntake, type Answer, type IntakeServer } from './intake-server.ts';

/** As opentelemetry-proto and googleapis declare them. */
const SCHEMA = protobuf.parse(`
  syntax = "proto3";
  message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
  message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message ExportLogsServiceResponse { ExportLogsPartialSuccess partial_success = 1; }
  message ExportLogsPartialSuccess { int64 rejected_log_records = 1; string error_message = 2; }
  message Status { int32 code = 1; string message = 2; }
`).root;

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD = traces([span()]);
const MIXED = traces([span(), span({ traceId: '00000000000000000000000000000000' })]);

const open: IntakeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(intake?: Intake): Promise<IntakeServer> {
  const server = await serveIntake(intake ?? (await openIntake()).intake);
  open.push(server);
  return server;
}

function read(type: string, { body }: Answer): Record<string, unknown> {
  const message = SCHEMA.lookupType(type);
  return message.toObject(message.decode(body), { longs: String });
}

describe('traces are taken', () => {
  it.each([
    ['protobuf', encodeProtobuf(GOOD), PROTOBUF],
    ['protobuf in gzip', gzipSync(encodeProtobuf(GOOD)), { ...PROTOBUF, 'content-encoding': 'gzip' }],
    ['protobuf in zstd', zstdCompressSync(encodeProtobuf(GOOD)), { ...PROTOBUF, 'content-encoding': 'zstd' }],
    ['nothing, in protobuf', Buffer.alloc(0), PROTOBUF],
  ])('%s: an empty response in protobuf, without partial_success', async (_what, body, headers) => {
    const answer = await (await serve()).post('/v1/traces', body, headers);
    expect([answer.status, answer.headers['content-type'], answer.body.length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
    expect(read('ExportTraceServiceResponse', answer)).toEqual({});
  });

  it.each([
    ['JSON', JSON.stringify(GOOD), JSON_TYPE],
    ['JSON with a charset', JSON.stringify(GOOD), { 'content-type': 'application/json; charset=utf-8' }],
    ['JSON in gzip', gzipSync(JSON.stringify(GOOD)), { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ])('%s: an empty response in JSON', async (_what, body, headers) => {
    const answer = await (await serve()).post('/v1/traces', body, headers);
    expect([answer.status, answer.headers['content-type'], answer.json()]).toEqual([
      200,
      'application/json',
      {},
    ]);
  });
});

describe('one bad span', () => {
  it('in protobuf: 200, and how many were rejected and why', async () => {
    const answer = await (await serve()).post('/v1/traces', encodeProtobuf(MIXED), PROTOBUF);
    expect(answer.status).toBe(200);
    const { partialSuccess } = read('ExportTraceServiceResponse', answer);
    expect(partialSuccess).toMatchObject({
      rejectedSpans: '1',
      errorMessage: expect.stringContaining('bad_trace_id') as unknown,
    });
  });

  it('in JSON: the count is text, as int64 is in JSON', async () => {
    const answer = await (await serve()).post('/v1/traces', JSON.stringify(MIXED), JSON_TYPE);
    expect(answer.json()).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
  });
});

describe('nothing that can be decoded: 400 with a Status, never sent again', () => {
  it('protobuf', async () => {
    const answer = await (await serve()).post('/v1/traces', Buffer.from('hello'), PROTOBUF);
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(read('Status', answer)).toMatchObject({
      code: 3,
      message: expect.stringContaining('not_protobuf') as unknown,
    });
  });

  it('JSON', async () => {
    const answer = await (await serve()).post('/v1/traces', '{"resourceSpans": 5', JSON_TYPE);
    expect([answer.status, answer.json()['code']]).toEqual([400, 3]);
  });
});

describe('back-pressure and faults', () => {
  it.each([
    [{ kind: 'busy', retryAfterSeconds: 1 } as const, 429, '1', 8],
    [{ kind: 'full', text: 'the disk is full', retryAfterSeconds: 30 } as const, 503, '30', 14],
  ])('%o', async (told, status, after, code) => {
    const intake = new ToldIntake();
    intake.answer = told;
    const answer = await (await serve(intake)).post('/v1/traces', encodeProtobuf(GOOD), PROTOBUF);
    expect([answer.status, answer.headers['retry-after'], read('Status', answer)['code']]).toEqual([
      status,
      after,
      code,
    ]);
  });

  it('our own fault: 500, and nothing of why', async () => {
    const intake = new ToldIntake();
    intake.answer = new Error('secret');
    const answer = await (await serve(intake)).post('/v1/traces', '{}', JSON_TYPE);
    expect([answer.status, answer.json()['code'], answer.body.toString().includes('secret')]).toEqual([
      500,
      13,
      false,
    ]);
  });

  it.each([
    ['another content type', { 'content-type': 'text/plain' }, 415, 3],
    ['another coding', { ...JSON_TYPE, 'content-encoding': 'br' }, 415, 3],
    ['a page of another site', { ...JSON_TYPE, origin: 'https://evil.example' }, 403, 7],
  ])('%s: a Status too', async (_what, headers, status, code) => {
    const answer = await (await serve()).post('/v1/traces', '{}', headers);
    expect([answer.status, answer.json()['code']]).toEqual([status, code]);
  });

  it('metrics are not built', async () => {
    const answer = await (await serve()).post('/v1/metrics', '{}', JSON_TYPE);
    expect([answer.status, answer.json()['code']]).toEqual([501, 12]);
  });

  it('a count of many bytes is written whole', async () => {
    const intake = new ToldIntake();
    intake.answer = { kind: 'taken', records: 1, items: 0, refusedItems: 2 ** 40 + 1, refusals: [] };
    const answer = await (await serve(intake)).post('/v1/traces', '', PROTOBUF);
    expect(read('ExportTraceServiceResponse', answer)).toMatchObject({
      partialSuccess: { rejectedSpans: String(2 ** 40 + 1) },
    });
  });
});

describe('logs are taken [F21]', () => {
  const line = (text: string): JsonObject => ({ body: { stringValue: text } });
  const logs = (...lines: string[]): JsonObject => ({
    resourceLogs: [{ scopeLogs: [{ logRecords: lines.map(line) }] }],
  });
  const GOOD_LINE = JSON.stringify(falcoRecord());
  const CUT_LINE = '2026-03-10T14:00:03.001Z stdout P {"output":';

  it('all of them: an empty response', async () => {
    const { intake, frames } = await openIntake();
    const answer = await (
      await serve(intake)
    ).post('/v1/logs', JSON.stringify(logs(GOOD_LINE, 'GET / 200')), JSON_TYPE);
    expect([answer.status, answer.json()]).toEqual([200, {}]);
    expect((await frames()).map(({ input, observations }) => [input, observations.length])).toEqual([
      ['events', 1],
    ]);
  });

  it('one that is cut: how many were rejected and why, in either encoding', async () => {
    const body = logs(GOOD_LINE, CUT_LINE);
    const json = await (await serve()).post('/v1/logs', JSON.stringify(body), JSON_TYPE);
    expect([json.status, json.json()]).toMatchObject([200, { partialSuccess: { rejectedLogRecords: '1' } }]);
    const binary = await (
      await serve()
    ).post('/v1/logs', gzipSync(encodeLogs(body)), {
      ...PROTOBUF,
      'content-encoding': 'gzip',
    });
    expect(read('ExportLogsServiceResponse', binary)).toMatchObject({
      partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringContaining('truncated') },
    });
  });

  it('one that is cut among lines of applications: they are counted, and it is told', async () => {
    const answer = await (
      await serve()
    ).post('/v1/logs', JSON.stringify(logs('GET / 200', CUT_LINE)), JSON_TYPE);
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      { partialSuccess: { rejectedLogRecords: '1' } },
    ]);
  });

  it('spans in JSON sent there: they are told where to go', async () => {
    const answer = await (await serve()).post('/v1/logs', JSON.stringify(GOOD), JSON_TYPE);
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { code: 3, message: expect.stringContaining('/v1/traces') as unknown },
    ]);
  });

  it('traces sent there: 400 with a Status, never to be sent again', async () => {
    const answer = await (await serve()).post('/v1/logs', encodeProtobuf(GOOD), PROTOBUF);
    expect(answer.status).toBe(400);
    expect(read('Status', answer)).toMatchObject({
      code: 3,
      message: expect.stringContaining('not_protobuf'),
    });
  });
});
