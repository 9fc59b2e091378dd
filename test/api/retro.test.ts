// Goal: questions about yesterday over HTTP [R3]: what is asked is understood or refused by name, the answer is a job. Method: the API over
// the queue, with answers that come when the test says so; what they say is in test/e2e/retro-jobs.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, LiveContext } from '../../src/api/context.ts';
import { openIncidentIndex } from '../../src/adapters/embedded/incident-index.ts';
import { createApi } from '../../src/api/server.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { RetroAsked } from '../../src/model/retro-question.ts';
import type { IncidentIndex } from '../../src/ports/incident-index.ts';
import { RetroJobQueue, type RetroOutcome } from '../../src/runtime/retro/jobs.ts';
import { packLinks } from '../../src/runtime/retro/packed-links.ts';
import { story } from '../conformance/incident-documents.ts';
import { instant } from './fixture.ts';

let asked: RetroAsked[];
let run: PromiseWithResolvers<RetroOutcome>;
let index: IncidentIndex;
let app: Api;

beforeEach(() => {
  asked = [];
  run = Promise.withResolvers();
  index = openIncidentIndex(':memory:', 'write');
  let ids = 0;
  const clock = { now: () => 0, elapsedMs: () => 0 };
  const retro = new RetroJobQueue(
    {
      start: (question) => {
        asked.push(question);
        return { outcome: run.promise, stop: () => undefined };
      },
      clock,
      timers: { after: () => () => undefined },
      newId: () => `retro_${++ids}`,
    },
    { queued: 1 },
  );
  const live: Partial<LiveContext> = { retro };
  app = createApi({ index, tenant: 'default', clock, version: '1', live: live as LiveContext });
});

afterEach(async () => {
  await app.close();
  await index.close();
});

const TIME = { from: '2026-03-10T14:00:00Z', to: '2026-03-10T18:00:00.5Z' };
const ask = (payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/v1/retro', payload, headers });

describe('[R3] a question', () => {
  it('is answered 202, with the place of the job', async () => {
    const response = await ask({ pod: 'payments/ledger-1', ...TIME });
    expect([response.statusCode, response.headers['location']]).toEqual([202, '/api/v1/retro/retro_1']);
    const [from, to] = ['2026-03-10T14:00:00.000Z', '2026-03-10T18:00:00.500Z'];
    expect(response.json()).toMatchObject({
      id: 'retro_1',
      state: 'running',
      asked: { pod: 'payments/ledger-1', from, to },
      result: null,
    });
    expect(asked).toEqual([
      {
        pod: { namespace: 'payments', name: 'ledger-1' },
        containerId: null,
        from: instant(from),
        to: instant(to),
      },
    ]);
    expect((await app.inject('/api/v1/retro/retro_1')).json()).toEqual(response.json());
  });

  it('may be about a uid, a container or an event', async () => {
    await ask({ event: 'ev_a' });
    expect(asked).toEqual([{ eventId: 'ev_a' }]);
    expect((await ask({ pod: 'some-uid', container: 'abcdef012345', ...TIME })).json().asked).toMatchObject({
      pod: 'some-uid',
      container: 'abcdef012345',
    });
  });

  it.each([
    [{}, '#/pod'],
    [{ pod: 'a/b/c', ...TIME }, '#/pod'],
    [{ container: 'xyz', ...TIME }, '#/container'],
    [{ pod: 'a/b' }, '#/from'],
    [{ pod: 'a/b', from: TIME.from, to: 'yesterday' }, '#/to'],
    [{ pod: 'a/b', from: TIME.to, to: TIME.from }, '#/to'],
    [{ event: 'ev_a', pod: 'a/b' }, '#/pod'],
    [{ evnt: 'ev_a' }, '#/evnt'],
  ])('%j is refused, and the member is named', async (body, pointer) => {
    const response = await ask(body);
    expect([response.statusCode, response.json().code]).toEqual([400, 'CF_USAGE']);
    expect(response.json().errors).toMatchObject([{ in: 'body', pointer }]);
    expect(asked).toEqual([]);
  });

  it('beyond those that may wait is told when to come again', async () => {
    await ask({ event: 'ev_a' });
    await ask({ event: 'ev_b' });
    const { statusCode, headers, ...response } = await ask({ event: 'ev_c' });
    expect([statusCode, headers['retry-after'], headers['content-type'], response.json().code]).toEqual([
      429,
      '10',
      'application/problem+json; charset=utf-8',
      'CF_BUSY',
    ]);
  });

  it('under the same Idempotency-Key is the same job; another question under it is refused', async () => {
    const key = { 'idempotency-key': 'k1' };
    const [first, again] = [await ask({ event: 'ev_a' }, key), await ask({ event: 'ev_a' }, key)];
    expect([again.statusCode, again.headers['location']]).toEqual([202, first.headers['location']]);
    const other = await ask({ event: 'ev_b' }, key);
    expect([other.statusCode, other.json().code]).toEqual([422, 'CF_KEY_REUSED']);
    expect(asked).toHaveLength(1);
  });

  it('is not for a page of another site', async () => {
    expect((await ask({ event: 'ev_a' }, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
  });
});

describe('[R3] an answer', () => {
  const links = story().links;
  const seen = {
    window: { start: 0, end: 1_000 },
    spans: 9,
    candidates: 8,
    traces: 7,
    payments: 6,
    notApplied: 0,
    unresolved: { unknown_id: 2 },
    coverage: 0.5,
    missing: ['The log begins later.'],
  };

  it('says what was looked at, and its links are paged', async () => {
    await ask({ event: 'ev_a' });
    run.resolve({
      found: { seen, eventId: 'ev_a', incident: null },
      links: packLinks(Object.assign([...links], {}), 1e6),
    });
    await run.promise;
    const job = (await app.inject('/api/v1/retro/retro_1')).json();
    expect(job).toMatchObject({
      state: 'done',
      result: {
        event_id: 'ev_a',
        links: { found: [...links].length, kept: [...links].length },
        seen: { spans: 9, not_applied: 0, coverage: 0.5, unresolved: { unknown_id: 2 } },
      },
    });
    const first = (await app.inject('/api/v1/retro/retro_1/links?limit=1')).json();
    const rest = (await app.inject(`/api/v1/retro/retro_1/links?cursor=${first.next}`)).json();
    expect([...first.items, ...rest.items]).toEqual([...links]);
    expect(rest.next).toBeNull();
  });

  it('that failed says why', async () => {
    await ask({ event: 'ev_a' });
    run.reject(new CounterfoilError('CF_NOT_FOUND', 'No event ev_a was recorded.'));
    await run.promise.catch(() => undefined);
    expect((await app.inject('/api/v1/retro/retro_1')).json()).toMatchObject({
      state: 'failed',
      failure: { code: 'CF_NOT_FOUND', detail: 'No event ev_a was recorded.' },
    });
  });

  it('that is taken back is no more', async () => {
    await ask({ event: 'ev_a' });
    expect((await app.inject({ method: 'DELETE', url: '/api/v1/retro/retro_1' })).statusCode).toBe(204);
    for (const url of ['/api/v1/retro/retro_1', '/api/v1/retro/retro_1/links'])
      expect((await app.inject(url)).statusCode).toBe(404);
  });
});

it('where nobody answers it is said where to ask', async () => {
  const clock = { now: () => 0, elapsedMs: () => 0 };
  const bare = createApi({ index, tenant: 'default', clock, version: '1' });
  const response = await bare.inject({ method: 'POST', url: '/api/v1/retro', payload: { event: 'ev_a' } });
  expect([response.statusCode, response.json().detail]).toEqual([
    404,
    expect.stringContaining('counterfoil retro'),
  ]);
  await bare.close();
});

describe('[R3] an incidents worker without the API', () => {
  const service = (live: Partial<LiveContext>): Api =>
    createApi({
      index,
      tenant: 'default',
      clock: { now: () => 0, elapsedMs: () => 0 },
      version: '1',
      shows: 'service',
      live: live as LiveContext,
    });
  const request = {
    method: 'POST',
    url: '/api/v1/retro',
    payload: { pod: 'payments/ledger-1', ...TIME },
  } as const;

  it('answers questions, which need the facts in its folder, and shows no documents', async () => {
    const job = { id: 'retro_7', state: 'queued', asked: { eventId: 'ev_1' }, createdAt: 0 };
    const rest = { startedAt: null, endedAt: null, progress: null, etaMs: null, found: null, failure: null };
    const worker = service({
      retro: { ask: () => ({ ...job, ...rest }) } as unknown as LiveContext['retro'] & {},
    });
    expect((await worker.inject(request)).statusCode).toBe(202);
    expect((await worker.inject({ method: 'GET', url: '/api/v1/incidents' })).statusCode).toBe(404);
    await worker.close();
  });

  it('is who an API in a process of its own sends people to', async () => {
    const api = createApi({
      index,
      tenant: 'default',
      clock: { now: () => 0, elapsedMs: () => 0 },
      version: '1',
      live: {} as LiveContext,
    });
    const response = await api.inject(request);
    expect(response.statusCode).toBe(404);
    expect(response.json<{ detail: string }>().detail).toContain('the process with --role incidents');
    await api.close();
  });
});
