/** The part of the suite of fact stores that is about payments; part of fact-store.suite.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/model/ids.ts';
import type { PaymentAlias, PaymentEvent } from '../../src/model/payment.ts';
import type { FactStore } from '../../src/ports/fact-store.ts';
import { NOON, paymentFact, traceId } from './facts.ts';

const STRONG = ['uetr', 'psp_reference'];

/** The other end of the rope: joins groups until nothing joins any more. */
function naiveGroups(events: readonly PaymentEvent[]): Set<string>[] {
  const names = (event: PaymentEvent): string[] => [
    ...(event.ownId === null ? [] : [`own ${event.ownId}`]),
    ...event.aliases.filter(({ type }) => STRONG.includes(type)).map(({ type, value }) => `${type} ${value}`),
  ];
  const groups = events.map((event) => ({ ids: new Set([event.id]), names: new Set(names(event)) }));
  for (let i = 0; i < groups.length; i += 1) {
    for (let j = i + 1; j < groups.length; j += 1) {
      const [a, b] = [groups[i], groups[j]];
      if (a === undefined || b === undefined || a.names.isDisjointFrom(b.names)) continue;
      groups[i] = { ids: a.ids.union(b.ids), names: a.names.union(b.names) };
      groups.splice(j, 1);
      j = i;
    }
  }
  return groups.map(({ ids }) => ids);
}

const anAlias: fc.Arbitrary<PaymentAlias> = fc.record({
  type: fc.constantFrom(...STRONG, 'order_id', 'end_to_end_id'),
  value: fc.constantFrom('v1', 'v2', 'v3', 'v4'),
});

const someEvents: fc.Arbitrary<PaymentEvent[]> = fc
  .array(
    fc.record({
      ownId: fc.option(fc.constantFrom('v1', 'v2', 'v5', 'v6')),
      aliases: fc.array(anAlias, { maxLength: 2 }),
      time: fc.nat(9).map((offset) => NOON + offset),
      traceId: fc.option(fc.constantFrom(traceId('t1'), traceId('t2'))),
      podName: fc.option(fc.constant('ledger-1')),
    }),
    { maxLength: 9 },
  )
  .map((specs) => specs.map((spec, i) => paymentFact({ id: contentId('pe', [i]), ...spec })));

function membersOf(events: readonly PaymentEvent[], seed: (event: PaymentEvent) => boolean): string[] {
  const seeds = new Set(events.filter(seed).map(({ id }) => id));
  return naiveGroups(events)
    .filter((group) => !group.isDisjointFrom(seeds))
    .flatMap((group) => [...group])
    .toSorted();
}

export function factStorePaymentsSuite(current: () => FactStore): void {
  const ids = (events: readonly PaymentEvent[]): string[] => events.map(({ id }) => id).toSorted();

  describe('payment events', () => {
    it('come back with all that a reference of banks may tie to them, an own id of the same text too', async () => {
      const named = (name: string, ownId: string | null, ...aliases: PaymentAlias[]): PaymentEvent =>
        paymentFact({ id: contentId('pe', [name]), ownId, aliases });
      const message = (value: string): PaymentAlias => ({ type: 'iso20022_message', value });
      const events = [
        named('first', null, { type: 'uetr', value: 'U1' }, message('M1/7')),
        named('second', null, { type: 'uetr', value: 'U2' }, message('M1/7')),
        named('report', null, message('M1/7'), { type: 'iso20022_transaction', value: 'T' }),
        named('own', 'T'),
        named('other', null, message('M1/8')),
        named('weak', 'w', { type: 'end_to_end_id', value: 'T' }),
      ];
      await current().addPaymentEvents(events);
      const tied = ids(events.slice(0, 4));
      for (const { id } of events.slice(0, 4))
        expect(ids(await current().paymentGroups({ eventIds: [id] }))).toEqual(tied);
      expect(ids(await current().paymentGroups({ strong: ['M1/7'] }))).toEqual(tied);
    });

    it('come back exactly: amounts beyond 2^53, every member, hostile attributes', async () => {
      const attributes = JSON.parse('{"__proto__":"x","constructor":"y","capture_at":"2026"}') as Record<
        string,
        string
      >;
      const events = [
        paymentFact({
          id: contentId('pe', ['full']),
          ownId: 'own',
          aliases: [
            { type: 'uetr', value: 'U' },
            { type: '__proto__', value: 'nul\u0000byte' },
          ],
          amountMinor: -123_456_789_012_345_678_901n,
          traceId: traceId('t1'),
          podUid: 'uid',
          podName: 'pod',
          namespace: 'ns',
          cluster: 'prod',
          containerId: 'c0ffee00c0ff',
          attributes,
        }),
        paymentFact({
          id: 'pe_short',
          amountMinor: null,
          currency: null,
          customerId: null,
          customerCountry: null,
          merchantId: null,
          service: null,
          traceId: 'T1',
        }),
      ];
      await current().addPaymentEvents(events);
      const found = await current().paymentGroups({ eventIds: events.map(({ id }) => id) });
      expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        events.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
      const [full] = found.filter(({ ownId }) => ownId === 'own');
      expect(Object.entries(full?.attributes ?? {})).toEqual(Object.entries(attributes));
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    });

    it('says which were not known', async () => {
      const [a, b] = [paymentFact({ id: 'pe_a', ownId: 'p1' }), paymentFact({ id: 'pe_b', ownId: 'p1' })];
      expect(await current().addPaymentEvents([a, a])).toEqual([a]);
      expect(await current().addPaymentEvents([a, b])).toEqual([b]);
      expect(await current().addPaymentEvents([b])).toEqual([]);
    });
  });

  describe('payment groups', () => {
    it('are closed over strong names, from whichever name they are asked by, in any order of arrival', async () => {
      await fc.assert(
        fc.asyncProperty(
          someEvents,
          fc.boolean(),
          fc.constantFrom('v1', 'v2', 'v3'),
          async (events, back, value) => {
            const store = current();
            await store.rollback();
            for (const event of back ? events.toReversed() : events) await store.addPaymentEvents([event]);
            const isStrong = (event: PaymentEvent): boolean =>
              event.ownId === value ||
              event.aliases.some((alias) => alias.value === value && STRONG.includes(alias.type));
            const hasAny = (event: PaymentEvent): boolean =>
              isStrong(event) || event.aliases.some((alias) => alias.value === value);
            expect(ids(await store.paymentGroups({ strong: [value] }))).toEqual(membersOf(events, isStrong));
            expect(ids(await store.paymentGroups({ values: [value] }))).toEqual(membersOf(events, hasAny));
            const inTrace = (event: PaymentEvent): boolean => event.traceId === traceId('t1');
            const traced = await store.paymentGroups({ traceIds: [traceId('t1')] });
            expect(ids(traced)).toEqual(membersOf(events, inTrace));
            const eventIds = events.slice(0, 2).map(({ id }) => id);
            const named = await store.paymentGroups({ eventIds });
            expect(ids(named)).toEqual(membersOf(events, ({ id }) => eventIds.includes(id)));
          },
        ),
        { numRuns: 100 },
      );
    });

    it('come by time, then id', async () => {
      const events = [3, 1, 2].map((time) =>
        paymentFact({ id: `pe_${time}`, ownId: 'p1', time: NOON + time }),
      );
      await current().addPaymentEvents(events);
      const found = await current().paymentGroups({ strong: ['p1'] });
      expect(found.map(({ id }) => id)).toEqual(['pe_1', 'pe_2', 'pe_3']);
    });

    it('are found for thousands of names at once, and through long chains', async () => {
      const single = Array.from({ length: 2_000 }, (_, i) => paymentFact({ id: `pe_s${i}`, ownId: `s${i}` }));
      const chain = Array.from({ length: 300 }, (_, i) =>
        paymentFact({
          id: `pe_c${i}`,
          ownId: `c${i}`,
          aliases: [
            { type: 'uetr', value: `c${i + 1}` },
            { type: 'psp_reference', value: `c${i}` },
          ],
        }),
      );
      const links = chain.map((_, i) =>
        paymentFact({ id: `pe_l${i}`, ownId: `c${i + 1}`, aliases: [{ type: 'uetr', value: `c${i + 1}` }] }),
      );
      await current().addPaymentEvents([...single, ...chain, ...links]);
      expect(await current().paymentGroups({ strong: single.map(({ ownId }) => ownId ?? '') })).toHaveLength(
        2_000,
      );
      expect(await current().paymentGroups({ strong: ['c0'] })).toHaveLength(600);
    });
  });

  describe('payments by time', () => {
    it('gives whole groups that have an event in the range, both ends included', async () => {
      await fc.assert(
        fc.asyncProperty(someEvents, fc.nat(9), fc.nat(4), async (events, start, length) => {
          const store = current();
          await store.rollback();
          await store.addPaymentEvents(events);
          const [from, to] = [NOON + start, NOON + start + length];
          const within = ({ time }: PaymentEvent): boolean => time >= from && time <= to;
          expect(ids(await store.paymentsBetween(from, to, 100))).toEqual(membersOf(events, within));
          const placed = events.filter((event) => within(event) && event.podName !== null);
          expect(ids(await store.placedPaymentsBetween(from, to))).toEqual(ids(placed));
        }),
        { numRuns: 100 },
      );
    });

    it('limits the events in the range, the earliest first, and leaves no group in pieces', async () => {
      await current().addPaymentEvents([
        paymentFact({ id: 'pe_1', ownId: 'a', time: NOON + 1 }),
        paymentFact({ id: 'pe_2', ownId: 'b', time: NOON + 2 }),
        paymentFact({ id: 'pe_3', ownId: 'c', time: NOON + 3 }),
        paymentFact({ id: 'pe_9', ownId: 'a', time: NOON + 9 }),
      ]);
      expect(ids(await current().paymentsBetween(NOON, NOON + 5, 2))).toEqual(['pe_1', 'pe_2', 'pe_9']);
    });

    it('finds what names a pod, a uid or a container', async () => {
      await current().addPaymentEvents([
        paymentFact({ id: 'pe_1', podName: 'p' }),
        paymentFact({ id: 'pe_2', podUid: 'u' }),
        paymentFact({ id: 'pe_3', containerId: 'c0ffee00c0ff' }),
        paymentFact({ id: 'pe_4', namespace: 'n', cluster: 'c' }),
      ]);
      expect(ids(await current().placedPaymentsBetween(NOON, NOON))).toEqual(['pe_1', 'pe_2', 'pe_3']);
    });
  });

  it('sums more of the largest amounts than fit into 64 bits', async () => {
    const remainingMinor = BigInt(Number.MAX_SAFE_INTEGER);
    const sums = Array.from({ length: 2000 }, (_, i) => {
      return { paymentId: `p${i}`, time: NOON, service: null, currency: 'EUR', remainingMinor };
    });
    await current().savePaymentSums(sums);
    const { payments, unseen } = await current().windowSums([{ start: NOON, end: NOON }], ['']);
    expect([payments, unseen.get('EUR')]).toEqual([2000, 2000n * remainingMinor]);
  });
}
