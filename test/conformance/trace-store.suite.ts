// Goal: of an id that a span carries and a mark that its trace met an event, whichever comes first, one side sees the
// other; and nothing is lost before it expires, nor seen after. Asks through the port alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CarriedFact } from '../../src/ports/fact-store.ts';
import type { TraceStore } from '../../src/ports/trace-store.ts';
import { NOON, traceId } from './facts.ts';
import { missedIds } from './trace-store-meetings.ts';
import { answerOf, commands, TraceModel } from './trace-store-model.ts';

/** Two stores on the same empty content, as two workers have them; the same store twice where there is only one. */
export type OpenTraces = (maxCarried?: number) => Promise<{ spanSide: TraceStore; eventSide: TraceStore }>;

const A = traceId('a');
const B = traceId('b');

function idOf(trace: string, value: string, at = NOON): CarriedFact {
  return { traceId: trace, at, attribute: 'order.id', value };
}

export function traceStoreSuite(name: string, open: OpenTraces, { runs }: { runs: number }): void {
  const using =
    (use: (spanSide: TraceStore, eventSide: TraceStore) => Promise<void>, maxCarried?: number) =>
    async (): Promise<void> => {
      const { spanSide, eventSide } = await open(maxCarried);
      try {
        await use(spanSide, eventSide);
      } finally {
        await spanSide.close();
        await eventSide.close();
      }
    };

  describe(`${name}: a trace store`, () => {
    meetingSuite(using, runs);
    expirySuite(using);
    namesSuite(using);

    it(
      'does what the naive model does, whatever is asked of it',
      { timeout: 30_000 + runs * 100 },
      async () => {
        const property = fc.asyncProperty(commands, async (sequence) => {
          const compare = using(async (spanSide, eventSide) => {
            const model = new TraceModel();
            for (const command of sequence) {
              const store = command.do === 'carried' || command.do === 'among' ? spanSide : eventSide;
              expect(await answerOf(store, command), command.do).toEqual(model.answerOf(command));
            }
          });
          await compare();
        });
        await fc.assert(property, { numRuns: runs, seed: 20_260_310 });
      },
    );

    it(
      'rejects ids that it has no room for, as a whole, and takes them once there is room',
      using(async (spanSide, eventSide) => {
        const early = Array.from({ length: 90 }, (_, i) => idOf(traceId(`t${i}`), String(i)));
        const later = early.map((fact) => ({ ...fact, at: NOON + 3_600_000_000 }));
        await spanSide.putCarried(early);
        await expect(spanSide.putCarried(later)).rejects.toMatchObject({ code: 'CF_OVER_LIMIT' });
        expect(await eventSide.putMet([traceId('t3')], NOON)).toEqual([early[3]]);
        await eventSide.expire({ carried: NOON + 1_800_000_000, marks: NOON });
        await spanSide.putCarried(later);
        expect(await eventSide.putMet([traceId('t3')], NOON)).toEqual([later[3]]);
      }, 100),
    );

    it(
      'keeps its generation while it loses nothing, and closes twice',
      using(async (store) => {
        const generation = await store.generation();
        await store.putCarried([idOf(A, '1')]);
        await store.expire({ carried: NOON + 1, marks: NOON + 1 });
        expect(await store.generation()).toBe(generation);
        expect(await store.begin()).toBe(generation);
        await store.close();
        await store.close();
        await expect(store.putCarried([idOf(A, '1')])).rejects.toThrow('closed');
        await expect(store.putMet([A], NOON)).rejects.toThrow('closed');
        await expect(store.namedAmong(() => [A])).rejects.toThrow('closed');
        await expect(store.generation()).rejects.toThrow('closed');
      }),
    );
  });
}

type Using = (use: (spanSide: TraceStore, eventSide: TraceStore) => Promise<void>) => () => Promise<void>;

function meetingSuite(using: Using, runs: number): void {
  it(
    'shows the mark to ids that come later, and the ids to a mark that comes later',
    using(async (spanSide, eventSide) => {
      expect([...(await spanSide.putCarried([idOf(A, '1'), idOf(B, '1')]))]).toEqual([]);
      expect(await eventSide.putMet([A, A], NOON)).toEqual([idOf(A, '1')]);
      expect([...(await spanSide.putCarried([idOf(A, '2'), idOf(B, '2')]))]).toEqual([A]);
      expect(await eventSide.putMet([], NOON)).toEqual([]);
      expect([...(await spanSide.putCarried([]))]).toEqual([]);
    }),
  );

  it(
    'lets at least one side see the other when both come at once, from two workers [W3]',
    { timeout: 30_000 + runs * 100 },
    using(async (spanSide, eventSide) => {
      for (let seed = 0; seed < runs; seed += 1)
        expect(await missedIds(spanSide, eventSide, seed)).toEqual([]);
    }),
  );

  it(
    'keeps an id once, however often it comes, and each start, attribute and value apart',
    using(async (spanSide, eventSide) => {
      const facts = [
        idOf(A, '1'),
        idOf(A, '1', NOON + 1),
        idOf(A, '2'),
        { ...idOf(A, '1'), attribute: 'payment.id' },
      ];
      for (let n = 0; n < 3; n += 1) await spanSide.putCarried([...facts, ...facts]);
      const found = await eventSide.putMet([A], NOON);
      expect(found).toHaveLength(4);
      expect(found).toEqual(expect.arrayContaining(facts));
    }),
  );

  it(
    'takes a trace that carries ten thousand ids, and ten thousand traces',
    using(async (spanSide, eventSide) => {
      const ids = Array.from({ length: 10_000 }, (_, i) => idOf(A, String(i)));
      const traces = ids.map(({ value }) => idOf(traceId(value), value));
      await spanSide.putCarried(ids);
      await spanSide.putCarried(traces);
      expect(await eventSide.putMet([A], NOON)).toHaveLength(10_000);
      const found = await eventSide.putMet(
        traces.map((fact) => fact.traceId),
        NOON,
      );
      expect(new Set(found.map(({ value }) => value)).size).toBe(10_000);
      expect((await spanSide.putCarried(traces)).size).toBe(10_000);
    }),
  );
}

function expirySuite(using: Using): void {
  it(
    'drops ids by the start of their span, to the microsecond, and does not keep later ones of that time',
    using(async (spanSide, eventSide) => {
      await spanSide.putCarried([idOf(A, 'old', NOON - 1), idOf(A, 'kept', NOON)]);
      await eventSide.expire({ carried: NOON, marks: -Infinity });
      await eventSide.expire({ carried: NOON - 5, marks: -Infinity });
      expect(await eventSide.putMet([A], NOON)).toEqual([idOf(A, 'kept', NOON)]);
      const late = [idOf(A, 'late', NOON - 1), idOf(B, 'late', NOON - 400_000_000)];
      expect([...(await spanSide.putCarried(late))]).toEqual([A]);
      expect(await eventSide.putMet([A, B], NOON)).toEqual([idOf(A, 'kept', NOON)]);
    }),
  );

  it(
    'drops marks that nobody needs any more; of several the longest counts',
    using(async (spanSide, eventSide) => {
      await eventSide.putMet([A, B], NOON);
      await eventSide.putMet([B], NOON + 10);
      await eventSide.putMet([B], NOON + 5);
      await eventSide.expire({ carried: -Infinity, marks: NOON + 10 });
      const met = async (): Promise<string[]> => [
        ...(await spanSide.putCarried([idOf(A, '1'), idOf(B, '1')])),
      ];
      expect(await met()).toEqual([B]);
      await eventSide.putMet([A], NOON);
      expect(await met()).toEqual([B]);
      await eventSide.expire({ carried: -Infinity, marks: NOON + 11 });
      expect(await met()).toEqual([]);
    }),
  );
}

function namesSuite(using: Using): void {
  it(
    'tells which traces events name, until those events are dropped',
    using(async (spanSide, eventSide) => {
      expect(await spanSide.namedAmong(() => [A, B])).toEqual([]);
      const names = [
        { traceId: A, eventId: 'ev_1' },
        { traceId: B, eventId: 'ev_1' },
        { traceId: A, eventId: 'ev_2' },
      ];
      await eventSide.putNamed(names);
      await eventSide.putNamed(names.slice(0, 1));
      expect(await spanSide.namedAmong(() => [A, B, A])).toHaveLength(3);
      expect(await spanSide.namedAmong(() => [B])).toEqual([{ traceId: B, eventId: 'ev_1' }]);
      await eventSide.dropNamed(['ev_1', 'ev_unknown']);
      expect(await spanSide.namedAmong(() => [A, B])).toEqual([{ traceId: A, eventId: 'ev_2' }]);
      await eventSide.dropNamed(['ev_2']);
      await eventSide.dropNamed([]);
      expect(await spanSide.namedAmong(() => [A, B])).toEqual([]);
    }),
  );

  it(
    'tells them among many, too',
    using(async (spanSide, eventSide) => {
      const names = Array.from({ length: 3_000 }, (_, i) => ({
        traceId: traceId(String(i)),
        eventId: `ev_${i % 7}`,
      }));
      await eventSide.putNamed(names);
      const asked = names.slice(500, 1_200).map((name) => name.traceId);
      expect(await spanSide.namedAmong(() => [...asked, A])).toHaveLength(700);
      await eventSide.dropNamed(['ev_0', 'ev_1', 'ev_2', 'ev_3', 'ev_4', 'ev_5']);
      expect(await spanSide.namedAmong(() => asked)).toHaveLength(100);
    }),
  );
}
