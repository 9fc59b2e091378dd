/** Records for fault runs, as values of topics; and what the batch lane makes of them, which every run must come to. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Accounting, InputName } from '../../src/model/accounting.ts';
import { runCli } from '../cli/run-cli.ts';
import { documentsIn } from '../e2e/folder-documents.ts';
import { randomScenario } from '../oracle/scenario.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const EXAMPLE_FILES: Readonly<Record<InputName, string | null>> = {
  audit: 'audit.ndjson',
  alerts: 'falco.ndjson',
  events: null,
  spans: 'spans.ndjson',
  payments: 'payments.ndjson',
};
/** Of card numbers, the same for all. */
export const KEY = '00'.repeat(32);

export interface World {
  name: string;
  records: Record<InputName, string[]>;
  cluster: string | null;
}

/** The stolen token: 61 links, one incident. */
export function exampleWorld(): World {
  const linesOf = (file: string | null): string[] =>
    file === null ? [] : readFileSync(join(EXAMPLE, file), 'utf8').trim().split('\n');
  const records = mapInputs((input) => linesOf(EXAMPLE_FILES[input]));
  return { name: 'the stolen token', records, cluster: 'prod-eu' };
}

/** Small, and dirty: records twice, out of order, with names that mean two things. */
export function randomWorld(seed: number): World {
  const { input } = randomScenario(seed);
  const records = mapInputs((name) => input[name].map((record) => JSON.stringify(record)));
  return { name: `the random world ${seed}`, records, cluster: input.cluster };
}

function mapInputs(of: (input: InputName) => string[]): World['records'] {
  return {
    audit: of('audit'),
    alerts: of('alerts'),
    events: of('events'),
    spans: of('spans'),
    payments: of('payments'),
  };
}

export function countsOf({ records }: World): Record<InputName, number> {
  return {
    audit: records.audit.length,
    alerts: records.alerts.length,
    events: records.events.length,
    spans: records.spans.length,
    payments: records.payments.length,
  };
}

export interface Expected {
  documents: Record<string, object[]>;
  accounting: Accounting;
}

/** What `correlate` says of the same records. @param scratch a folder, where it works in one of its own */
export async function correlated({ records, cluster }: World, scratch: string): Promise<Expected> {
  const folder = mkdtempSync(join(scratch, 'batch-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const inputs = Object.entries(records).flatMap(([input, lines]) => {
    if (lines.length === 0) return [];
    const file = join(folder, `${input}.ndjson`);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    return [`--${input}`, file];
  });
  const stats = join(folder, 'stats.json');
  const named = cluster === null ? [] : ['--cluster', cluster];
  const args = ['correlate', ...named, ...inputs, '--data', data, '--stats', stats, '-o', 'ndjson'];
  const { status, stderr } = await runCli(args, { env: { COUNTERFOIL_REDACTION_KEY: KEY } });
  if (status !== 0) throw new Error(stderr);
  const accounting = JSON.parse(readFileSync(stats, 'utf8')) as Accounting;
  return { documents: documentsIn(data), accounting };
}
