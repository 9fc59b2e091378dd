// Goal: the secrets of a deployment are made once, each for who needs it only, and the servers take them [B3]. Method: the programs that
// docker-compose.yml runs, as processes, and a Redis and an Elasticsearch that are given what they made.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connectElastic } from '../../src/adapters/elasticsearch/connection.ts';
import { IndexNames } from '../../src/adapters/elasticsearch/stored-document.ts';
import { installTemplates } from '../../src/adapters/elasticsearch/template-install.ts';
import { readKeyFile } from '../../src/adapters/embedded/key-file.ts';
import { hashOfKey } from '../../src/adapters/embedded/key-text.ts';
import { withClient } from '../adapters/redis/connections.ts';
import { canStart, privateServer, START_TIMEOUT_MS } from '../servers/servers.ts';
import { ROOT } from './dockerfile.ts';

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-secrets-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const redisStartable = await canStart('redis');
const elasticStartable = await canStart('elasticsearch');

function run(program: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'deploy', program), ...args], { encoding: 'utf8' });
}

/** Makes the secrets in a folder. @returns the folder */
function made(name: string): string {
  const folder = join(scratch, name);
  expect(run('make-secrets.ts', folder, join(ROOT, 'bin/counterfoil.js'))).toMatchObject({ status: 0 });
  return folder;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

describe('make-secrets [B3]', () => {
  it('makes files of their owner only, says nothing of them, and keeps them the next time', () => {
    const folder = made('twice');
    const files = filesOf(folder);
    const before = files.map((file) => readFileSync(file, 'utf8'));
    for (const file of files) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    const again = run('make-secrets.ts', folder, join(ROOT, 'bin/counterfoil.js'));
    expect(filesOf(folder).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    for (const secret of before) expect(again.stdout + again.stderr).not.toContain(secret);
  });

  it('makes another secret for everything, long enough, on one line without an end', () => {
    const folder = made('each');
    const secrets = filesOf(folder)
      .filter((file) => /(password|key)$/.test(file) && !/redis.password|first-api-key/.test(file))
      .map((file) => readFileSync(file, 'utf8'));
    expect(secrets.length).toBeGreaterThan(7);
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it('makes a first API key whose hash is the only one in the file of keys', () => {
    const folder = made('keys');
    const key = readFileSync(join(folder, 'counterfoil/first-api-key'), 'utf8');
    const keys = readKeyFile(join(folder, 'counterfoil/api-keys.json'));
    expect(keys?.map(({ sha256, scopes }) => [sha256, scopes])).toEqual([
      [hashOfKey(key), ['read', 'write']],
    ]);
  });

  it('gives the user of Redis what the reference page lists, and nothing else', () => {
    const acl = readFileSync(join(made('acl'), 'redis/users.acl'), 'utf8');
    const page = readFileSync(join(ROOT, 'docs/reference/redis.md'), 'utf8');
    const rights = /^ACL SETUSER counterfoil reset on >PASSWORD (.*)$/m.exec(page)?.[1] ?? 'none';
    expect(acl).toMatch(/^user default off\nuser counterfoil reset on #[0-9a-f]{64} /);
    expect(acl.trim().endsWith(` ${rights}`)).toBe(true);
  });
});

/** What a server says first to whoever only says this. */
async function firstAnswer(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text));
  try {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString('latin1');
  } finally {
    socket.destroy();
  }
}

describe.skipIf(!redisStartable)('a Redis with what was made [B3]', { timeout: START_TIMEOUT_MS }, () => {
  it('lets in the user with the password, and nobody else', async () => {
    const folder = made('redis');
    const server = await privateServer('redis', {
      settings: [`aclfile=${join(folder, 'redis/users.acl')}`, 'appendonly=no'],
    });
    try {
      const password = readFileSync(join(folder, 'counterfoil/redis-password'), 'utf8');
      const as = (user: string, secret: string) => ({ ...server.address, url: '', user, password: secret });
      await withClient(as('counterfoil', password), async (client) => {
        expect(await client.call('PING')).toBe('PONG');
        await expect(client.call('FLUSHALL')).rejects.toThrow(/NOPERM/);
      });
      expect(await firstAnswer(server.address.nodes[0] ?? '', 'PING\r\n')).toMatch(/^-NOAUTH/);
    } finally {
      await server.stop();
    }
  });
});

describe.skipIf(!elasticStartable)(
  'an Elasticsearch with what was made [B3]',
  { timeout: START_TIMEOUT_MS },
  () => {
    it('has users that may do what they need, and nothing else', async () => {
      const folder = made('elasticsearch');
      const secret = (path: string): string => readFileSync(join(folder, path), 'utf8');
      const server = await privateServer('elasticsearch', { auth: true });
      const { origin } = new URL(server.address.url);
      const ask = async (user: string, password: string, method: string, path: string, body?: object) => {
        const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
        const headers = { authorization, 'content-type': 'application/json' };
        const answer = await fetch(`${origin}${path}`, {
          method,
          headers,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return answer.status;
      };
      const worker = { nodes: [origin], requestTimeoutMs: 30_000, username: 'counterfoil' };
      const connection = connectElastic({
        ...worker,
        password: secret('counterfoil/elasticsearch-password'),
      });
      try {
        // In a container the server is told this password at its first start.
        const elastic = { password: secret('elasticsearch/elastic-password') };
        const { user, password } = server.address;
        expect(await ask(user, password, 'POST', '/_security/user/elastic/_password', elastic)).toBe(200);
        for (let time = 1; time <= 2; time += 1)
          expect(run('make-elasticsearch-users.ts', origin, folder, 'counterfoil')).toMatchObject({
            status: 0,
          });

        await installTemplates(connection, new IndexNames('counterfoil'));
        const own = [worker.username, secret('counterfoil/elasticsearch-password')] as const;
        expect(await ask(...own, 'GET', '/counterfoil-payments/_search')).toBe(200);
        expect(await ask(...own, 'GET', '/_security/user')).toBe(403);
        expect(await ask(...own, 'PUT', '/others')).toBe(403);
        expect(await ask('kibana_system', secret('kibana/password'), 'GET', '/_security/_authenticate')).toBe(
          200,
        );
        expect(secret('kibana/kibana.yml')).toContain(
          `elasticsearch.password: "${secret('kibana/password')}"`,
        );
      } finally {
        await connection.close();
        await server.stop();
      }
    });

    it('that does not answer is said, and not waited for', async () => {
      // The system takes the connection; nobody reads from it.
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const place = `http://127.0.0.1:${port}`;
      const { status, stderr } = run('make-elasticsearch-users.ts', place, made('silent'), 'counterfoil');
      silent.close();
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/PUT role\/counterfoil at .* was not answered within 15 s/);
    });

    it('that cannot be asked is said, with no secret', () => {
      const folder = made('nobody');
      const { status, stderr } = run(
        'make-elasticsearch-users.ts',
        'http://127.0.0.1:1',
        folder,
        'counterfoil',
      );
      expect(status).not.toBe(0);
      expect(stderr).not.toContain(readFileSync(join(folder, 'elasticsearch/elastic-password'), 'utf8'));
    });
  },
);
