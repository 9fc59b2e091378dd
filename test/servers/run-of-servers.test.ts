/** What a run starts it ends, and nothing else; what is missing is said, or is a failure. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressFrom, variablesOf } from './addresses.ts';
import { down, SERVERS_FOLDER, up } from './kit.ts';
import { canStart, START_TIMEOUT_MS } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-run-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  if (existsSync(join(folder, 'kind'))) await down(folder, ['--kill']);
  rmSync(folder, { recursive: true, force: true });
});

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), hostname);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

function pidIn(of: string): number {
  return Number(readFileSync(join(of, 'redis-1.pid'), 'utf8'));
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(!(await canStart('redis')))('a run of tests', { timeout: START_TIMEOUT_MS }, () => {
  it('ends the servers that it started, though a test failed, and no others', async () => {
    const { url } = await up('redis', folder);
    const env: NodeJS.ProcessEnv = { ...process.env, REDIS_URL: '' };
    delete env[SERVERS_FOLDER];
    const args = [VITEST, 'run', '--root', join(ROOT, 'test/servers/failing-run')];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect(status).toBe(1);
    const line = stdout.split('\n').find((text) => text.startsWith('{"folder"')) ?? stdout;
    const said = JSON.parse(line) as { folder: string; urls: [string, string] };
    expect(new Set([...said.urls, url]).size).toBe(3);
    expect(existsSync(said.folder)).toBe(false);
    expect(await Promise.all(said.urls.map(answers))).toEqual([false, false]);
    expect(await answers(url)).toBe(true);
  });

  it('is outlived by no server when it is killed itself', async () => {
    const run = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await up('redis', folder, ['--until', String(run.pid)]);
    const server = pidIn(folder);
    expect(runs(server)).toBe(true);
    run.kill('SIGKILL');
    await vi.waitFor(() => expect(runs(server)).toBe(false), { timeout: 10_000, interval: 50 });
  });

  it('starts one server when two files ask at once', async () => {
    const [one, two] = await Promise.all([up('redis', folder), up('redis', folder)]);
    expect(two).toEqual(one);
    expect(await answers(one.url)).toBe(true);
  });

  it('leaves a stranger alone that has the number of a server', async () => {
    await up('redis', folder);
    const server = pidIn(folder);
    const stranger = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      process.kill(server, 'SIGKILL');
      spawnSync('cp', ['/dev/stdin', join(folder, 'redis-1.pid')], { input: String(stranger.pid) });
      await down(folder, ['--kill']);
      expect(stranger.exitCode).toBeNull();
      expect(runs(stranger.pid ?? 0)).toBe(true);
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('a server that cannot be had', () => {
  async function ask(required: string): Promise<unknown> {
    vi.stubEnv(SERVERS_FOLDER, folder);
    vi.stubEnv('REDIS_URL', '');
    vi.stubEnv('COUNTERFOIL_TEST_REQUIRE', required);
    // A file is no place for a folder, so `up` fails at once.
    vi.stubEnv('COUNTERFOIL_SERVICES_CACHE', fileURLToPath(import.meta.url));
    vi.resetModules();
    const { serverFor } = await import('./servers.ts');
    return serverFor('redis');
  }

  it('is null, and a line says which tests are skipped and why', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await ask('kafka,chromium')).toBeNull();
    expect(said).toHaveBeenCalledTimes(1);
    expect(String(said.mock.calls[0]?.[0])).toMatch(
      /^skipped: test\/servers\/run-of-servers\.test\.ts, because there is no redis: .+\n$/,
    );
  });

  it('is a failure where it is required, for every file that asks', async () => {
    await expect(ask('kafka,redis')).rejects.toThrow('cannot create directory');
    await expect(ask('kafka,redis')).rejects.toThrow('cannot create directory');
  });
});

describe('an address', () => {
  it('comes from the environment first', async () => {
    vi.stubEnv('ELASTICSEARCH_URL', 'http://127.0.0.1:9');
    vi.resetModules();
    const { serverFor } = await import('./servers.ts');
    expect(await serverFor('elasticsearch')).toMatchObject({
      nodes: ['127.0.0.1:9'],
      url: 'http://127.0.0.1:9',
    });
  });

  it('of one broker is none of a cluster', () => {
    const variables = variablesOf('KAFKA_BROKERS=127.0.0.1:1\n');
    expect(addressFrom('kafka', variables)?.nodes).toEqual(['127.0.0.1:1']);
    expect(addressFrom('kafka-cluster', variables)).toBeNull();
  });

  it('is read with all that up prints', () => {
    const printed =
      'KAFKA_BROKERS=h:1\nKAFKA_SECURE_BROKERS=h:2\nKAFKA_USER=u\nKAFKA_PASSWORD=p=\nKAFKA_CA=/ca.pem\n';
    expect(addressFrom('kafka', variablesOf(printed))).toEqual({
      kind: 'kafka',
      nodes: ['h:1'],
      url: '',
      secureNodes: ['h:2'],
      user: 'u',
      password: 'p=',
      caFile: '/ca.pem',
      environment: { KAFKA_BROKERS: 'h:1' },
    });
  });
});
