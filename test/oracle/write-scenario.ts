/** Scenarios as files, the way a user has them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plain } from './text.ts';
import type { OracleInput } from './types.ts';

const INPUTS = ['audit', 'alerts', 'events', 'spans', 'payments'] as const;

export interface ScenarioFiles {
  /** Paths by input; empty where the input has no records. */
  paths: Record<(typeof INPUTS)[number], string[]>;
  /** `--audit FILE ... --cluster NAME`, for `correlate`. */
  args: string[];
}

/** Writes NDJSON files into `dir`, one per input and part; parts as `splitInput` makes them. */
export function writeScenario(dir: string, input: OracleInput | OracleInput[]): ScenarioFiles {
  mkdirSync(dir, { recursive: true });
  const paths: ScenarioFiles['paths'] = { audit: [], alerts: [], events: [], spans: [], payments: [] };
  const parts = Array.isArray(input) ? input : [input];
  for (const [i, part] of parts.entries()) {
    for (const name of INPUTS) {
      if (part[name].length === 0) continue;
      const path = join(dir, parts.length === 1 ? `${name}.ndjson` : `${name}-${i + 1}.ndjson`);
      writeFileSync(path, ndjson(part[name]));
      paths[name].push(path);
    }
  }
  const cluster = parts[0]?.cluster ?? null;
  const files = INPUTS.flatMap((name) => paths[name].flatMap((path) => [`--${name}`, path]));
  return { paths, args: cluster === null ? files : [...files, '--cluster', cluster] };
}

function ndjson(records: Plain[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
