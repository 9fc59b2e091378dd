/**
 * What every fact store must do, whatever keeps it. An adapter passes by giving a factory:
 *
 *   factStoreSuite('embedded, in a file', () => harness, { durable: true });
 *
 * The factory gives an empty store each time.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarriedFact, EventLinkFact, FactStore, RequestFact } from '../../src/ports/fact-store.ts';
import {
  carriedFact,
  eventId,
  eventLinks,
  eventState,
  hex,
  identityFact,
  matchFact,
  NOON,
  paymentFact,
  progressAt,
  traceId,
  witnessFact,
} from './facts.ts';
import { inventorySuite } from './inventory.suite.ts';
import { factStorePaymentsSuite } from './fact-store-payments.suite.ts';

export interface FactStoreHarness {
  /** Opens the same store, with what was committed to it. */
  open(): FactStore;
  /** Ends the store that is open, as a crash does: nothing is committed. */
  crash(): void;
}

const DAY = 86_400_000_000;

/** @param durable whether `open` after `crash` finds anything at all */
export function factStoreSuite(
  name: string,
  create: () => FactStoreHarness,
  { durable }: { durable: boolean },
): void {
  describe(`fact store: ${name}`, () => {
    let harness: FactStoreHarness;
    let store: FactStore;
    beforeEach(() => {
      harness = create();
      store = harness.open();
    });
    afterEach(() => {
      harness.crash();
    });
    const reopen = (): void => {
      harness.crash();
      store = harness.open();
    };

    describe('commit', () => {
      it('shows to its own reader what is not committed yet', async () => {
        await store.addCarried([carriedFact()]);
        expect(await store.carrying(['p1'])).toEqual([carriedFact()]);
        expect(await store.progress()).toBeNull();
      });

      it('forgets with rollback what was added since the last commit, and nothing else', async () => {
        await store.addPaymentEvents([paymentFact({ id: 'pe_1', ownId: 'p1' })]);
        await store.commit(progressAt(1));
        await store.addPaymentEvents([paymentFact({ id: 'pe_2', ownId: 'p1' })]);
        await store.addWitnesses([witnessFact()]);
        await store.rollback();
        expect((await store.paymentGroups({ strong: ['p1'] })).map(({ id }) => id)).toEqual(['pe_1']);
        expect(await store.witnessesOf([eventId('e1')])).toEqual([]);
        expect(await store.progress()).toEqual(progressAt(1));
        expect(await store.addPaymentEvents([paymentFact({ id: 'pe_2', ownId: 'p1' })])).toHaveLength(1);
      });

      it('takes a rollback of nothing, and a commit of nothing but progress', async () => {
        await store.rollback();
        await store.commit(progressAt(1));
        await store.commit(progressAt(2));
        await store.rollback();
        expect(await store.progress()).toEqual(progressAt(2));
      });

      it('keeps over a crash what was committed, where it keeps anything, and only that', async () => {
        await store.addMatches([matchFact()]);
        await store.saveEventStates([eventState('e1', 3)]);
        await store.addIdentities([identityFact()]);
        await store.commit(progressAt(17));
        await store.addMatches([matchFact({ recordId: hex('record 2', 64) })]);
        await store.retireEvents([eventId('e1')]);
        reopen();
        expect(await store.progress()).toEqual(durable ? progressAt(17) : null);
        expect(await store.matchesOf([eventId('e1')])).toEqual(durable ? [matchFact()] : []);
        expect(await store.eventStates()).toHaveLength(durable ? 1 : 0);
        expect((await store.inventory()).identities).toEqual(durable ? [identityFact()] : []);
      });

      it('starts empty', async () => {
        expect(await store.progress()).toBeNull();
        expect(await store.eventStates()).toEqual([]);
        expect(await store.inventory()).toEqual({ identities: [], statements: [], accounts: [] });
        expect(await store.matchesOf([])).toEqual([]);
        expect(await store.paymentGroups({})).toEqual([]);
        expect(await store.carriedOf([traceId('t1')])).toEqual([]);
      });
    });

    describe('matches and requests', () => {
      it('gives back every match of an event once, to the last member', async () => {
        const facts = [
          matchFact(),
          matchFact({ recordId: hex('record 2', 64), requestId: 'not hex' }),
          matchFact({ eventId: 'ev_short', recordId: 'r', requestId: hex('q', 64) }),
        ];
        for (const order of [facts, facts.toReversed()]) await store.addMatches(order);
        const byRecord = await store.matchesOf([eventId('e1'), 'ev_short', eventId('e1'), eventId('none')]);
        expect(byRecord).toHaveLength(3);
        expect(byRecord).toEqual(expect.arrayContaining(facts));
      });

      it('takes back a match, and keeps those of other events and records', async () => {
        const [taken, ...kept] = [
          matchFact(),
          matchFact({ recordId: hex('record 2', 64) }),
          matchFact({ eventId: eventId('e2') }),
        ];
        await store.addMatches([taken, ...kept]);
        await store.removeMatches([taken, matchFact({ eventId: eventId('none') })]);
        const left = await store.matchesOf([eventId('e1'), eventId('e2')]);
        expect(left).toHaveLength(2);
        expect(left).toEqual(expect.arrayContaining(kept));
      });

      it('keeps what correlation rules look at until it is dropped', async () => {
        const { match, recordId, requestId } = matchFact({ requestId: hex('q', 64) });
        const facets = [{ slot: '0 sigma:c', groups: ['["x"]'], values: [] }];
        const facts = [
          { recordId, requestId, match: { ...match, facets } },
          { recordId: hex('record 2', 64), requestId: null, match },
        ];
        await store.addCorrelated(facts);
        await store.addCorrelated(facts);
        await store.commit(progressAt(1));
        reopen();
        const found = await store.correlated();
        expect(found).toHaveLength(durable ? 2 : 0);
        expect(found).toEqual(expect.arrayContaining(durable ? facts : []));
        await store.dropCorrelated([recordId, hex('none', 64)]);
        expect((await store.correlated()).map((fact) => fact.requestId)).toEqual(durable ? [null] : []);
      });

      it('finds the events of a request', async () => {
        const [q1, q2] = [hex('q1', 64), hex('q2', 64)];
        await store.addMatches([
          matchFact({ requestId: q1 }),
          matchFact({ requestId: q1, recordId: hex('stage 2', 64) }),
          matchFact({ requestId: q1, eventId: eventId('e2') }),
          matchFact({ requestId: q2, eventId: eventId('e3') }),
          matchFact({ requestId: null, eventId: eventId('e4') }),
        ]);
        const events = await store.eventsOfRequests([q1, hex('q3', 64)]);
        expect(events.toSorted()).toEqual([eventId('e1'), eventId('e2')].toSorted());
      });

      it('does not show in which order two versions of one match came', async () => {
        const [low, high] = [matchFact({ severity: 10 }), matchFact({ severity: 90 })];
        await store.addMatches([low, high]);
        const first = await store.matchesOf([low.eventId]);
        await store.rollback();
        await store.addMatches([high, low]);
        expect(await store.matchesOf([low.eventId])).toEqual(first);
        expect(first).toHaveLength(1);
      });

      it('keeps of a request the greatest rank, of equal ranks the later time, and the latest end', async () => {
        const request = (rank: number, time: number, lastEnd: number): RequestFact => ({
          requestId: hex('q', 64),
          rank,
          time: NOON + time,
          lastEnd: NOON + lastEnd,
        });
        const stages = fc.array(fc.tuple(fc.nat(3), fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 6 });
        await fc.assert(
          fc.asyncProperty(stages, async (tuples) => {
            await store.rollback();
            for (const tuple of tuples) await store.noteRequests([request(...tuple)]);
            const rank = Math.max(...tuples.map(([r]) => r));
            const time = Math.max(...tuples.flatMap(([r, t]) => (r === rank ? [t] : [])));
            const end = Math.max(...tuples.map(([, , e]) => e));
            expect(await store.requests([hex('q', 64), 'none'])).toEqual([request(rank, time, end)]);
          }),
          { numRuns: 50 },
        );
      });
    });

    describe('carried ids', () => {
      const sorted = (facts: CarriedFact[]): string[] => facts.map((fact) => JSON.stringify(fact)).toSorted();

      it('finds them by trace and by value, each once', async () => {
        const facts = [
          carriedFact(),
          carriedFact({ at: NOON + 1 }),
          carriedFact({ attribute: 'order.id' }),
          carriedFact({ traceId: traceId('t2') }),
          carriedFact({ traceId: traceId('t3'), value: 'p\u0000' }),
          carriedFact({ traceId: 'NOT-HEX', value: 'p' }),
        ];
        for (const order of [facts, facts.toReversed()]) await store.addCarried(order);
        expect(sorted(await store.carriedOf([traceId('t1'), traceId('t1')]))).toEqual(
          sorted(facts.slice(0, 3)),
        );
        expect(sorted(await store.carrying(['p1', 'none']))).toEqual(sorted(facts.slice(0, 4)));
        expect(await store.carrying(['p\u0000'])).toEqual(facts.slice(4, 5));
        expect(await store.carriedOf(['NOT-HEX'])).toEqual(facts.slice(5));
      });

      it('looks up thousands at once', async () => {
        const facts = Array.from({ length: 3_000 }, (_, i) =>
          carriedFact({ traceId: traceId(`t${i}`), value: `v${i}` }),
        );
        await store.addCarried(facts);
        expect(await store.carriedOf(facts.map((fact) => fact.traceId))).toHaveLength(3_000);
        expect(await store.carrying(facts.map((fact) => fact.value))).toHaveLength(3_000);
      });

      it('never drops what is not older, and drops in time what is, but for traces that met an event', async () => {
        const facts = [
          carriedFact({ traceId: traceId('old'), at: NOON }),
          carriedFact({ traceId: traceId('met'), at: NOON }),
        ];
        const young = carriedFact({ traceId: traceId('young'), at: NOON + 2 * DAY });
        await store.addCarried(facts);
        await store.addWitnesses([witnessFact({ traceIds: [traceId('met')] })]);
        await store.expireCarried(NOON);
        expect(await store.carrying(['p1'])).toHaveLength(2);
        await store.expireCarried(NOON + DAY);
        await store.addCarried([young]);
        await store.expireCarried(NOON + DAY);
        expect(sorted(await store.carrying(['p1']))).toEqual(sorted([...facts.slice(1), young]));
        await store.expireCarried(NOON + 9 * DAY);
        expect(await store.carrying(['p1'])).toEqual(facts.slice(1));
        expect(await store.carriedOf([traceId('met')])).toEqual(facts.slice(1));
      });
    });

    describe('witnesses', () => {
      it('gives them back by event, byte for byte, each once', async () => {
        const facts = [
          witnessFact(),
          witnessFact({ chunkId: 'c:0/18', packed: new Uint8Array(), traceIds: [] }),
          witnessFact({ eventId: 'ev_other', traceIds: ['NOT HEX', traceId('t1')] }),
        ];
        expect(await store.addWitnesses(facts)).toEqual(facts);
        expect(await store.addWitnesses(facts.toReversed())).toEqual([]);
        const found = await store.witnessesOf([eventId('e1'), 'ev_other']);
        expect(found.map((fact) => ({ ...fact, packed: [...fact.packed] }))).toEqual(
          expect.arrayContaining(facts.map((fact) => ({ ...fact, packed: [...fact.packed] }))),
        );
        expect(found).toHaveLength(3);
      });

      it('knows the events of a trace', async () => {
        await store.addWitnesses([
          witnessFact(),
          witnessFact({ eventId: eventId('e2'), traceIds: [traceId('t1')] }),
        ]);
        const events = await store.eventsOfTraces([traceId('t1'), traceId('t9')]);
        const met = events.map((each) => each.eventId).toSorted();
        expect(met).toEqual([eventId('e1'), eventId('e2')].toSorted());
        expect(new Set(events.map((each) => each.traceId))).toEqual(new Set([traceId('t1')]));
        expect(await store.eventsOfTraces([traceId('t2')])).toEqual([
          { traceId: traceId('t2'), eventId: eventId('e1') },
        ]);
      });

      it('gives the witnesses of a trace, of any event, each once', async () => {
        const other = witnessFact({ eventId: eventId('e2'), traceIds: [traceId('t1')] });
        const apart = witnessFact({ eventId: eventId('e3'), traceIds: [traceId('t8')] });
        await store.addWitnesses([witnessFact(), other, apart]);
        await store.addWitnesses([other]);
        const found = await store.witnessesOfTraces([traceId('t1'), traceId('t2')]);
        expect(found.map((each) => each.eventId).toSorted()).toEqual(
          [eventId('e1'), eventId('e2')].toSorted(),
        );
        expect(await store.witnessesOfTraces([traceId('t9')])).toEqual([]);
      });
    });

    describe('event states', () => {
      const stored = async (): Promise<unknown[]> =>
        (await store.eventStates()).toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));
      const expected = (...events: [name: string, revision: number, links: EventLinkFact[]][]): unknown[] =>
        events
          .map(([name, revision, links]) => ({
            ...eventState(name, revision),
            links: links.toSorted((a, b) => (a.link.id < b.link.id ? -1 : 1)),
          }))
          .toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));

      it('replaces a state, and leaves its links', async () => {
        await store.saveEventStates([eventState('e1', 1), eventState('e2', 1)]);
        await store.saveEventLinks([...eventLinks('e1', 700), ...eventLinks('e2', 2)]);
        await store.saveEventStates([eventState('e1', 2)]);
        expect(await stored()).toEqual(
          expected(['e1', 2, eventLinks('e1', 700)], ['e2', 1, eventLinks('e2', 2)]),
        );
      });

      it('replaces and removes links one by one', async () => {
        await store.saveEventStates([eventState('e1', 1)]);
        await store.saveEventLinks(eventLinks('e1', 5));
        await store.saveEventLinks(eventLinks('e1', 2, 0.4));
        await store.removeEventLinks([...eventLinks('e1', 1, 0.4, 4), ...eventLinks('e2', 1)]);
        const left = [...eventLinks('e1', 2, 0.4), ...eventLinks('e1', 4).slice(2)];
        expect(await stored()).toEqual(expected(['e1', 1, left]));
      });

      it('leaves out what was retired, until it is saved again', async () => {
        await store.saveEventStates([eventState('e1', 1), eventState('e2', 1)]);
        await store.saveEventLinks([...eventLinks('e1', 700), ...eventLinks('e2', 2)]);
        await store.retireEvents([eventId('e1'), eventId('none')]);
        expect(await stored()).toEqual(expected(['e2', 1, eventLinks('e2', 2)]));
        await store.saveEventStates([eventState('e1', 1)]);
        expect(await stored()).toEqual(
          expected(['e1', 1, eventLinks('e1', 700)], ['e2', 1, eventLinks('e2', 2)]),
        );
      });

      it('gives back what was retired, with all of its incident', async () => {
        const states = ['e1', 'e2', 'e3', 'e4'].map((name, i) => eventState(name, 1, i < 2 ? 'inc_1' : null));
        await store.saveEventStates([...states, eventState('e5', 1, 'inc_1')]);
        await store.saveEventLinks(eventLinks('e2', 3));
        await store.retireEvents(states.map((state) => state.eventId));
        const found = await store.retiredEvents([
          eventId('e1'),
          eventId('e3'),
          eventId('e5'),
          eventId('none'),
        ]);
        expect(found.map((each) => each.eventId).toSorted()).toEqual(
          ['e1', 'e2', 'e3'].map((name) => eventId(name)).toSorted(),
        );
        expect(found.find((each) => each.eventId === eventId('e2'))).toMatchObject({
          incidentId: 'inc_1',
          links: { length: 3 },
        });
        expect(await store.retiredEvents([])).toEqual([]);
      });

      it('forgets what is none any more', async () => {
        await store.saveEventStates([eventState('e1', 1), eventState('e2', 1)]);
        await store.saveEventLinks([...eventLinks('e1', 2), ...eventLinks('e2', 2)]);
        await store.retireEvents([eventId('e2')]);
        await store.removeEvents([eventId('e1'), eventId('e2')]);
        expect(await stored()).toEqual([]);
        expect(await store.retiredEvents([eventId('e2')])).toEqual([]);
        await store.saveEventStates([eventState('e1', 2)]);
        expect(await stored()).toEqual(expected(['e1', 2, []]));
      });
    });

    it('keeps by place of which records spans were set aside', async () => {
      const fact = { partition: 0, offset: 7, earlierThan: null, laterThan: NOON };
      await store.addSetAside(fact);
      await store.addSetAside({ ...fact, offset: 9, earlierThan: NOON - 5 });
      await store.addSetAside({ ...fact, offset: 9, earlierThan: NOON - 6 });
      await store.addSetAside({ ...fact, partition: 1 });
      expect(await store.setAside(0, 0, 8)).toEqual([fact]);
      expect(await store.setAside(0, 7, 9)).toEqual([fact, { ...fact, offset: 9, earlierThan: NOON - 6 }]);
      await store.dropSetAside({ partition: 0, offset: 9 });
      expect((await store.setAside(0, 0, 100)).map(({ offset }) => offset)).toEqual([9]);
      expect(await store.setAside(1, 0, 100)).toHaveLength(1);
    });

    it('replaces what was seen of a payment', async () => {
      const seen = { paymentId: 'p1', traces: 1, spans: 5, spansWithIdentity: 3 };
      await store.saveVisibility([seen, { ...seen, paymentId: 'p2' }]);
      await store.saveVisibility([{ ...seen, traces: 2 }]);
      expect(await store.visibilityOf(['p1', 'p3'])).toEqual([{ ...seen, traces: 2 }]);
    });

    inventorySuite(() => store);

    factStorePaymentsSuite(() => store);
  });
}
