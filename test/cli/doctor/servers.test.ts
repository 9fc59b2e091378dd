// Goal: on real servers doctor finds each fault that keeps workers from their work, says what to do about it, shows no secret and changes nothing;
// where all is well it finds nothing.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { KEY_VARIABLE } from '../../../src/cli/compose.ts';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { MICROS_PER_MINUTE } from '../../../src/model/instant.ts';
import { Deployment, realServers } from '../../e2e/deployment.ts';
import { canStart, privateServer, START_TIMEOUT_MS, type PrivateServer } from '../../servers/servers.ts';
import { withClient } from '../../adapters/redis/connections.ts';
import { diagnose, type Circumstances, type Diagnosed } from './diagnose.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: START_TIMEOUT_MS });

const servers = await realServers();
const SECRET = 'a-secret-that-nobody-may-ever-see-0002';
const KEY = '00'.repeat(32);
const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-doctor-servers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Looks as the workers of a configuration would. */
async function look(
  config: string,
  args: readonly string[] = [],
  { env = {}, ...circumstances }: Circumstances = {},
): Promise<Diagnosed> {
  const data = join(scratch, 'incidents');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const diagnosed = await diagnose(['-c', config, '--data', data, '--http-port', '0', ...args], {
    env: { [KEY_VARIABLE]: KEY, ...env },
    ...circumstances,
  });
  expect(diagnosed.text).not.toContain(SECRET);
  for (const { level, why, to_do } of diagnosed.document.findings) {
    const isTrouble = level === 'problem' || level === 'warning';
    expect([why !== null, to_do !== null]).toEqual([isTrouble, isTrouble]);
  }
  return diagnosed;
}

const trouble = (level: FindingPart['level'], found: string | RegExp, toDo: string | RegExp): object => ({
  level,
  found: typeof found === 'string' ? expect.stringContaining(found) : expect.stringMatching(found),
  to_do: typeof toDo === 'string' ? expect.stringContaining(toDo) : expect.stringMatching(toDo),
});

describe.skipIf(servers === null)('doctor on real servers', () => {
  if (servers === null) return;
  let deployment: Deployment;
  let admin: Admin;
  beforeAll(async () => {
    deployment = await Deployment.open(servers);
    admin = new Kafka({ brokers: [...servers.kafka.nodes], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await deployment.close();
  });

  it('finds nothing where all is well, and makes nothing [D7] [D8]', async () => {
    const before = await admin.listTopics();
    const { status, document, troubles } = await look(deployment.config);
    expect(troubles()).toEqual([]);
    expect(status).toBe(0);
    expect(new Set(document.findings.map(({ check }) => check))).toEqual(new Set(CHECKS.map(({ name }) => name)));
    expect((await admin.listTopics()).toSorted()).toEqual(before.toSorted());
  });
});
