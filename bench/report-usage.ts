/**
 * Loaded before the measured program (`node --import`): when that ends, writes what it used to BENCH_USAGE_FILE. The
 * process itself knows best: nothing is sampled, and start-up counts.
 */
import { writeFileSync } from 'node:fs';

const file = process.env['BENCH_USAGE_FILE'];

process.on('exit', () => {
  if (file === undefined) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    file,
    JSON.stringify({ userMicros: userCPUTime, systemMicros: systemCPUTime, maxRssKib: maxRSS }),
  );
});
