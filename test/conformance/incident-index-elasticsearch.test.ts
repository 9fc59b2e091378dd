import { afterAll, beforeAll, describe } from 'vitest';
import { ElasticIncidentIndex } from '../../src/adapters/elasticsearch/incident-index.ts';
import { openElastic, surroundings, type ElasticFixture } from '../adapters/elasticsearch/servers.ts';
import { serverFor, START_TIMEOUT_MS } from '../servers/servers.ts';
import { incidentIndexSuite } from './incident-index.suite.ts';

const server = await serverFor('elasticsearch');

describe.skipIf(server === null)('on a real server [E5]', { timeout: START_TIMEOUT_MS }, () => {
  let elastic: ElasticFixture;
  beforeAll(async () => {
    elastic = await openElastic(server?.url ?? '');
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await elastic.close();
  });

  const empty = async (): Promise<ElasticIncidentIndex> => {
    await elastic.clear();
    return new ElasticIncidentIndex(
      elastic.connection,
      { names: elastic.names, refresh: true },
      surroundings(),
    );
  };
  // Each run is some hundred requests to a real server.
  incidentIndexSuite('Elasticsearch', empty, { numRuns: 10 });
});
