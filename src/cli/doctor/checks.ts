/**
 * The checks of `doctor`, in the order in which they are reported. One file for each thing that is looked at.
 */
import type { FindingPart } from '../../model/documents/diagnosis.ts';
import { notChecked, type Check, type Looks } from './check.ts';
import { ACCESS_CHECKS } from './check-access.ts';
import { CLOCK_CHECKS } from './check-clock.ts';
import { CONFIGURATION_CHECKS } from './check-configuration.ts';
import { ELASTIC_CHECKS } from './check-elasticsearch.ts';
import { FOLDER_CHECKS } from './check-folder.ts';
import { INDEX_CHECKS } from './check-index.ts';
import { KAFKA_CHECKS } from './check-kafka.ts';
import { KEY_CHECKS } from './check-key.ts';
import { LAG_CHECKS } from './check-lag.ts';
import { LOG_CHECKS } from './check-log.ts';
import { MACHINE_CHECKS } from './check-machine.ts';
import { PORT_CHECKS } from './check-ports.ts';
import { RECORD_CHECKS } from './check-records.ts';
import { REDIS_CHECKS } from './check-redis.ts';
import { RETENTION_CHECKS } from './check-retention.ts';
import { SERVER_CLOCK_CHECKS } from './check-server-clocks.ts';
import { notOfThisProcess } from './lane.ts';
import { checkOfServers } from './server-check.ts';

/** They judge what is in the folder, and say nothing where this user may not look into it. */
const INSIDE: readonly Check[] = [...INDEX_CHECKS, ...LOG_CHECKS, ...KEY_CHECKS, ...RECORD_CHECKS];

/** Where no server is configured they find nothing. */
const OF_SERVERS: readonly Check[] = [
  ...KAFKA_CHECKS,
  ...LAG_CHECKS,
  ...REDIS_CHECKS,
  ...ELASTIC_CHECKS,
  ...SERVER_CLOCK_CHECKS,
].map(checkOfServers);

export const CHECKS: readonly Check[] = [
  ...CONFIGURATION_CHECKS,
  ...ACCESS_CHECKS,
  ...MACHINE_CHECKS,
  ...FOLDER_CHECKS,
  ...RETENTION_CHECKS,
  ...INSIDE,
  ...PORT_CHECKS,
  ...CLOCK_CHECKS,
  ...OF_SERVERS,
];

/** What every check finds. */
export async function findingsOf(looks: Looks): Promise<FindingPart[]> {
  const { path, state, readable } = looks.folder;
  const hidden = state === 'folder' && !readable ? INSIDE : [];
  const findings: FindingPart[] = [];
  for (const check of CHECKS) {
    const found =
      notOfThisProcess(check.name, looks) ??
      (hidden.includes(check) ? notChecked(path, 'may not be read by this user') : await check.run(looks));
    findings.push(...[found].flat().map((finding) => ({ check: check.name, ...finding })));
  }
  return findings;
}
