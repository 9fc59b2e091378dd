/** What workers need on the servers, made or looked at. */
import { checkTemplates } from '../../adapters/elasticsearch/template-check.ts';
import { installTemplates } from '../../adapters/elasticsearch/template-install.ts';
import { ensureTopics } from '../../adapters/kafka/topics.ts';
import type { Config } from '../../config/options.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { Io } from '../terminal.ts';
import { version } from '../verb-table.ts';
import { Connections } from './connections.ts';
import { serverSettings } from './settings.ts';
import { inputTopics, ownTopics } from './topics.ts';

/**
 * @param onlyLooks makes nothing
 * @throws CounterfoilError CF_SERVER_SETUP with every difference; CF_UNREACHABLE; CF_CONFIG
 */
export async function setUp(config: Config, onlyLooks: boolean, io: Io): Promise<void> {
  const write = (text: string): void => io.stderr.say(text);
  const logger = createLogger({ write, clock: io.clock, plain: io.stderr.isTTY, version: version() });
  const connections = new Connections(config, serverSettings(config, io.env), logger);
  try {
    const topics = [...ownTopics(config), ...inputTopics(config)];
    await ensureTopics(await connections.kafka(), topics, !onlyLooks);
    await io.stdout.write(`Kafka: ${topics.length} topics are as they must be.\n`);
    if (onlyLooks) await templatesMustFit(connections);
    else await installTemplates(connections.elastic(), connections.names);
    await io.stdout.write('Elasticsearch: templates and indices are as they must be.\n');
  } finally {
    await connections.close();
  }
}

async function templatesMustFit(connections: Connections): Promise<void> {
  const findings = await checkTemplates(connections.elastic(), connections.names);
  const wrong = findings.filter(({ state }) => state !== 'ok');
  if (wrong.length === 0) return;
  const list = wrong.map(({ name, state }) => `${name}: ${state}`).join('\n');
  throw new CounterfoilError(
    'CF_SERVER_SETUP',
    `Templates are not as they must be; run \`counterfoil setup\`:\n${list}`,
  );
}
