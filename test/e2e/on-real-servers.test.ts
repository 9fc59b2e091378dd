/**
 * Goal: on real Kafka, Redis and Elasticsearch, a process for each worker says what the embedded engine says, byte for byte [K2]; the
 * documents are valid; and an incident is found by the id of a payment within seconds, while records come [K3].
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { InputName } from '../../src/model/accounting.ts';
import { runCli } from '../cli/run-cli.ts';
import { Deployment, realServers } from './deployment.ts';
import { documentsIn } from './folder-documents.ts';
import { until } from './live-process.ts';
import { moverToNow } from './moved-to-now.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const FILES: readonly [InputName, string][] = [
  ['audit', 'audit.ndjson'],
  ['alerts', 'falco.ndjson'],
  ['spans', 'spans.ndjson'],
  ['payments', 'payments.ndjson'],
];
const CLUSTER = { cluster: 'prod-eu' };

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-servers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const servers = await realServers();

function linesOf(file: string): string[] {
  return readFileSync(join(EXAMPLE, file), 'utf8').trim().split('\n');
}

async function produceAll(deployment: Deployment, move = (text: string): string => text): Promise<void> {
  for (const [input, file] of FILES) await deployment.produce(input, linesOf(file).map(move));
}

/** What the embedded lane makes of the same files. */
async function embedded(): Promise<ReturnType<typeof documentsIn>> {
  const inputs = FILES.flatMap(([input, file]) => [`--${input}`, join(EXAMPLE, file)]);
  const args = ['correlate', '--cluster', 'prod-eu', ...inputs, '--data', scratch, '-o', 'ndjson'];
  const { status } = await runCli(args);
  expect(status).toBe(0);
  return documentsIn(scratch);
}

describe.skipIf(servers === null)('on real servers', () => {
  if (servers === null) return;

  test('[K2] workers say what the embedded engine says', { timeout: 180_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: CLUSTER });
    try {
      await produceAll(deployment);
      for (const role of ['spans', 'spans', 'events', 'payments', 'incidents'])
        await deployment.start(role, { bounded: true });
      await deployment.untilFinished();
      await until(async () => ((await deployment.documents()).incidents.length === 1 ? true : undefined));
      const [found, expected] = [await deployment.documents(), await embedded()];
      expect(found.links).toHaveLength(expected['links']?.length ?? 0);
      expect(found).toEqual(expected);
      for (const each of deployment.processes) expect(await each.stop()).toBe(0);
    } finally {
      await deployment.close();
    }
  });

  test('[K3] an incident is found by the id of a payment within seconds', { timeout: 120_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: CLUSTER });
    try {
      for (const role of ['spans', 'events', 'payments', 'incidents']) await deployment.start(role);
      const { url } = await deployment.start('api');
      const from = performance.now();
      await produceAll(deployment, moverToNow('2026-03-10T14:10:00Z'));
      const incident = await until(async () => {
        const answer = await fetch(`${url}/api/v1/incidents?transaction_id=pay_0299`);
        const { items } = (await answer.json()) as { items: { incident: { id: string } }[] };
        return items[0];
      }, 30_000);
      expect(incident.incident.id).toMatch(/^inc_/);
      expect(performance.now() - from).toBeLessThan(20_000);
      // Documents of one commit leave together, and are not all there at the same instant.
      await until(async () => {
        const payment = await fetch(`${url}/api/v1/payments/pay_0299`);
        const { answer } = (await payment.json()) as { answer: string };
        return answer === 'linked' ? true : undefined;
      }, 10_000);
    } finally {
      await deployment.close();
    }
  });
});
