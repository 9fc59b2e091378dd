// Goal: dead letters are read as they are beside an engine: newest first, each once, at most so many, and counted. Method: the real server.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BULK_DEFAULTS } from '../../../src/adapters/elasticsearch/bulk.ts';
import { ElasticDeadLetters } from '../../../src/adapters/elasticsearch/dead-letters.ts';
import type { DeadLetter } from '../../../src/ports/fact-store.ts';
import { serverFor, START_TIMEOUT_MS } from '../../servers/servers.ts';
import { openElastic, surroundings, type ElasticFixture } from './servers.ts';

const server = await serverFor('elasticsearch');
const NOON = 1_773_144_000_000_000;

function letter(n: number): DeadLetter {
  return {
    id: `letter-${String(n).padStart(3, '0')}`,
    input: 'spans',
    at: NOON + Math.floor(n / 2),
    reason: 'skewed',
    text: 'Too early.',
    place: `log:0:${n}`,
    excerpt: n % 3 === 0 ? null : `{"n":${n}}`,
    laterThan: n % 2 === 0 ? null : NOON,
    redrivenAt: null,
  };
}

const letters = (count: number): DeadLetter[] => Array.from({ length: count }, (_, n) => letter(n));

describe.skipIf(server === null)('dead letters [E8]', { timeout: START_TIMEOUT_MS }, () => {
  let elastic: ElasticFixture;
  beforeAll(async () => {
    elastic = await openElastic(server?.url ?? '');
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await elastic.clear();
  });
  afterAll(async () => {
    await elastic.close();
  });
  const of = (tenant: string, limit = 1_000): ElasticDeadLetters =>
    new ElasticDeadLetters(
      elastic.connection,
      { names: elastic.names, tenant, limit },
      BULK_DEFAULTS,
      surroundings(),
    );

  it('are listed newest first, then by id, page by page, whole', async () => {
    const dead = of('default');
    await dead.addDeadLetters(letters(25));
    const first = await dead.deadLetters({ limit: 20, cursor: null });
    const rest = await dead.deadLetters({ limit: 20, cursor: first.next });
    const wanted = letters(25).toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
    expect([...first.items, ...rest.items]).toEqual(wanted);
    expect(rest.next).toBeNull();
    expect(await dead.deadLetterCount()).toEqual({ kept: 25, dropped: 0 });
    await expect(dead.deadLetters({ limit: 1, cursor: 'garbage' })).rejects.toThrow('cursor');
    await expect(of('other').deadLetters({ limit: 1, cursor: first.next })).rejects.toThrow('cursor');
  });

  it('are there once however often they come, keep what was done with them, and are read at once by id', async () => {
    const dead = of('default');
    await dead.addDeadLetters([letter(1), letter(1)]);
    await dead.markRedriven([
      { letterId: letter(1).id, at: NOON + 7 },
      { letterId: 'nobody', at: NOON },
    ]);
    await dead.addDeadLetters([letter(1), letter(2)]);
    expect(await dead.deadLetter(letter(1).id)).toEqual({ ...letter(1), redrivenAt: NOON + 7 });
    expect(await dead.deadLetter(letter(2).id)).toEqual(letter(2));
    expect(await dead.deadLetter('nobody')).toBeNull();
    expect(await dead.deadLetterCount()).toEqual({ kept: 2, dropped: 0 });
  });

  it('are dropped from the oldest on beyond the limit, and counted', async () => {
    const dead = of('default', 3);
    await dead.addDeadLetters(letters(4));
    await dead.addDeadLetters([letter(9)]);
    const { items } = await dead.deadLetters({ limit: 10, cursor: null });
    expect(items.map(({ id }) => id)).toEqual([letter(9).id, letter(2).id, letter(3).id]);
    expect(await dead.deadLetterCount()).toEqual({ kept: 3, dropped: 2 });
  });

  it('show nothing of another tenant', async () => {
    await of('one').addDeadLetters(letters(2));
    const other = of('two');
    expect((await other.deadLetters({ limit: 10, cursor: null })).items).toEqual([]);
    expect(await other.deadLetter(letter(1).id)).toBeNull();
    expect(await other.deadLetterCount()).toEqual({ kept: 0, dropped: 0 });
  });
});
