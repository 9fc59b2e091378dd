// Goal: the walker makes of any bytes what protobufjs makes of them. Method: payloads such as no encoder writes them,
// whole, cut at every byte and damaged; both decoders see every one, in one order, so that what they remember of
// earlier payloads is put to the test too.
import { deepStrictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProtobufSpanDecoder } from '../../../src/formats/otlp/otlp-protobuf.ts';
import type { SpanDecoder } from '../../../src/ports/span-decoder.ts';
import { createProtobufjsSpanDecoder } from '../../conformance/protobufjs-span-decoder.ts';
import { Dice } from '../dice.ts';
import { damaged, groupsWithin, OddTraces } from '../odd-traces.ts';
import { spanContext } from '../span-context.ts';

/** `npm run test:long` asks for more scenarios of everything; here one stands for ten payloads. */
const PAYLOADS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000) * 10;
const ODDNESS = [0, 0.05, 0.2, 1];

interface Outcome {
  result?: unknown;
  error?: string;
}

function outcomeOf(decoder: SpanDecoder, payload: Uint8Array): Outcome {
  try {
    return { result: decoder.decode(payload) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Both decoders, and what they made of what they were given. */
class Pair {
  readonly #walker = createProtobufSpanDecoder(spanContext());
  readonly #reference = createProtobufjsSpanDecoder(spanContext());
  readonly counts = { spans: 0, ids: 0, refused: 0, falco: 0, thrown: 0, all: 0 };

  compare(payload: Buffer): void {
    const expected = outcomeOf(this.#reference, payload);
    const actual = outcomeOf(this.#walker, payload);
    if (!isDeepStrictEqual(actual, expected)) {
      const hex = payload.toString('hex');
      deepStrictEqual({ hex, ...actual }, { hex, ...expected });
    }
    this.#count(expected);
  }

  #count({ result, error }: Outcome): void {
    const { counts } = this;
    counts.all += 1;
    if (error !== undefined) counts.thrown += 1;
    if (result === undefined) return;
    const { batches, ignored, refused } = result as ReturnType<SpanDecoder['decode']>;
    if (batches.length > 0) counts.spans += 1;
    if (batches.some(({ spans }) => spans.some((span) => span.transactionIds.length > 0))) counts.ids += 1;
    if (refused.length > 0) counts.refused += 1;
    if (Object.keys(ignored).length > 0) counts.falco += 1;
  }
}

describe('the walker and protobufjs', () => {
  it(`make the same of ${PAYLOADS} odd payloads`, { timeout: 600_000 }, () => {
    const dice = new Dice(20_261_125);
    const pair = new Pair();
    for (let i = 0; i < PAYLOADS; i += 2) {
      const payload = new OddTraces(dice, dice.pick(ODDNESS)).payload();
      pair.compare(payload);
      pair.compare(damaged(payload, dice));
    }
    // Each kind of outcome was really met.
    for (const count of Object.values(pair.counts)) expect(count).toBeGreaterThan(PAYLOADS / 100);
  });

  it('make the same of payloads that are cut at every byte', () => {
    const dice = new Dice(7);
    const pair = new Pair();
    for (let i = 0; i < 12; i += 1) {
      const payload = new OddTraces(dice, i % 2 === 0 ? 0 : 0.2).payload();
      for (let end = 0; end <= payload.length; end += 1) pair.compare(payload.subarray(0, end));
    }
    expect(pair.counts.all).toBeGreaterThan(2_000);
    expect(pair.counts.thrown).toBeGreaterThan(1_000);
  });

  it('make the same of groups within groups, up to the last level that is allowed and beyond', () => {
    const pair = new Pair();
    for (const where of ['payload', 'span', 'attribute'] as const) {
      for (let levels = 90; levels <= 110; levels += 1) pair.compare(groupsWithin(levels, where));
    }
    expect(pair.counts.thrown).toBeGreaterThan(10);
    expect(pair.counts.ids).toBeGreaterThan(10);
  });

  it('make the same of payloads that are neither buffers nor the whole of one', () => {
    const dice = new Dice(8);
    const around = Buffer.alloc(8, 0x0a);
    const [walker, reference] = [createProtobufSpanDecoder, createProtobufjsSpanDecoder].map((create) =>
      create(spanContext()),
    );
    for (let i = 0; i < 100; i += 1) {
      const payload = new OddTraces(dice, 0.05).payload();
      const within = Buffer.concat([around, payload, around]);
      const view = new Uint8Array(within.buffer, within.byteOffset + 8, payload.length);
      if (walker === undefined || reference === undefined) throw new Error('no decoders');
      expect(outcomeOf(walker, view)).toEqual(outcomeOf(reference, payload));
    }
  });
});
