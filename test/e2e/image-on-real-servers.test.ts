/**
 * Goal: what the Dockerfile puts together is all that it takes: with production packages only, compiled, as another user, with the pipeline of
 * docker-compose.yml, it runs as workers on real servers, and lets nobody in without a key [B1].
 */
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliRun } from '../cli/run-cli.ts';
import { Deployment, realServers } from './deployment.ts';
import { layImage, type Image } from './image.ts';
import { until } from './live-process.ts';
import { moverToNow } from './moved-to-now.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PIPELINE = join(ROOT, 'pipelines/kafka-redis-elasticsearch.yaml');
const FILES = [
  ['audit', 'audit.ndjson'],
  ['alerts', 'falco.ndjson'],
  ['spans', 'spans.ndjson'],
  ['payments', 'payments.ndjson'],
] as const;

const servers = await realServers();

describe('the image [B1]', () => {
  let image: Image;
  beforeAll(() => {
    image = layImage();
  }, 60_000);
  afterAll(() => image.remove());

  const run = async (args: readonly string[]): Promise<CliRun> => runCli(args, { program: image.program });

  it('says its version, and plays the demo', { timeout: 60_000 }, async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await run(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
    const demo = await run(['demo', '--once']);
    expect(demo.stdout).toContain('pay_0299');
    expect(demo.status).toBe(0);
  });

  it.skipIf(servers === null)('works on real servers', { timeout: 180_000 }, async () => {
    if (servers === null) return;
    const { program } = image;
    const keysFile = (folder: string): string => join(folder, 'api-keys.json');
    const deployment = await Deployment.open(servers, {
      pipeline: PIPELINE,
      program,
      options: { cluster: 'prod-eu', auth: {} },
    });
    try {
      const { folder } = deployment;
      const add = ['keys', 'add', '--name', 'test', '--scope', 'read', '--file', keysFile(folder)];
      const key = (await runCli(add)).stdout.trim();
      if (program.uid !== undefined) chownSync(keysFile(folder), program.uid, program.uid);
      const keys = ['--auth-keys-file', keysFile(folder)];
      for (const roles of ['spans', 'events,payments', 'incidents'])
        await deployment.start(roles, { more: keys });
      const { url } = await deployment.start('api', { more: keys });
      const move = moverToNow('2026-03-10T14:10:00Z');
      for (const [input, file] of FILES) {
        const text = readFileSync(join(image.folder, 'examples/stolen-token/data', file), 'utf8');
        await deployment.produce(input, move(text).trim().split('\n'));
      }
      const path = url.replace('0.0.0.0', '127.0.0.1');
      const headers = { authorization: `Bearer ${key}` };
      const incident = await until(async () => {
        const answer = await fetch(`${path}/api/v1/incidents?transaction_id=pay_0299`, { headers });
        const { items } = (await answer.json()) as { items: { incident: { id: string } }[] };
        return items[0];
      }, 60_000);
      expect(incident.incident.id).toMatch(/^inc_/);
      expect((await fetch(`${path}/api/v1/incidents`)).status).toBe(401);
      expect((await fetch(`${path}/healthz`)).status).toBe(200);
      for (const each of deployment.processes) expect(await each.stop()).toBe(0);
    } finally {
      await deployment.close();
    }
  });
});
