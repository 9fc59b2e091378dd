/** Which checks of one machine say nothing of a worker: what they look at is on the servers there, or of another worker. */
import { notChecked, type Finding, type Looks } from './check.ts';

/** Only the incidents worker keeps a folder. */
const OF_FOLDER = /^(folder|index)\.|^records\.accounts$/;

/** Why a check is not made here; null: it is. */
export function notOfThisProcess(check: string, { servers, config, folder }: Looks): Finding | null {
  if (servers === null) return null;
  if (OF_FOLDER.test(check) && !servers.roles.includes('incidents'))
    return notChecked(folder.path, 'only the incidents worker keeps a folder');
  if (check.startsWith('log.'))
    return notChecked(
      'log',
      `the log is topic ${config['kafka.topics.links']}; see kafka.topics and kafka.lag`,
    );
  if (check === 'records.dead-letters')
    return notChecked('dead letters', 'they are in Elasticsearch: GET /api/v1/dead-letters');
  if (check === 'records.quiet') return notChecked('inputs', 'they are topics; see kafka.lag');
  if (check === 'ports.otlp') return notChecked('otlp.port', 'workers take spans from topics');
  if (check === 'key.file') return notChecked('redaction key', 'workers share the one of the variable');
  return null;
}
