// Goal: a server that is killed in the middle of a write, and comes back, has every document once, and the writer needs no help. Method: kill -9 of
// a server of its own while a sink writes to it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BULK_DEFAULTS } from '../../../src/adapters/elasticsearch/bulk.ts';
import { ElasticDocumentSink } from '../../../src/adapters/elasticsearch/document-sink.ts';
import {
  eventDocument,
  linkDocument,
  paymentDocument,
  TENANT,
} from '../../conformance/incident-documents.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';
import { openElastic, surroundings, type ElasticFixture } from './servers.ts';

const possible = await canStart('elasticsearch');
const COUNT = 6_000;
const TIMEOUT_MS = 3 * START_TIMEOUT_MS;

describe.skipIf(!possible)('a server that is killed while it is written to', { timeout: TIMEOUT_MS }, () => {
  let server: PrivateServer;
  let elastic: ElasticFixture;
  beforeAll(async () => {
    server = await privateServer('elasticsearch');
    elastic = await openElastic(server.address.url);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await elastic.connection.close();
    await server.stop();
  });

  it('has every document once when it is back [E2]', async () => {
    const { connection, names } = elastic;
    const settings = { ...BULK_DEFAULTS, maxItems: 100, requestTimeoutMs: 10_000, giveUpMs: TIMEOUT_MS };
    const sink = new ElasticDocumentSink(connection, names, settings, surroundings());
    const event = eventDocument({ id: 'ev_1' });
    const payments = Array.from({ length: COUNT }, (_, i) => paymentDocument({ id: `p${i}` }));
    const links = payments.map((payment) => linkDocument(event, payment));
    const none = { events: [], payments: [], incidents: [] };
    const changes = { events: [event], links, payments, incidents: [], removed: none };
    const writing = sink.write(TENANT, changes, 0);
    await someAreThere(elastic);
    await server.kill();
    await server.restart();
    let answer = await writing;
    // Indices that are being recovered refuse reads for a while; what is left is given again, as its owner would.
    while (answer.stopped !== null) answer = await sink.write(TENANT, changes, 0);
    expect(answer.results.filter(({ outcome }) => outcome !== 'written' && outcome !== 'same')).toEqual([]);
    await elastic.refresh();
    const count = async (index: string): Promise<number> => (await connection.client.count({ index })).count;
    expect(await count(names.pattern('payments'))).toBe(COUNT);
    expect(await count(names.pattern('links'))).toBe(COUNT);
  });
});

/** Looks until a search sees some of the links. */
async function someAreThere({ connection, names }: ElasticFixture): Promise<void> {
  const index = names.pattern('links');
  for (;;) {
    await connection.client.indices.refresh({ index });
    // An index that was created this moment has no shard yet that answers.
    const { count } = await connection.client.count({ index }, { ignore: [503] });
    if (count > 0) return;
  }
}
