// Goal: people are told of each incident once, and of its deadlines in time and not too often, whatever happens to incidents, process and
// receiver meanwhile.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatInstant } from '../../../src/model/instant.ts';
import type { SendOutcome } from '../../../src/ports/notices.ts';
import { idOf, MINUTE, NotifyWorld, quiet, SECOND } from './notify-world.ts';

let world: NotifyWorld;
beforeEach(() => {
  world = new NotifyWorld();
});
afterEach(() => world.close());

const AGAIN: SendOutcome = { kind: 'again', why: 'status 503', retryAfterMs: null };

describe('a new incident [N2]', () => {
  it('is told once, with what it is and where to look', async () => {
    await world.start();
    const id = await world.commit(['ev_1'], { title: 'Shell\u202e in ledger' });
    await world.commit(['ev_1', 'ev_2']);
    await world.pass(MINUTE);
    expect(world.sent).toHaveLength(1);
    const [sent] = world.sent;
    expect(sent).toMatchObject({
      type: 'incident.opened',
      data: {
        incident: { id, title: 'Shell\u202e in ledger' },
        link: `https://page.example/?incident=${id}`,
      },
    });
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({
      specversion: '1.0',
      id: sent?.id,
      source: '/counterfoil/default',
      timestamp: expect.stringMatching(/Z$/),
      data: { money: { exposures: [] } },
    });
    expect(world.outcomes).toEqual([`delivered ${sent?.id}`]);
    expect([world.waiting, world.failures]).toEqual([0, []]);
  });

  it('is told once over restarts, and one that was committed just before the end is told after it', async () => {
    await world.start();
    await world.commit(['ev_1']);
    await world.commit(['ev_2'], { note: false });
    await world.restart();
    await world.restart();
    expect(world.types()).toEqual([`incident.opened ${idOf('ev_1')}`, `incident.opened ${idOf('ev_2')}`]);
  });

  it('that was there before notices were switched on counts as told', async () => {
    for (let i = 0; i < 250; i += 1) await world.commit([`old_${i}`], { note: false });
    await world.start();
    await world.commit(['old_7']);
    await world.commit(['ev_1']);
    await world.restart();
    expect(world.types()).toEqual([`incident.opened ${idOf('ev_1')}`]);
  });

  it('that becomes one with an older one is not told again, whichever was told', async () => {
    await world.start();
    await world.commit(['ev_1']);
    await world.commit(['ev_2']);
    await world.commit(['ev_1', 'ev_2'], {}, [idOf('ev_2')]);
    expect(world.types()).toHaveLength(2);
  });

  it('whose id changes, because an earlier event came, goes on under its key', async () => {
    await world.start();
    const first = await world.commit(['ev_1', 'ev_2']);
    const second = await world.commit(['ev_0', 'ev_1', 'ev_2'], {}, [first]);
    const third = await world.commit(['ev_00', 'ev_0', 'ev_1', 'ev_2'], { deadlines: [MINUTE] }, [second]);
    await world.restart();
    await world.commit(['ev_000', 'ev_00', 'ev_0', 'ev_1', 'ev_2'], { deadlines: [MINUTE] }, [third]);
    expect(world.types()).toEqual([`incident.opened ${first}`, `deadline.near ${first}`]);
    expect(world.sent[1]?.data.incident.id).toBe(third);
  });

  it('is known however many events came before its first', async () => {
    await world.start();
    const first = await world.commit(['ev_1']);
    const many = Array.from({ length: 320 }, (_, i) => `a_${i}`);
    await world.commit([...many, 'ev_1'], {}, [first]);
    expect(world.types()).toEqual([`incident.opened ${first}`]);
  });

  it('that is taken back and comes again is not told again', async () => {
    await world.start();
    const id = await world.commit(['ev_1']);
    await world.commit(['ev_2'], {}, [id]);
    await world.commit(['ev_1']);
    expect(world.types()).toEqual([`incident.opened ${id}`, `incident.opened ${idOf('ev_2')}`]);
  });
});

describe('a deadline [N4]', () => {
  const near = (): string[][] =>
    world.sent
      .filter(({ type }) => type === 'deadline.near')
      .map(({ at, data }) => [formatInstant(at), ...(data.deadlines ?? []).map(({ deadline }) => deadline)]);

  it('is told once, from the lead on, and not after it', async () => {
    await world.start();
    const [passed, ahead] = [0, 90 * MINUTE];
    await world.commit(['ev_1'], { deadlines: [passed, ahead] });
    await world.pass(59 * MINUTE, MINUTE);
    expect(near()).toEqual([]);
    await world.pass(MINUTE);
    expect(near()).toEqual([[formatInstant(60 * MINUTE), formatInstant(ahead)]]);
    await world.restart();
    await world.commit(['ev_1'], { deadlines: [passed, ahead] });
    await world.pass(60 * MINUTE, MINUTE);
    expect(near()).toHaveLength(1);
  });

  it('is told at once where it is nearer than the lead, after a start too', async () => {
    await world.start();
    await world.commit(['ev_1'], { deadlines: [2 * MINUTE] });
    expect(near()).toHaveLength(1);
    await world.commit(['ev_2'], { deadlines: [10 * MINUTE], note: false });
    await world.restart();
    expect(near()).toHaveLength(2);
  });

  it('of an incident from before is told', async () => {
    await world.commit(['ev_1'], { deadlines: [5 * MINUTE], note: false });
    await world.start();
    expect(world.types()).toEqual([`deadline.near ${idOf('ev_1')}`]);
  });

  it('that is no more when its time comes is not told', async () => {
    await world.start();
    await world.commit(['ev_1'], { deadlines: [60 * MINUTE] });
    await world.commit(['ev_1'], { deadlines: [], note: false });
    await world.pass(60 * MINUTE, MINUTE);
    expect(near()).toEqual([]);
  });

  it('is told with all others within the lead, and of an incident every half lead at most', async () => {
    await world.start();
    const deadlines = Array.from({ length: 180 }, (_, i) => (i + 1) * MINUTE);
    await world.commit(['ev_1'], { deadlines });
    await world.pass(180 * MINUTE, 30 * SECOND);
    const told = near();
    expect(told[0]).toHaveLength(31);
    // Three hours: one at the start, then one every quarter of an hour, until all are told.
    expect(told).toHaveLength(11);
    expect(told.flatMap(([, ...rows]) => rows)).toEqual(deadlines.map((at) => formatInstant(at)));
  });

  it('that is known in time is told between the lead and half of it before, whatever the others are', async () => {
    const minutes = fc.array(fc.integer({ min: 31, max: 300 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(minutes, async (all) => {
        const fresh = new NotifyWorld();
        await fresh.start();
        await fresh.commit(['ev_1'], { deadlines: [...new Set(all)].map((at) => at * MINUTE) });
        await fresh.pass(301 * MINUTE, MINUTE);
        const toldAt = new Map(
          fresh.sent.flatMap(({ at, data }) =>
            (data.deadlines ?? []).map(({ deadline }) => [deadline, at] as const),
          ),
        );
        await fresh.close();
        for (const at of all) {
          const ahead = at * MINUTE - (toldAt.get(formatInstant(at * MINUTE)) ?? Infinity);
          expect(ahead).toBeGreaterThanOrEqual(15 * MINUTE);
          expect(ahead).toBeLessThanOrEqual(30 * MINUTE);
        }
      }),
      { numRuns: 6 },
    );
  });
});

describe('a receiver that does not take it [N3]', () => {
  it('is asked again with growing pauses, always with the same id and words', async () => {
    world.answer = () => AGAIN;
    await world.start();
    await world.commit(['ev_1']);
    await world.pass(80 * SECOND);
    expect(world.sent.map(({ at }) => at / SECOND)).toEqual([0, 5, 15, 35, 75]);
    expect(new Set(world.sent.map(({ id, body }) => id + body)).size).toBe(1);
    world.answer = () => ({ kind: 'taken' });
    await world.restart();
    await world.pass(80 * SECOND);
    expect(new Set(world.sent.map(({ id, body }) => id + body)).size).toBe(1);
    expect([world.sent.length, world.outcomes.at(-1)]).toEqual([6, `delivered ${world.sent[0]?.id}`]);
  });

  it('is asked no sooner than it says', async () => {
    world.answer = () => ({ ...AGAIN, retryAfterMs: 40_000 });
    await world.start();
    await world.commit(['ev_1']);
    await world.pass(85 * SECOND);
    expect(world.sent.map(({ at }) => at / SECOND)).toEqual([0, 40, 80]);
  });

  it('is left alone when it refuses, and after a day, and that is said', async () => {
    world.answer = () => ({ kind: 'refused', why: 'status 400' });
    await world.start();
    await world.commit(['ev_1']);
    expect(world.outcomes).toEqual([`given_up ${world.sent[0]?.id} status 400`]);
    await world.pass(MINUTE);
    expect(world.sent).toHaveLength(1);
    world.answer = () => AGAIN;
    await world.commit(['ev_2']);
    await world.pass(25 * 60 * MINUTE, MINUTE);
    expect(world.outcomes.at(-1)).toBe(`given_up ${world.sent.at(-1)?.id} status 503`);
    expect(world.sent.length).toBeLessThan(60);
    expect(world.waiting).toBe(0);
  });

  it('is not told of a deadline that has passed meanwhile', async () => {
    world.answer = () => AGAIN;
    await world.start();
    await world.commit(['ev_1'], { deadlines: [MINUTE] });
    await world.pass(10 * MINUTE, 10 * SECOND);
    const late = world.sent.filter(({ type, at }) => type === 'deadline.near' && at >= MINUTE);
    expect(late).toEqual([]);
  });

  it('makes incidents wait when too much waits, and none is forgotten', async () => {
    world.maxWaiting = 3;
    await world.restart();
    world.answer = () => AGAIN;
    for (let i = 0; i < 8; i += 1) await world.commit([`ev_${i}`], { note: i % 2 === 0 });
    expect(world.waiting).toBe(3);
    world.answer = () => ({ kind: 'taken' });
    await world.restart();
    await world.pass(2 * MINUTE);
    const told = new Set(world.sent.map(({ data }) => data.incident.id));
    expect([told.size, world.waiting]).toEqual([8, 0]);
  });

  it('holds nobody else up, and gets four at once', async () => {
    const { promise, resolve } = Promise.withResolvers<SendOutcome>();
    await world.start();
    world.answer = () => promise;
    for (let i = 0; i < 6; i += 1) await world.commit([`ev_${i}`]);
    await world.pass(5 * SECOND);
    expect(world.sent).toHaveLength(4);
    world.answer = () => ({ kind: 'taken' });
    resolve({ kind: 'taken' });
    await world.pass(5 * SECOND);
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(6);
    expect(world.sent).toHaveLength(6);
  });
});

describe('a crash [N2]', () => {
  it('between sending and noting it: sent again, with the same id', async () => {
    await world.start();
    world.answer = async () => {
      world.store.close();
      return { kind: 'taken' };
    };
    await world.commit(['ev_1']);
    expect(world.failures).not.toEqual([]);
    world.answer = () => ({ kind: 'taken' });
    await world.restart();
    await world.pass(5 * SECOND);
    expect(world.sent).toHaveLength(2);
    expect(new Set(world.sent.map(({ id, body }) => id + body)).size).toBe(1);
  });

  it('that took the store with it: the same incident has the same id again', async () => {
    await world.start();
    await world.commit(['ev_1']);
    const other = new NotifyWorld();
    await other.start();
    await other.commit(['ev_1']);
    expect(other.sent[0]?.id).toBe(world.sent[0]?.id);
    await other.close();
  });

  it('of the index: what was to be looked at is looked at when it answers again', async () => {
    await world.start();
    const original = world.index.incident.bind(world.index);
    world.index.incident = async () => {
      throw new Error('busy');
    };
    await world.commit(['ev_1']);
    expect([world.sent.length, world.failures.length]).toEqual([0, 1]);
    world.index.incident = original;
    await world.pass(2 * SECOND);
    await quiet();
    expect(world.sent).toHaveLength(1);
  });
});
