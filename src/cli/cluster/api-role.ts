/** The API over the documents in Elasticsearch: as many processes as one likes, none of which keeps anything. */
import { ElasticDeadLetters } from '../../adapters/elasticsearch/dead-letters.ts';
import { BULK_DEFAULTS } from '../../adapters/elasticsearch/bulk.ts';
import { ElasticIncidentIndex } from '../../adapters/elasticsearch/incident-index.ts';
import { systemClock } from '../../adapters/embedded/clock.ts';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { MetricSample } from '../../ports/live-engine.ts';
import type { Redrives } from '../../ports/redrives.ts';
import { Backlog } from '../../runtime/live/backlog.ts';
import { RedriveService } from '../../runtime/live/redrive-service.ts';
import type { Connections } from './connections.ts';
import type { Role, RoleState } from './role.ts';
import type { RoleSurroundings } from './worker-role.ts';

const MAX_DEAD_LETTERS = 100_000;

/** Opens no connection yet. */
export function elasticIndex(connections: Connections): IncidentIndex {
  const { around, names } = connections;
  return new ElasticIncidentIndex(connections.elastic(), { names }, around);
}

export class ApiRole implements Role {
  readonly name = 'api';
  readonly index: IncidentIndex;
  readonly deadLetters: DeadLetters;
  readonly redrives: Redrives;
  readonly #tenant: string;
  readonly #stopped = Promise.withResolvers<void>();

  private constructor(index: IncidentIndex, deadLetters: DeadLetters, redrives: Redrives, tenant: string) {
    this.index = index;
    this.deadLetters = deadLetters;
    this.redrives = redrives;
    this.#tenant = tenant;
  }

  /** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  static async open({ config, connections }: RoleSurroundings): Promise<ApiRole> {
    const { tenant } = config;
    const { names, around } = connections;
    const elastic = connections.elastic();
    const letters = new ElasticDeadLetters(
      elastic,
      { names, tenant, limit: MAX_DEAD_LETTERS },
      BULK_DEFAULTS,
      around,
    );
    const log = await connections.links();
    const redrives = new RedriveService({
      letters,
      log,
      backlog: new Backlog(),
      clock: systemClock,
      lagBytes: Infinity,
    });
    return new ApiRole(elasticIndex(connections), letters, redrives, tenant);
  }

  async run(): Promise<void> {
    await this.#stopped.promise;
  }

  async stop(): Promise<void> {
    this.#stopped.resolve();
  }

  async state(): Promise<RoleState> {
    const answered = await this.index.payment(this.#tenant, '').then(
      () => true,
      () => false,
    );
    return answered
      ? { ready: true, detail: 'Elasticsearch answers' }
      : { ready: false, detail: 'Elasticsearch does not answer; see the log' };
  }

  async samples(): Promise<MetricSample[]> {
    return [];
  }
}
