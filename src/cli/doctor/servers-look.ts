/** Looks at the servers that the workers of a process use, all at once; loaded only where there are some. */
import { lookAtElastic, type ElasticLook } from '../../adapters/elasticsearch/server-look.ts';
import { IndexNames } from '../../adapters/elasticsearch/stored-document.ts';
import { lookAtKafka, type KafkaLook } from '../../adapters/kafka/server-look.ts';
import { lookAtRedis, type RedisLook } from '../../adapters/redis/server-look.ts';
import type { Config } from '../../config/options.ts';
import { MICROS_PER_HOUR, MICROS_PER_MS } from '../../model/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import { elasticRights, kafkaRights, usesRedis, type KafkaRight } from '../cluster/rights.ts';
import type { RoleName } from '../cluster/role.ts';
import type { ServerSettings } from '../cluster/settings.ts';
import { groupOf, inputTopics, INPUTS_OF, ownTopics, topicsOf, turnGroupOf } from '../cluster/topics.ts';

/** Who is further behind than this has more to do than it can. */
export const LONG_BEHIND = MICROS_PER_HOUR;

export interface ServersLook {
  roles: readonly RoleName[];
  kafka: KafkaLook;
  /** What the user of these workers must be allowed to do there. */
  kafkaRights: readonly KafkaRight[];
  groups: readonly RoleGroup[];
  /** Null: none of these workers uses it. */
  redis: RedisLook | null;
  elastic: ElasticLook | null;
}

export interface RoleGroup {
  role: RoleName;
  group: string;
  topics: readonly string[];
}

/** Looks at all of them. */
export async function lookAtServers(
  config: Config,
  settings: ServerSettings,
  roles: readonly RoleName[],
  clock: Clock,
): Promise<ServersLook> {
  const now = (): number => clock.now();
  const groups = roles.flatMap((role) => groupsOf(config, role));
  const rights = elasticRights(roles);
  const sinceMs = Math.floor((now() - LONG_BEHIND) / MICROS_PER_MS);
  const [kafka, redis, elastic] = await Promise.all([
    lookAtKafka(settings.kafka, {
      needs: [...ownTopics(config), ...inputTopics(config)],
      groups: [...groups, ...turnOf(config, roles)],
      sinceMs,
    }),
    usesRedis(roles) ? lookAtRedis(settings.redis, now) : null,
    rights.length > 0 ? lookAtElastic(settings.elastic, new IndexNames(config.namespace), rights, now) : null,
  ]);
  return { roles, kafka, kafkaRights: kafkaRights(config, roles), groups, redis, elastic };
}

/** Workers of `api` read no topic. */
function groupsOf(config: Config, role: RoleName): RoleGroup[] {
  const group = groupOf(config, role);
  if (role === 'incidents') return [{ role, group, topics: [config['kafka.topics.links']] }];
  const inputs = INPUTS_OF[role] ?? [];
  return inputs.length === 0
    ? []
    : [{ role, group, topics: inputs.flatMap((input) => topicsOf(config, input)) }];
}

/** Looked at for what this user may do; nobody is behind in it, since nothing is read by it. */
function turnOf(config: Config, roles: readonly RoleName[]): { group: string; topics: string[] }[] {
  if (!roles.includes('incidents')) return [];
  return [{ group: turnGroupOf(config), topics: [config['kafka.topics.links']] }];
}
