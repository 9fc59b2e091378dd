/**
 * Looks, before a worker begins, whether what `counterfoil setup` makes is there: all that is missing is said at once, where each adapter would stop
 * at its first. Only what the worker may see anyway is looked at; the rest is for `doctor` and `setup --check`.
 */
import { checkIndices, type TemplateState } from '../../adapters/elasticsearch/template-check.ts';
import { lookAtTopics, NO_TOPIC } from '../../adapters/kafka/topics-look.ts';
import type { Config } from '../../config/options.ts';
import { CounterfoilError, type Problem } from '../../model/errors.ts';
import type { Connections } from './connections.ts';
import { elasticRights, kafkaRights } from './rights.ts';
import type { RoleName } from './role.ts';

/** A later version goes on with what an earlier one has made and the other way round, but only after its own `setup`. */
const UNUSABLE: Readonly<Partial<Record<TemplateState, string>>> = {
  missing: 'it is missing, or may not be seen by this user',
  stale: 'it is of an earlier version',
  foreign: 'it was not made by Counterfoil',
};

/** @throws CounterfoilError CF_SERVER_SETUP with all that is missing; CF_UNREACHABLE */
export async function mustBeSetUp(
  config: Config,
  roles: readonly RoleName[],
  connections: Connections,
): Promise<void> {
  const problems = [
    ...(await missingTopics(config, roles, connections)),
    ...(elasticRights(roles).length === 0 ? [] : await unusableIndices(connections)),
  ];
  if (problems.length === 0) return;
  throw new CounterfoilError(
    'CF_SERVER_SETUP',
    `What ${roles.join(', ')} need on the servers is not there; run \`counterfoil setup\` (\`counterfoil doctor\` explains more):`,
    problems,
  );
}

async function missingTopics(
  config: Config,
  roles: readonly RoleName[],
  connections: Connections,
): Promise<Problem[]> {
  const rights = kafkaRights(config, roles).filter(({ what }) => what === 'topic');
  const names = [...new Set(rights.map(({ name }) => name))];
  const { topics } = await lookAtTopics(await connections.kafka(), names);
  const errors = new Map(topics.map(({ topic, error }) => [topic, error]));
  return names.flatMap((name) => {
    const error = errors.get(name) ?? null;
    if (error === null) return [];
    const text = error === NO_TOPIC ? 'it does not exist' : `it may not be seen by this user (${error})`;
    return [{ at: `topic ${name}`, text }];
  });
}

async function unusableIndices(connections: Connections): Promise<Problem[]> {
  const findings = await checkIndices(connections.elastic(), connections.names);
  return findings.flatMap(({ name, state }) => {
    const text = UNUSABLE[state];
    return text === undefined ? [] : [{ at: `index ${name}`, text }];
  });
}
