/**
 * Goal: what docs/operating says to watch is told by the process that knows it: workers count what they read and what they refuse [S15].
 * Method: real servers, a process for each worker, one good and one bad record for each.
 */
import { expect, test } from 'vitest';
import { clock, payment, request } from '../simulation/live-story.ts';
import { Deployment, realServers } from './deployment.ts';
import { until } from './live-process.ts';

const servers = await realServers();
const LATEST = /^counterfoil_last_event_timestamp_seconds\{source="(?:spans|payments)"\} (\S+)$/m;

test.skipIf(servers === null)(
  '[S15] a worker tells what it reads and what it refuses',
  { timeout: 60_000 },
  async () => {
    if (servers === null) return;
    const deployment = await Deployment.open(servers, { partitions: 1 });
    try {
      await deployment.produce('spans', [JSON.stringify(request(1, 'p1', 1)), '{"resourceSpans":']);
      await deployment.produce('payments', [JSON.stringify(payment(2, 'p1')), '{"id":"p2"}']);
      const bad = { spans: 'truncated', payments: 'wrong_shape' };
      for (const [role, reason] of Object.entries(bad)) {
        const worker = await deployment.start(role);
        const text = await until(async () => {
          const metrics = await (await fetch(`${worker.url}/metrics`)).text();
          return metrics.includes(`counterfoil_dead_letters_total{source="${role}"`) ? metrics : undefined;
        }, 20_000);
        expect(text).toContain(`counterfoil_dead_letters_total{source="${role}",reason="${reason}"} 1`);
        expect(text).toContain(`counterfoil_events_received_total{source="${role}",format="json"} 2`);
        expect(Math.floor(Number(LATEST.exec(text)?.[1]))).toBe(
          Math.floor(clock(role === 'spans' ? 1 : 2) / 1_000_000),
        );
        // Whoever collects logs reads each line: nothing stands between them, warnings of Node neither.
        for (const line of worker.log) expect(line).toHaveProperty(['event.action']);
      }
    } finally {
      await deployment.close();
    }
  },
);
