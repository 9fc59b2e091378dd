/**
 * The checks of `doctor`, in the order in which they are reported. One file for each thing that is looked at; those of
 * Kafka, Redis and Elasticsearch are added here.
 */
import type { FindingPart } from '../../model/documents/diagnosis.ts';
import { notChecked, type Check, type Looks } from './check.ts';
import { CLOCK_CHECKS } from './check-clock.ts';
import { CONFIGURATION_CHECKS } from './check-configuration.ts';
import { FOLDER_CHECKS } from './check-folder.ts';
import { INDEX_CHECKS } from './check-index.ts';
import { KEY_CHECKS } from './check-key.ts';
import { LOG_CHECKS } from './check-log.ts';
import { MACHINE_CHECKS } from './check-machine.ts';
import { PORT_CHECKS } from './check-ports.ts';
import { RECORD_CHECKS } from './check-records.ts';
import { RETENTION_CHECKS } from './check-retention.ts';

/** They judge what is in the folder, and say nothing where this user may not look into it. */
const INSIDE: readonly Check[] = [...INDEX_CHECKS, ...LOG_CHECKS, ...KEY_CHECKS, ...RECORD_CHECKS];

export const CHECKS: readonly Check[] = [
  ...CONFIGURATION_CHECKS,
  ...MACHINE_CHECKS,
  ...FOLDER_CHECKS,
  ...RETENTION_CHECKS,
  ...INSIDE,
  ...PORT_CHECKS,
  ...CLOCK_CHECKS,
];

/** What every check finds. */
export async function findingsOf(looks: Looks): Promise<FindingPart[]> {
  const { path, state, readable } = looks.folder;
  const hidden = state === 'folder' && !readable ? INSIDE : [];
  const findings: FindingPart[] = [];
  for (const check of CHECKS) {
    const found = hidden.includes(check)
      ? notChecked(path, 'may not be read by this user')
      : await check.run(looks);
    findings.push(...[found].flat().map((finding) => ({ check: check.name, ...finding })));
  }
  return findings;
}
