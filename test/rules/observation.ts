/** Observations from raw records, with no more in them than rules look at. */
import { readFileSync } from 'node:fs';
import { observed } from '../../src/formats/security/observed.ts';
import type { Json } from '../../src/model/json.ts';
import type { Observation, SecuritySource } from '../../src/model/observation.ts';

export type RawRecord = { [key: string]: Json };

export function observationOf(fields: RawRecord, source: SecuritySource = 'kubernetes-audit'): Observation {
  const stamp = { start: 0, timeText: '1970-01-01T00:00:00Z' };
  const place = { input: 'test', line: 1, column: 1 };
  return observed({ source, dataset: 'test', stamp, fields, place }, { action: 'test', nativeTuple: [] });
}

/** A record of test/fixtures/k8s-audit-falco. */
export function auditFixture(name: string): RawRecord {
  const url = new URL(`../fixtures/k8s-audit-falco/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as RawRecord;
}
