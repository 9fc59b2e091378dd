/** What the users of the workers must be allowed to do on the servers: no more than what their code does there. */
import type { ElasticRight } from '../../adapters/elasticsearch/server-look.ts';
import type { Right } from '../../adapters/kafka/topics-look.ts';
import type { Config } from '../../config/options.ts';
import { INPUT_NAMES } from '../compose.ts';
import type { RoleName } from './role.ts';
import { groupOf, INPUTS_OF, topicsOf, turnGroupOf } from './topics.ts';

export interface KafkaRight {
  what: 'topic' | 'group';
  name: string;
  right: Right;
}

/** Who may read or write may describe too; what is needed by several is there once. */
export function kafkaRights(config: Config, roles: readonly RoleName[]): KafkaRight[] {
  const needed = roles.flatMap((role) => rightsOfRole(config, role));
  return [...new Map(needed.map((each) => [`${each.what} ${each.name} ${each.right}`, each])).values()];
}

function rightsOfRole(config: Config, role: RoleName): KafkaRight[] {
  const on = (right: Right, ...names: readonly string[]): KafkaRight[] =>
    names.map((name) => ({ what: 'topic', name, right }));
  const links = config['kafka.topics.links'];
  // A redrive is a record of that topic.
  if (role === 'api') return on('write', links);
  const inGroup = (name: string): KafkaRight => ({ what: 'group', name, right: 'read' });
  if (role === 'incidents') {
    const inputs = INPUT_NAMES.flatMap((input) => topicsOf(config, input));
    const spans = topicsOf(config, 'spans');
    return [
      ...on('read', links, ...spans),
      ...on('write', config['kafka.topics.incidents'], config['kafka.topics.dead_letters']),
      ...on('describe', ...inputs.filter((topic) => !spans.includes(topic))),
      inGroup(groupOf(config, role)),
      inGroup(turnGroupOf(config)),
    ];
  }
  const read = (INPUTS_OF[role] ?? []).flatMap((input) => topicsOf(config, input));
  return [...on('read', ...read), ...on('write', links), inGroup(groupOf(config, role))];
}

/** Of the workers that use Elasticsearch; empty: none of these does. */
export function elasticRights(roles: readonly RoleName[]): ElasticRight[] {
  if (roles.includes('incidents')) return ['read', 'write', 'create_index', 'view_index_metadata'];
  return roles.includes('api') ? ['read', 'write', 'view_index_metadata'] : [];
}

/** Whether one of these workers uses Redis. */
export function usesRedis(roles: readonly RoleName[]): boolean {
  return roles.includes('spans') || roles.includes('incidents');
}
