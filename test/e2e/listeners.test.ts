// Goal: nobody reaches a running process from elsewhere without a key or a certificate. Method: real processes on real addresses, and
// certificates of authorities of our own.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Scope } from '../../src/model/access.ts';
import { runCli } from '../cli/run-cli.ts';
import { payment } from '../runtime/live/intake-parts.ts';
import { Authority, type Pair } from './certificates.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-listeners-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = (name: string): string => join(folder, name);

async function newKey(dataDir: string, ...scopes: Scope[]): Promise<string> {
  const scope = scopes.join(',');
  const { stdout } = await runCli(['keys', 'add', '--name', 'test', '--scope', scope, '--data', dataDir]);
  return stdout.trim();
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' && address !== null ? address.port : 0);
}

/** What `doctor` finds on the ports of a running process. */
async function portsSeenBy({ url, otlpUrl }: LiveProcess, args: readonly string[]): Promise<string[]> {
  const ports = [
    '--http-port',
    new URL(url).port,
    '--otlp-port',
    otlpUrl === null ? '0' : new URL(otlpUrl).port,
  ];
  const { stdout } = await runCli(['doctor', '-o', 'json', ...args, ...ports]);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string }[] };
  return findings.filter(({ check }) => check.startsWith('ports.')).map(({ level }) => level);
}

describe('a listener off loopback [A1]', () => {
  it('does not start without keys or client certificates, and names every fault at once', async () => {
    const file = join(folder, 'garbage.pem');
    writeFileSync(file, 'garbage');
    const args = ['--data', data('none'), '--server-host', '0.0.0.0', '--otlp-host', '::'];
    const bare = await runCli(['run', ...args]);
    expect([bare.status, bare.stdout]).toEqual([3, '']);
    expect(bare.stderr).toMatch(
      /2 problems\. \[CF_CONFIG\]\n {2}server\.host: 0\.0\.0\.0 can be.*\n {2}otlp\.host: ::/,
    );
    const tls = ['--server-tls-cert-file', file, '--server-tls-key-file', join(folder, 'missing')];
    const { status, stderr } = await runCli(['run', ...args, ...tls, '--auth-keys-file', folder]);
    expect(status).toBe(3);
    for (const at of ['server.tls.key_file: ', 'auth.keys_file: ']) expect(stderr).toContain(`\n  ${at}`);
    expect((await runCli(['validate', ...args])).status).toBe(3);
  });

  it('does not start as a worker either, and asks no server before it says so', async () => {
    // Nobody listens there: whoever asked would wait, and then say so.
    const nobody = ['--kafka-brokers', '127.0.0.1:1', '--redis-nodes', '127.0.0.1:1'];
    const elastic = ['--elasticsearch-nodes', 'http://127.0.0.1:1'];
    const outside = ['--data', data('none'), '--server-host', '0.0.0.0'];
    for (const role of ['spans', 'incidents', 'api']) {
      const run = ['run', '--role', role, ...nobody, ...elastic, ...outside];
      const { status, stderr } = await runCli(run, { env: { COUNTERFOIL_REDACTION_KEY: '0'.repeat(64) } });
      expect([status, stderr]).toEqual([3, expect.stringMatching(/\n {2}server\.host: 0\.0\.0\.0 can be/)]);
    }
  });

  it('does not start with a file that holds no key, and on loopback it does and lets nobody in', async () => {
    const key = await newKey(data('empty'), 'read');
    await runCli(['keys', 'revoke', key.slice(4, 12), '--data', data('empty')]);
    const args = ['--data', data('empty'), '--otlp-port', '0'];
    expect((await runCli(['run', ...args, '--server-host', '0.0.0.0'])).status).toBe(3);
    const live = await startLive(args);
    expect((await fetch(`${live.url}/api/v1/incidents`, bearer(key))).status).toBe(401);
    expect((await fetch(`${live.url}/healthz`)).status).toBe(200);
    expect(await live.stop()).toBe(0);
  });

  it.each([
    [['--server-tls-cert-file', 'x'], 'server.tls.cert_file: is of no use without server.tls.key_file'],
    [['--server-tls-key-file', 'x'], 'server.tls.key_file: is of no use without server.tls.cert_file'],
    [
      ['--server-tls-client-ca-file', 'x'],
      'server.tls.client_ca_file: is of no use without server.tls.cert_file',
    ],
  ])('%j alone: exit 3', async (args, text) => {
    const { status, stderr } = await runCli(['run', '--data', data('none'), ...args]);
    expect([status, stderr]).toEqual([3, expect.stringContaining(text)]);
  });

  it('with keys: takes what their scopes allow, under any name, and says that they travel in clear', async () => {
    const [intake, read] = [await newKey(data('keys'), 'intake'), await newKey(data('keys'), 'read')];
    const args = ['--data', data('keys'), '--server-host', '0.0.0.0', '--otlp-host', '0.0.0.0'];
    const live = await startLive([...args, '--otlp-port', await freePort()], true);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    const url = `http://${outside ?? '127.0.0.1'}:${new URL(live.url).port}`;
    const send = { method: 'POST', body: payment('p1'), ...bearer(intake) };
    expect((await fetch(`${url}/intake/payments`, send)).status).toBe(200);
    expect((await fetch(`${url}/intake/payments`, { ...send, ...bearer(read) })).status).toBe(403);
    expect((await fetch(`${url}/intake/payments`, { method: 'POST', body: payment('p1') })).status).toBe(401);
    expect((await fetch(`${url}/api/v1/accounting`, bearer(read))).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const traces = { method: 'POST', body: '{}' };
    const json = { 'content-type': 'application/json' };
    expect((await fetch(`${live.otlpUrl}/v1/traces`, { ...traces, headers: json })).status).toBe(401);
    const headers = { ...json, ...bearer(intake).headers };
    expect((await fetch(`${live.otlpUrl}/v1/traces`, { ...traces, headers })).status).toBe(200);

    const metrics = await (await fetch(`${url}/metrics`, bearer(read))).text();
    expect(metrics).toContain('counterfoil_access_refused_total{reason="no_key"} 2');
    expect(metrics).toContain('counterfoil_access_refused_total{reason="lacks_scope"} 1');
    const said = (event: string) => live.log.filter((line) => line['event.action'] === event);
    expect(said('access-in-clear')).toHaveLength(2);
    expect(said('access-refused').map((line) => line['event.reason'])).toEqual([
      'lacks_scope',
      'no_key',
      'no_key',
    ]);
    expect(JSON.stringify(live.log)).not.toContain(intake.slice(13));
    expect(JSON.stringify(live.log)).not.toContain(read.slice(13));

    expect(await portsSeenBy(live, args)).toEqual(['ok', 'ok']);

    // Revoked while it runs: refused from then on, and the other key is not.
    await runCli(['keys', 'revoke', read.slice(4, 12), '--data', data('keys')]);
    const status = async (): Promise<number> =>
      (await fetch(`${url}/api/v1/accounting`, bearer(read))).status;
    await until(async () => (await status()) === 401 || undefined);
    expect((await fetch(`${url}/intake/payments`, send)).status).toBe(200);
    expect(await live.stop()).toBe(0);
  });
});

describe('TLS and client certificates [A5]', () => {
  let live: LiveProcess;
  let key: string;
  let server: Pair;
  let authority: Authority;
  let stranger: Authority;
  let client: Pair;
  let args: string[];

  beforeAll(async () => {
    authority = new Authority(folder, 'ours');
    stranger = new Authority(folder, 'theirs');
    server = authority.issue('server', 'serverAuth');
    client = authority.issue('client', 'clientAuth');
    key = await newKey(data('tls'), 'read');
    const files = ['--server-tls-cert-file', server.certFile, '--server-tls-key-file', server.keyFile];
    const ca = ['--server-tls-client-ca-file', authority.own.certFile];
    args = ['--data', data('tls'), '--server-host', '0.0.0.0', ...files, ...ca];
    live = await startLive([...args, '--otlp-port', '0']);
  });
  afterAll(async () => {
    await live.stop();
  });

  async function ask(path: string, options: RequestOptions = {}): Promise<number> {
    const port = new URL(live.url).port;
    return await new Promise((resolve, reject) => {
      const where = { host: '127.0.0.1', port, path, ca: authority.own.cert, agent: false };
      request({ ...where, ...options }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });
  }

  const READ = '/api/v1/incidents';
  const REDRIVE = '/api/v1/dead-letters/none/_redrive';

  it('a certificate of the authority has every scope; a key is asked of others', async () => {
    expect(live.url).toMatch(/^https:/);
    const { cert, key: own } = client;
    expect(await ask(READ, { cert, key: own })).toBe(200);
    expect(await ask(REDRIVE, { cert, key: own, method: 'POST' })).toBe(404);
    expect(await ask(READ)).toBe(401);
    expect(await ask(READ, bearer(key))).toBe(200);
    expect(await ask(REDRIVE, { ...bearer(key), method: 'POST' })).toBe(403);
    expect(await ask('/healthz')).toBe(200);
    expect(await portsSeenBy(live, args)).toEqual(['not_checked', 'not_checked']);
  });

  it('a certificate of somebody else, or one that is for servers, is none', async () => {
    const theirs = stranger.issue('their-client', 'clientAuth');
    expect(await ask(READ, { cert: theirs.cert, key: theirs.key })).toBe(401);
    expect(await ask(READ, { cert: server.cert, key: server.key })).toBe(401);
    const { cert, key: own } = stranger.own;
    expect(await ask(READ, { cert, key: own })).toBe(401);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a resumed session of %s shows no certificate that was not shown',
    async (version) => {
      const port = Number(new URL(live.url).port);
      const base: ConnectionOptions = {
        host: '127.0.0.1',
        port,
        ca: authority.own.cert,
        maxVersion: version,
      };
      const first = await exchange(connect(base));
      expect(first.status).toBe(401);
      const again = await exchange(connect({ ...base, session: first.session }));
      expect([again.resumed, again.status]).toEqual([true, 401]);
      const known = await exchange(connect({ ...base, cert: client.cert, key: client.key }));
      const back = await exchange(
        connect({ ...base, session: known.session, cert: client.cert, key: client.key }),
      );
      expect([known.status, back.resumed, back.status]).toEqual([200, true, 200]);
    },
  );

  it('nothing is said to who speaks no TLS, or an old one', async () => {
    await expect(fetch(`http://127.0.0.1:${new URL(live.url).port}/healthz`)).rejects.toThrow('fetch failed');
    await expect(ask('/healthz', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow(
      /protocol|EPROTO/i,
    );
    expect(live.over()).toBe(false);
    expect(live.log.filter((line) => line['event.action'] === 'access-in-clear')).toEqual([]);
  });

  it('files that do not belong together: exit 3, and which it is', async () => {
    const other = join(folder, 'other.key');
    copyFileSync(client.keyFile, other);
    const files = ['--server-tls-cert-file', server.certFile, '--server-tls-key-file', other];
    const { status, stderr } = await runCli(['run', '--data', data('none'), ...files]);
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('server.tls.key_file: is not the key of the certificate'),
    ]);
    const noCa = ['--server-tls-cert-file', server.certFile, '--server-tls-key-file', server.keyFile];
    const wrong = await runCli([
      'run',
      '--data',
      data('none'),
      ...noCa,
      '--server-tls-client-ca-file',
      server.keyFile,
    ]);
    expect(wrong.stderr).toContain('server.tls.client_ca_file: holds no certificate');
  });
});

/** One request on a connection, and the session with which the next one resumes it. */
async function exchange(
  socket: TLSSocket,
): Promise<{ status: number; resumed: boolean; session: Buffer | undefined }> {
  let text = '';
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => (session = ticket));
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const resumed = socket.isSessionReused();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET /api/v1/incidents HTTP/1.1\r\nHost: far.example\r\nConnection: close\r\n\r\n');
  await closed;
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]),
    resumed,
    session: session ?? socket.getSession(),
  };
}
