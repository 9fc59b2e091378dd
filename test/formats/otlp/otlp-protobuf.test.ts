// Goal: our small descriptor reads what the official schema writes, and no bytes make it crash, hang or quote them. What
// both encodings share is in test/conformance/span-decoder.suite.ts.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOtlpJson } from '../../../src/formats/otlp/otlp-json.ts';
import { createProtobufSpanDecoder } from '../../../src/formats/otlp/otlp-protobuf.ts';
import { encodeProtobuf } from '../../conformance/otlp-encodings.ts';
import {
  list,
  span,
  text,
  traces,
  whole,
  type Attribute,
  type Traces,
} from '../../conformance/otlp-spans.ts';
import { spanContext } from '../span-context.ts';

const context = spanContext();
const decoder = createProtobufSpanDecoder(context);
const sample = JSON.parse(
  readFileSync(new URL('../../fixtures/otlp-proto/trace.json', import.meta.url), 'utf8').replaceAll(
    /"([0-9A-F]{16,32})"/g,
    (id) => id.toLowerCase(),
  ),
) as Traces;

/** Fields of a span that we do not keep. */
const SKIPPED = {
  traceState: 'a=b',
  parentSpanId: '',
  flags: 257,
  kind: 2,
  droppedAttributesCount: 1,
  droppedEventsCount: 2,
  droppedLinksCount: 3,
  status: { message: 'no', code: 2 },
};

/** A span with every field that the official schema has, so that everything we skip is really there. */
const full: Traces = {
  resourceSpans: [
    {
      resource: { attributes: [text('k8s.pod.name', 'p'), list('process.command_args', 'a', 'b')] },
      scopeSpans: [
        {
          scope: { name: 'lib', attributes: [text('order.id', 'O1')] },
          spans: [
            {
              ...span(),
              ...SKIPPED,
              name: 'charge',
              attributes: [
                text('payment.id', 'P1'),
                { key: 'a', value: { kvlistValue: { values: [text('payment.id', 'hidden')] } } },
                {
                  key: 'b',
                  value: { arrayValue: { values: [{ arrayValue: { values: [{ boolValue: true }] } }] } },
                },
                { key: 'c', value: { bytesValue: 'AAEC' } },
              ],
              events: [{ name: 'charged', timeUnixNano: '1', attributes: [whole('payment_id', -7)] }],
              links: [
                {
                  traceId: 'ab'.repeat(16),
                  spanId: 'cd'.repeat(8),
                  attributes: [text('payment.txn_id', 'P3')],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

describe('against the official schema', () => {
  it.each([
    ["OpenTelemetry's own example", sample],
    ['a span with every field', full],
  ])('reads %s as its JSON', (_, value) => {
    const expected = decodeOtlpJson(value, context);
    expect(expected.batches).toHaveLength(1);
    expect(decoder.decode(encodeProtobuf(value))).toEqual(expected);
  });

  it('reads random traces as their JSON', () => {
    const attribute: fc.Arbitrary<Attribute> = fc
      .tuple(
        fc.constantFrom('payment.id', 'order.id', 'k8s.pod.name', 'db.system', 'x'),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.maxSafeInteger(),
        fc.nat(2),
      )
      .map(
        ([key, value, n, kind]) =>
          [text(key, value), whole(key, n), list(key, value, String(n))][kind] ?? text(key, value),
      );
    const attributes = fc.array(attribute, { maxLength: 5 });
    const hex = (bytes: number): fc.Arbitrary<string> =>
      fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
    const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    const anySpan = fc.record({
      traceId: hex(16),
      spanId: hex(8),
      startTimeUnixNano: nanos,
      endTimeUnixNano: nanos,
      attributes,
      events: fc.array(fc.record({ name: fc.string(), attributes }), { maxLength: 2 }),
    });
    const anyTraces = fc
      .tuple(fc.array(anySpan, { maxLength: 4 }), attributes)
      .map(([spans, resource]) => traces(spans, resource));
    fc.assert(
      fc.property(anyTraces, (value) => {
        expect(decoder.decode(encodeProtobuf(value))).toEqual(decodeOtlpJson(value, context));
      }),
      { numRuns: 500 },
    );
  });
});

describe('bytes that are no export', () => {
  const payload = Buffer.from(encodeProtobuf(full));

  it('takes no bytes as an empty export', () => {
    expect(decoder.decode(Buffer.alloc(0))).toEqual({ batches: [], ignored: {}, refused: [] });
  });

  it.each([
    ['words', Buffer.from('payment 4111111111111111')],
    ['JSON', Buffer.from('{"resourceSpans":[]}')],
    ['zeros', Buffer.alloc(100)],
    ['another message', Buffer.from([0x12, 0x02, 0x08, 0x01])],
    ['a length beyond the end', Buffer.from([0x0a, 0x7f, 0x0a])],
  ])('throws for %s, without quoting them', (_, bytes) => {
    expect(() => decoder.decode(bytes)).toThrow(/^not an OTLP trace payload: [a-z, ]+$/);
  });

  it('throws wherever the payload is cut', () => {
    for (let length = 1; length < payload.length; length += 1) {
      expect(() => decoder.decode(payload.subarray(0, length))).toThrow('not an OTLP trace payload');
    }
  });

  it('either decodes damaged bytes to spans that make sense, or throws its own error', () => {
    const damage = fc.array(fc.tuple(fc.nat(payload.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    const outcomes = { decoded: 0, thrown: 0 };
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(payload);
        for (const [at, byte] of changes) bytes[at] = byte;
        let message = 'not an OTLP trace payload';
        try {
          const { batches } = decoder.decode(bytes);
          outcomes.decoded += 1;
          const sane = batches.every(({ spans }) =>
            spans.every(
              ({ traceId, spanId, start, end }) =>
                traceId.length === 32 && spanId.length === 16 && start <= end,
            ),
          );
          if (!sane) message = 'spans that make no sense';
        } catch (error) {
          outcomes.thrown += 1;
          message = String(error);
        }
        expect(message).toContain('not an OTLP trace payload');
      }),
      { numRuns: 5_000 },
    );
    expect(outcomes.decoded).toBeGreaterThan(100);
    expect(outcomes.thrown).toBeGreaterThan(100);
  });

  it('is not led into recursion by nested groups or lists', () => {
    const groups = Buffer.alloc(1_000_000, 0x13);
    expect(() => decoder.decode(groups)).toThrow('not an OTLP trace payload');
    const idsIn = (lists: number): unknown =>
      decoder.decode(encodeProtobufWithValue(nestedLists(lists))).batches[0]?.spans[0]?.transactionIds;
    expect([idsIn(0), idsIn(1)]).toMatchObject([[{ value: 'X' }], [{ value: 'X' }]]);
    expect([idsIn(2), idsIn(100), idsIn(20_000)]).toEqual([[], [], []]);
  });

  it('keeps a batch in which one text is cut within a character', () => {
    const bytes = Buffer.from(encodeProtobuf(traces([span({ attributes: [text('payment.id', 'P-ä')] })])));
    bytes[bytes.lastIndexOf(0xc3)] = 0x50;
    const [batch] = decoder.decode(bytes).batches;
    expect(batch?.spans[0]?.transactionIds[0]?.value).toMatch(/^P-P\u{fffd}$/u);
  });
});

/** An AnyValue of lists within lists, written by hand: encoders refuse it. */
function nestedLists(depth: number): Buffer {
  let value: Buffer = Buffer.from([0x0a, 0x01, 0x58]);
  for (let i = 0; i < depth; i += 1) value = field(0x2a, field(0x0a, value));
  return value;
}

function encodeProtobufWithValue(value: Buffer): Buffer {
  const attribute = Buffer.concat([field(0x0a, Buffer.from('payment.id')), field(0x12, value)]);
  const plain = Buffer.from(encodeProtobuf(traces([span()])));
  // The innermost message: take the span apart and put the attribute behind its fields.
  const spanBytes = plain.subarray(plain.indexOf(Buffer.from([0x0a, 0x10])));
  return field(0x0a, field(0x12, field(0x12, Buffer.concat([spanBytes, field(0x4a, attribute)]))));
}

function field(tag: number, content: Buffer): Buffer {
  const size: number[] = [];
  let left = content.length;
  for (; left >= 0x80; left >>>= 7) size.push((left & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...size, left]), content]);
}
