/** The comparison notices everything that an engine can get wrong. */
import { describe, expect, it } from 'vitest';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { compareLinks } from './compare.ts';
import { native, payment, run, span } from './tiny.ts';
import type { OracleResult } from './types.ts';

const result = run({
  events: [native({ id: 'n1', pod_uid: 'uid-1' })],
  spans: [span({ from: 1, to: 2, who: { 'k8s.pod.uid': 'uid-1' } })],
  payments: [payment()],
});

/** What a right engine would print for the only link of `result`. */
function documentOf({ links, events, payments }: OracleResult): LinkDocument {
  const [link] = links;
  const [event] = events;
  const [paid] = payments;
  if (link === undefined || event === undefined || paid === undefined) throw new Error('expected a link');
  const time = (micros: number): string => new Date(micros / 1000).toISOString();
  const { method, confidence, gapMs, provenance, methods, matched, traceId, spanId } = link;
  return {
    '@timestamp': time(event.start),
    schema: 'link/1',
    tenant: 'default',
    event: {
      id: event.id,
      kind: 'alert',
      dataset: 'counterfoil.event',
      severity: 50,
      start: time(event.start),
      end: time(event.end),
      count: event.count,
      original_id: event.originalIds,
    },
    rule: { id: 'events:Odd process', name: 'Odd process' },
    trace: { id: traceId ?? '' },
    span: { id: spanId ?? '', start: time(event.start + 1e6), end: time(event.start + 2e6) },
    payment: {
      id: paid.id,
      aliases: [],
      time: time(paid.time),
      rail: paid.rail,
      state: paid.state,
      amount: { value: '1.00', minor: 100, remaining: '1.00', currency: 'EUR' },
      recover: [],
    },
    link: { id: link.id, status: 'live', method, confidence, gap_ms: gapMs, provenance, methods, matched },
    meta: { revision: 1, state: 'final', coverage: 1 },
  };
}

describe('compareLinks', () => {
  const right = documentOf(result);

  it('finds nothing to say of the right links', () => {
    expect(compareLinks(result, [right])).toEqual([]);
  });

  it('names links that are missing, twice or too many', () => {
    expect(compareLinks(result, [])).toEqual([expect.stringContaining("missing in the engine's links")]);
    expect(compareLinks(result, [right, right])).toEqual([expect.stringContaining('gives it twice')]);
    const other = { ...right, link: { ...right.link, id: 'lk_other' } };
    expect(compareLinks(result, [right, other])).toEqual([expect.stringContaining('no such link')]);
  });

  it.each([
    ['confidence', { ...right, link: { ...right.link, confidence: 0.6 } }],
    ['gap_ms', { ...right, link: { ...right.link, gap_ms: 0 } }],
    ['method', { ...right, link: { ...right.link, method: 'payment_pod' as const } }],
    [
      'methods',
      { ...right, link: { ...right.link, methods: [{ method: 'payment_pod' as const, confidence: 0.1 }] } },
    ],
    ['provenance', { ...right, link: { ...right.link, provenance: 'self' as const } }],
    [
      'matched',
      { ...right, link: { ...right.link, matched: { field: 'container.id', event: 'a', span: 'a' } } },
    ],
    ['trace', { ...right, trace: { id: 'c'.repeat(32) } }],
    ['span', { ...right, span: { id: 'c'.repeat(16), start: right.event.start, end: right.event.end } }],
    ['start', { ...right, event: { ...right.event, start: right.payment.time.replace('14', '15') } }],
    ['count', { ...right, event: { ...right.event, count: 2 } }],
    ['ongoing', { ...right, event: { ...right.event, ongoing: true } }],
    ['original_id', { ...right, event: { ...right.event, original_id: [] } }],
    ['state', { ...right, payment: { ...right.payment, state: 'settled' } }],
  ])('names a difference in %s', (name, wrong) => {
    expect(compareLinks(result, [wrong])).toEqual([expect.stringContaining(`: ${name} should be `)]);
  });
});
