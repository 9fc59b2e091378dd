// Goal: what only JSON can spell, or misspell. What both encodings share is in test/conformance/span-decoder.suite.ts.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOtlpJson } from '../../../src/formats/otlp/otlp-json.ts';
import { END, span, SPAN, START, text, TRACE, traces } from '../../conformance/otlp-spans.ts';
import { spanContext } from '../span-context.ts';

const context = spanContext();
const sample: unknown = JSON.parse(
  readFileSync(new URL('../../fixtures/otlp-proto/trace.json', import.meta.url), 'utf8'),
);

it("reads OpenTelemetry's own example", () => {
  expect(decodeOtlpJson(sample, context)).toMatchObject({
    batches: [
      {
        identity: { serviceName: 'my.service', podName: null },
        spans: [
          {
            traceId: '5b8efff798038103d269b633813fc60c',
            spanId: 'eee19b7ec3c1b174',
            start: 1544712660000000,
            end: 1544712661000000,
            transactionIds: [],
          },
        ],
      },
    ],
    ignored: {},
    refused: [],
  });
});

describe('times', () => {
  const outcome = (start: unknown, end?: unknown): unknown => {
    const value = {
      resourceSpans: [
        {
          scopeSpans: [
            { spans: [{ traceId: TRACE, spanId: SPAN, startTimeUnixNano: start, endTimeUnixNano: end }] },
          ],
        },
      ],
    };
    const { batches, refused } = decodeOtlpJson(value, context);
    return refused[0]?.reason ?? batches[0]?.spans[0]?.start;
  };

  it.each([
    ['1544712660000001999', 1544712660000001],
    ['99', 'missing_time'],
    [9_007_199_254_740_991, 9_007_199_254_740],
    // A number of today's nanoseconds is beyond 2^53: its last digits are lost already.
    [Number(START), 'bad_time'],
    [0, 'missing_time'],
    [null, 'missing_time'],
    ['', 'missing_time'],
    [1.5, 'bad_time'],
    [-1, 'bad_time'],
    ['-1', 'bad_time'],
    ['1.5e18', 'bad_time'],
    ['9007199254740992000', 'bad_time'],
    ['2018-12-13T14:51:00Z', 'bad_time'],
    [{}, 'bad_time'],
    [true, 'bad_time'],
  ])('start %j gives %j', (start, expected) => expect(outcome(start)).toBe(expected));

  it('refuses a bad end as it refuses a bad start', () => {
    expect(outcome(START, Number(END))).toBe('bad_time');
    expect(outcome(START, END)).toBe(1544712660000001);
  });
});

describe('ids', () => {
  const traceIdOf = (traceId: unknown, spanId: unknown = SPAN): unknown => {
    const value = { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span(), traceId, spanId }] }] }] };
    const { batches, refused } = decodeOtlpJson(value, context);
    return refused[0]?.reason ?? batches[0]?.spans[0]?.traceId;
  };

  it('takes 32 hex digits for hex although they are base64 too', () => {
    expect(traceIdOf('abcdefabcdefabcdefabcdefabcdefab')).toBe('abcdefabcdefabcdefabcdefabcdefab');
  });

  it('takes both alphabets of base64', () => {
    expect(traceIdOf('++//++//++//++//++//+w==')).toBe('fbefff'.repeat(5) + 'fb');
    expect(traceIdOf('--__--__--__--__--__-w')).toBe('fbefff'.repeat(5) + 'fb');
  });

  it.each([
    ['AAAAAAAAAAAAAAAAAAAAAA=='],
    ['W47/95gDgQPSabYzgT/GDA='],
    ['W47/95gDgQPSabYzgT/G'],
    [17],
    [null],
    ['*'.repeat(32)],
  ])('refuses %j as a trace id', (id) => expect(traceIdOf(id)).toBe('bad_trace_id'));

  it.each([['AAAAAAAAAAA='], ['7uGbfsPBsXQ=='], [TRACE], [undefined]])('refuses %j as a span id', (id) => {
    expect(traceIdOf(TRACE, id ?? null)).toBe('bad_span_id');
  });
});

describe('shapes', () => {
  it.each([
    [null],
    [1],
    ['text'],
    [[]],
    [{ kind: 'Event' }],
    [{ resourceSpans: {} }],
    [{ resourceSpans: 'x' }],
  ])('refuses %j as a whole', (value) => {
    expect(decodeOtlpJson(value, context)).toMatchObject({
      batches: [],
      ignored: {},
      refused: [{ reason: 'wrong_shape' }],
    });
  });

  it('takes an empty export', () => {
    for (const value of [{}, { resourceSpans: [] }, { resource_spans: [] }]) {
      expect(decodeOtlpJson(value, context)).toEqual({ batches: [], ignored: {}, refused: [] });
    }
  });

  it('takes a bare resource of spans', () => {
    const [resource] = traces([span()], [text('k8s.pod.name', 'p')]).resourceSpans;
    expect(decodeOtlpJson(resource, context).batches).toMatchObject([
      { identity: { podName: 'p' }, spans: [{ traceId: TRACE }] },
    ]);
  });

  it('refuses members that are no objects one by one', () => {
    const value = { resourceSpans: [7, { scopeSpans: ['x', { spans: [null, span()] }] }] };
    const { batches, refused } = decodeOtlpJson(value, context);
    expect(batches).toHaveLength(1);
    expect(refused.map(({ reason }) => reason)).toEqual(['wrong_shape', 'wrong_shape', 'wrong_shape']);
  });

  it('leaves out an integer that a JSON number could not hold', () => {
    const attributes = [
      { key: 'payment.id', value: { intValue: 2 ** 53 } },
      { key: 'payment.id', value: { intValue: 42 } },
      { key: 'payment.id', value: { intValue: '9007199254740993' } },
    ];
    const [batch] = decodeOtlpJson(traces([span({ attributes })]), context).batches;
    expect(batch?.spans[0]?.transactionIds.map(({ value }) => value)).toEqual(['42', '9007199254740993']);
  });

  it('never throws, whatever stands where', () => {
    const damaged = fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(60)).map(([value, which]) => {
      let left = which;
      const replace = (member: unknown): unknown => {
        left -= 1;
        if (left < 0) {
          left = Number.POSITIVE_INFINITY;
          return value;
        }
        if (Array.isArray(member)) return member.map(replace);
        if (typeof member !== 'object' || member === null) return member;
        return Object.fromEntries(Object.entries(member).map(([key, inner]) => [key, replace(inner)]));
      };
      return replace(
        traces(
          [
            span({
              attributes: [text('payment.id', 'P')],
              events: [{ name: 'e', attributes: [text('order.id', 'O')] }],
            }),
          ],
          [text('k8s.pod.name', 'p')],
          { name: 's' },
        ),
      );
    });
    fc.assert(
      fc.property(damaged, (value) => {
        const { batches, refused } = decodeOtlpJson(value, context);
        for (const batch of batches) expect(batch.spans.every(({ start, end }) => start <= end)).toBe(true);
        expect(refused.every(({ text: message }) => message.length > 0)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
