/**
 * Gives the workers a user in Elasticsearch with the rights that they need, and Kibana's own user its password. Doing it again changes nothing.
 *
 *   node deploy/make-elasticsearch-users.ts URL FOLDER NAMESPACE     FOLDER: as deploy/make-secrets.ts leaves it
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [url = '', folder = '', namespace = ''] = process.argv.slice(2);
if (namespace === '') throw new Error('usage: node deploy/make-elasticsearch-users.ts URL FOLDER NAMESPACE');

/** A server that stands still would hold whoever starts this for ever; what was asked for can be asked again. */
const ANSWER_TIMEOUT_MS = 15_000;

const secret = (path: string): string => readFileSync(join(folder, path), 'utf8').trim();

async function ask(method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
  const login = Buffer.from(`elastic:${secret('elasticsearch/elastic-password')}`).toString('base64');
  const answer = await fetch(`${url}/_security/${path}`, {
    method,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  }).catch((error: Error) => {
    const why =
      error.name === 'TimeoutError' ? `was not answered within ${ANSWER_TIMEOUT_MS / 1000} s` : 'failed';
    throw new Error(
      `${method} ${path} at ${url} ${why}. See what Elasticsearch says, start it again, then this.`,
      {
        cause: error,
      },
    );
  });
  // What it says may repeat what was sent.
  if (!answer.ok) throw new Error(`${method} ${path} at ${url} was answered with ${answer.status}`);
}

await ask('PUT', `role/${namespace}`, {
  // `monitor` and templates for `setup`; documents are in indices that begin with the namespace.
  cluster: ['monitor', 'manage_index_templates'],
  indices: [{ names: [`${namespace}-*`], privileges: ['create_index', 'read', 'write', 'manage'] }],
});
await ask('PUT', 'user/counterfoil', {
  password: secret('counterfoil/elasticsearch-password'),
  roles: [namespace],
});
await ask('POST', 'user/kibana_system/_password', { password: secret('kibana/password') });
process.stderr.write(`the users of Elasticsearch are as they must be\n`);
