// Goal: the API says the same over Elasticsearch as over the embedded index, and says so where the server does not answer. Method: the same
// requests to both.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectElastic, type ElasticConnection } from '../../src/adapters/elasticsearch/connection.ts';
import { ElasticIncidentIndex } from '../../src/adapters/elasticsearch/incident-index.ts';
import { SHELL_INCIDENT, story } from '../conformance/incident-documents.ts';
import { openFaultProxy, type FaultProxy } from '../adapters/elasticsearch/fault-proxy.ts';
import { openElastic, surroundings, type ElasticFixture } from '../adapters/elasticsearch/servers.ts';
import { serverFor, START_TIMEOUT_MS } from '../servers/servers.ts';
import { openFixture, type Fixture } from './fixture.ts';

const server = await serverFor('elasticsearch');
const LINK = story().links[0]?.link.id ?? '';
const PATHS = [
  ...['p1', 'p0', 'E2E-1', 'order-7', 'p5', 'p6', 'nobody'].map((id) => `payments/${id}`),
  'incidents',
  'incidents?limit=1',
  'incidents?transaction_id=p1',
  'incidents?transaction_id=nobody',
  `incidents/${SHELL_INCIDENT}`,
  'incidents/inc_none',
  `incidents/${SHELL_INCIDENT}/payments`,
  `incidents/${SHELL_INCIDENT}/payments?limit=2`,
  `incidents/${SHELL_INCIDENT}/events`,
  'links?event=ev_1',
  'links?payment=p1&limit=1',
  `links?incident=${SHELL_INCIDENT}`,
  'links?payment=p1&cursor=garbage',
  `links/${LINK}`,
  'events/ev_1',
  'events/none',
];

describe.skipIf(server === null)('the API over Elasticsearch [E5]', { timeout: START_TIMEOUT_MS }, () => {
  let elastic: ElasticFixture;
  let proxy: FaultProxy;
  let connection: ElasticConnection;
  let over: Fixture;
  let embedded: Fixture;
  beforeAll(async () => {
    elastic = await openElastic(server?.url ?? '');
    proxy = await openFaultProxy(server?.url ?? '');
    connection = connectElastic({ nodes: [proxy.url], requestTimeoutMs: 10_000 });
    const index = new ElasticIncidentIndex(
      connection,
      { names: elastic.names, refresh: true },
      surroundings(),
    );
    over = await openFixture(story(), { index });
    embedded = await openFixture();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await over.close();
    await embedded.close();
    await connection.close();
    await proxy.close();
    await elastic.close();
  });

  it.each(PATHS)('says the same of %s', async (path) => {
    const [there, here] = await Promise.all([over.get(`/api/v1/${path}`), embedded.get(`/api/v1/${path}`)]);
    expect(there.statusCode).toBe(here.statusCode);
    expect(there.headers.etag).toBe(here.headers.etag);
    // A cursor is opaque: that there is one is all that is the same.
    const plain = (text: string): string => text.replaceAll(/"next":"[^"]+"/g, '"next":""');
    expect(plain(there.body)).toBe(plain(here.body));
  });

  it('says the same of many at once', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `p${i % 9}`);
    const ask = { method: 'POST', url: '/api/v1/payments/_lookup', payload: { ids } } as const;
    expect((await over.inject(ask)).body).toBe((await embedded.inject(ask)).body);
  });

  it('answers 503, and is not ready, where the server does not answer', async () => {
    proxy.faults = () => ({ kind: 'answer', status: 503 });
    const { statusCode, body } = await over.get('/api/v1/payments/p1');
    expect(statusCode).toBe(503);
    expect(body).toContain('CF_UNREACHABLE');
    expect((await over.get('/readyz')).statusCode).toBe(503);
    proxy.faults = () => null;
    expect((await over.get('/readyz')).statusCode).toBe(200);
  });
});
