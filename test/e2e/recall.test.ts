/**
 * Goal: a process that runs compares its lanes by itself, and its metrics say what came of it [R4]. Method: the shipped story moved to half an
 * hour ago, so that its events close at once; a comparison every second.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { startLive, until } from './live-process.ts';
import { moverToNow } from './moved-to-now.ts';

const DATA = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const PATHS: readonly [string, string][] = [
  ['payments.ndjson', '/intake/payments'],
  ['falco.ndjson', '/intake/falco'],
  ['audit.ndjson', '/intake/kubernetes-audit'],
  ['spans.ndjson', '/v1/traces'],
];
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-recall-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('[R4] says in its metrics that nothing is missing', { timeout: 90_000 }, async () => {
  const config = join(DATA, 'counterfoil.yaml');
  const args = ['-c', config, '--data', folder, '--otlp-port', '0', '--reconcile-every', '1s'];
  const live = await startLive(args);
  const move = moverToNow('2026-03-10T14:45:00Z');
  for (const [file, path] of PATHS) {
    const text = move(readFileSync(join(DATA, file), 'utf8'));
    const bodies = path === '/v1/traces' ? text.trim().split('\n') : [text];
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(`${live.url}${path}`, { method: 'POST', body, headers });
      expect(status).toBe(200);
    }
  }
  const metrics = await until(async () => {
    const text = await (await fetch(`${live.url}/metrics`)).text();
    return /^counterfoil_join_recall_ratio/m.test(text) ? text : undefined;
  }, 60_000);
  expect(metrics).toMatch(/^counterfoil_join_recall_ratio 1$/m);
  expect(metrics).toMatch(/^counterfoil_reconciled_events_total\{outcome="same"\} [1-9]/m);
  const said = live.log.find((line) => line['event.action'] === 'reconciled');
  expect(said?.['message']).toMatch(/[\d,]+ of [\d,]+ events that closed, [\d,]+ links, no difference/);
  expect(await live.stop()).toBe(0);
});
