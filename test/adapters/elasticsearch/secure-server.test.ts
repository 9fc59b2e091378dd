// Goal: a server with TLS that asks who comes is used with a password or an API key, and one that does not fit is said to be so. Method: a server
// of its own, with both.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectElastic,
  type ElasticConnection,
  type ElasticSettings,
} from '../../../src/adapters/elasticsearch/connection.ts';
import { IndexNames } from '../../../src/adapters/elasticsearch/stored-document.ts';
import { checkTemplates } from '../../../src/adapters/elasticsearch/template-check.ts';
import { installTemplates } from '../../../src/adapters/elasticsearch/template-install.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';

const possible = await canStart('elasticsearch');
const NAMES = new IndexNames('counterfoil');

describe.skipIf(!possible)('a secured server [E7]', { timeout: START_TIMEOUT_MS }, () => {
  let server: PrivateServer;
  let ca: string;
  const opened: ElasticConnection[] = [];
  beforeAll(async () => {
    server = await privateServer('elasticsearch', { auth: true, tls: true });
    ca = readFileSync(server.address.caFile, 'utf8');
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await server.stop();
  });

  function connect(settings: Partial<ElasticSettings>): ElasticConnection {
    const { origin } = new URL(server.address.url);
    const connection = connectElastic({ nodes: [origin], requestTimeoutMs: 30_000, ...settings });
    opened.push(connection);
    return connection;
  }

  it('is used with a password and with an API key', async () => {
    const { user: username, password } = server.address;
    const byPassword = connect({ ca, username, password });
    await installTemplates(byPassword, NAMES);
    const { encoded: apiKey } = await byPassword.client.security.createApiKey({ name: 'counterfoil' });
    const findings = await checkTemplates(connect({ ca, apiKey }), NAMES);
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(['ok']));
  });

  it('refuses who has neither, or a wrong one', async () => {
    const message = expect.stringContaining('API key or the user') as string;
    const refused = { code: 'CF_SERVER_SETUP', message };
    await expect(installTemplates(connect({ ca }), NAMES)).rejects.toMatchObject(refused);
    const wrong = connect({ ca, username: server.address.user, password: 'wrong' });
    await expect(installTemplates(wrong, NAMES)).rejects.toMatchObject(refused);
  });

  it('is not believed without its authority', async () => {
    const { user: username, password } = server.address;
    await expect(installTemplates(connect({ username, password }), NAMES)).rejects.toMatchObject({
      code: 'CF_UNREACHABLE',
      message: expect.stringMatching(/certificate/) as string,
    });
  });
});
