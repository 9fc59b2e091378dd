// Goal: what a sink may rely on. Whether the walker reads rightly is in otlp-differential.test.ts and in the suite of
// the port.
import { describe, expect, it } from 'vitest';
import type { WalkedSpan } from '../../../src/formats/otlp/otlp-span-reader.ts';
import { OtlpWalker, type SpanSink } from '../../../src/formats/otlp/otlp-walker.ts';
import type { SpanIdentity } from '../../../src/model/span-record.ts';
import { encodeProtobuf } from '../../conformance/otlp-encodings.ts';
import { list, span, text, traces, whole, type Attribute } from '../../conformance/otlp-spans.ts';
import { CARD, spanContext } from '../span-context.ts';

/** Notes what it is told, in order. */
class Notes implements SpanSink {
  readonly told: unknown[] = [];
  readonly identities: SpanIdentity[] = [];

  resource(identity: SpanIdentity): void {
    this.told.push('resource');
    this.identities.push(identity);
  }

  span({ traceId, spanId, start, end, transactionIds }: WalkedSpan): void {
    this.told.push({
      words: [...traceId, ...spanId],
      start,
      end,
      ids: transactionIds.map(({ value }) => value),
    });
  }

  refused(reason: string): void {
    this.told.push(reason);
  }

  falcoSpans(count: number): void {
    this.told.push(count);
  }
}

const payloadOf = (...resource: Attribute[]): Uint8Array => encodeProtobuf(traces([span()], resource));

function identitiesOf(
  payloads: readonly Uint8Array[],
  walker = new OtlpWalker(spanContext()),
): SpanIdentity[] {
  const notes = new Notes();
  for (const payload of payloads) walker.walkTraces(payload, notes);
  return notes.identities;
}

describe('a sink', () => {
  it('is told the words of the ids, most significant first, and microseconds', () => {
    const notes = new Notes();
    const value = traces([
      span({ attributes: [text('payment.id', 'P1')] }),
      span({ traceId: `00000001ffffffff${'0'.repeat(16)}`, spanId: 'ffffffff00000000' }),
      span({ spanId: '' }),
    ]);
    new OtlpWalker(spanContext()).walkTraces(encodeProtobuf(value), notes);
    const times = { start: 1544712660000001, end: 1544712661000000 };
    expect(notes.told).toEqual([
      'resource',
      {
        words: [0x5b8efff7, 0x98038103, 0xd269b633, 0x813fc60c, 0xeee19b7e, 0xc3c1b174],
        ...times,
        ids: ['P1'],
      },
      { words: [1, 0xffffffff, 0, 0, 0xffffffff, 0], ...times, ids: [] },
      'bad_span_id',
    ]);
  });

  it('is told of spans before the payload turns out to break off, and the walker goes on with the next', () => {
    const walker = new OtlpWalker(spanContext());
    const notes = new Notes();
    const payload = payloadOf();
    const broken = Buffer.concat([payload, Buffer.from([0x0a, 0x05, 0x00])]);
    expect(() => walker.walkTraces(broken, notes)).toThrow(/^not an OTLP trace payload/);
    expect(notes.told).toHaveLength(2);
    walker.walkTraces(payload, notes);
    expect(notes.told.slice(2)).toEqual(notes.told.slice(0, 2));
  });

  it('may throw, and is heard', () => {
    const walker = new OtlpWalker(spanContext());
    const notes = new Notes();
    const full = Object.assign(Object.create(notes) as Notes, {
      span: () => {
        throw new Error('the sink is full');
      },
    });
    expect(() => walker.walkTraces(payloadOf(), full)).toThrow('the sink is full');
    expect(identitiesOf([payloadOf()], walker)).toHaveLength(1);
  });
});

describe('resources', () => {
  const pod = [text('k8s.pod.name', 'ledger-1'), text('k8s.pod.uid', 'u'.repeat(200))];

  it('that say the same where it matters are the same object', () => {
    const [first, ...others] = identitiesOf([
      payloadOf(...pod),
      payloadOf(...pod),
      payloadOf(...pod, whole('process.pid', 7)),
      payloadOf(list('process.command_args', 'a'), ...pod),
      // In another order they make another key, but the same texts.
      payloadOf(...pod.toReversed()),
    ]);
    for (const other of others) expect(other).toBe(first);
  });

  it('that differ in a byte are told apart, also where their hashes see no difference', () => {
    const names = [text('k8s.pod.name', 'a-ledger-1-of-many'), text('k8s.pod.name', 'b-ledger-1-of-many')];
    const payloads = [...names, ...names, text('k8s.node.name', 'b-ledger-1-of-many')].map((name) =>
      payloadOf(name),
    );
    expect(identitiesOf(payloads).map(({ podName, node }) => podName ?? node)).toEqual([
      'a-ledger-1-of-many',
      'b-ledger-1-of-many',
      'a-ledger-1-of-many',
      'b-ledger-1-of-many',
      'b-ledger-1-of-many',
    ]);
  });

  it.each([
    ['in the identity', [text('k8s.pod.name', `pod-${CARD}`)]],
    ['as a container id', [text('container.id', CARD)]],
    ['in a weaker name', [...pod, text('pod', CARD)]],
    ['as an id', [...pod, text('payment.id', CARD)]],
    ['in the name of the agent', [...pod, text('agent.name', CARD)]],
  ])('are read anew, with the same outcome, when a card number stands %s', (_, resource) => {
    let asked = 0;
    const context = spanContext();
    const counting = {
      ...context,
      redactor: {
        ...context.redactor,
        text: (value: string): string => {
          asked += value === CARD || value.includes(CARD) ? 1 : 0;
          return context.redactor.text(value);
        },
        idValue: (value: string): string => {
          asked += value.includes(CARD) ? 1 : 0;
          return context.redactor.idValue(value);
        },
      },
    };
    const walker = new OtlpWalker(counting);
    const payload = payloadOf(...resource);
    const [first] = identitiesOf([payload], walker);
    const before = asked;
    const [second] = identitiesOf([payload], walker);
    expect(asked).toBeGreaterThan(before);
    expect(second).toEqual(first);
  });
});
