/** What workers need on the servers, made or looked at. */
import { checkTemplates } from '../../adapters/elasticsearch/template-check.ts';
import { installTemplates } from '../../adapters/elasticsearch/template-install.ts';
import { ensureTopics } from '../../adapters/kafka/topics.ts';
import type { Config } from '../../config/options.ts';
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import { loggerOf } from '../logger.ts';
import type { Io } from '../terminal.ts';
import { Connections } from './connections.ts';
import { serverSettings } from './settings.ts';
import { inputTopics, ownTopics } from './topics.ts';

/**
 * @param onlyLooks makes nothing
 * @throws CounterfoilError CF_SERVER_SETUP with every difference; CF_UNREACHABLE; CF_CONFIG
 */
export async function setUp(config: Config, onlyLooks: boolean, io: Io): Promise<void> {
  const connections = new Connections(config, serverSettings(config, io.env), loggerOf(io));
  try {
    const problems = [
      ...(await problemsOf('Kafka', () => topicsMustFit(config, onlyLooks, connections, io))),
      ...(await problemsOf('Elasticsearch', () => templatesMustFit(onlyLooks, connections, io))),
    ];
    if (problems.some(({ away }) => away))
      throw new CounterfoilError('CF_UNREACHABLE', 'Not every server could be looked at:', problems);
    if (problems.length > 0) throw notAsNeeded(onlyLooks, problems);
  } finally {
    await connections.close();
  }
}

interface Found extends Problem {
  /** The server could not be reached. */
  away: boolean;
}

/** What is not as it must be on one server, or that it cannot be reached, keeps nobody from looking at the other. */
async function problemsOf(server: string, action: () => Promise<void>): Promise<Found[]> {
  try {
    await action();
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || !['CF_SERVER_SETUP', 'CF_UNREACHABLE'].includes(error.code))
      throw error;
    const away = error.code === 'CF_UNREACHABLE';
    const problems = error.problems.length > 0 ? error.problems : [{ at: server, text: error.message }];
    return problems.map((problem) => ({ ...problem, away }));
  }
}

function notAsNeeded(onlyLooks: boolean, problems: Problem[]): CounterfoilError {
  const hint = onlyLooks ? '`counterfoil setup` makes what is missing' : 'what exists is never changed';
  return new CounterfoilError('CF_SERVER_SETUP', `The servers are not as they must be; ${hint}:`, problems);
}

async function topicsMustFit(
  config: Config,
  onlyLooks: boolean,
  connections: Connections,
  io: Io,
): Promise<void> {
  const topics = [...ownTopics(config), ...inputTopics(config)];
  await ensureTopics(await connections.kafka(), topics, !onlyLooks);
  await io.stdout.write(`Kafka: ${topics.length} topics are as they must be.\n`);
}

async function templatesMustFit(onlyLooks: boolean, connections: Connections, io: Io): Promise<void> {
  if (!onlyLooks) await installTemplates(connections.elastic(), connections.names);
  const findings = await checkTemplates(connections.elastic(), connections.names);
  const wrong = findings.filter(({ state }) => state !== 'ok');
  if (wrong.length > 0)
    throw new CounterfoilError(
      'CF_SERVER_SETUP',
      'Templates of Elasticsearch are not as they must be.',
      wrong.map(({ what, name, state }) => ({ at: `${what} ${name}`, text: `it is ${state}` })),
    );
  await io.stdout.write('Elasticsearch: templates and indices are as they must be.\n');
}
