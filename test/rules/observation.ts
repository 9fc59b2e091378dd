/** Observations from raw records, with no more in them than rules look at. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../src/model/ids.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import type { Observation, SecuritySource } from '../../src/model/observation.ts';

export type RawRecord = { [key: string]: Json };

export function observationOf(fields: RawRecord, source: SecuritySource = 'kubernetes-audit'): Observation {
  return {
    source,
    dataset: 'test',
    kind: 'event',
    start: 0,
    end: 0,
    timeText: '1970-01-01T00:00:00Z',
    nativeId: null,
    nativeTuple: [],
    stage: null,
    identity: NO_IDENTITY,
    serviceAccount: null,
    credentialId: null,
    actor: null,
    resource: null,
    action: 'test',
    outcome: 'unknown',
    rule: null,
    severity: null,
    techniques: [],
    traceId: null,
    detail: null,
    message: null,
    fields,
    sightings: [],
    place: { input: 'test', line: 1, column: 1 },
  };
}

/** A record of test/fixtures/k8s-audit-falco. */
export function auditFixture(name: string): RawRecord {
  const url = new URL(`../fixtures/k8s-audit-falco/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as RawRecord;
}
