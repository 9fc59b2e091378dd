/**
 * Hop 0 of the rendezvous: aliases with a life interval (container prefix, pod name, service account, workload,
 * service, node) -> pod. Embedded: SQLite; production: a compacted topic and Redis. The batch lane learns the same
 * facts into memory (join/inventory.ts) and needs no store.
 */
import type { Instant } from '../model/instant.ts';
import type { Sighting } from '../model/sighting.ts';

export interface AliasLife {
  alias: string;
  pod: string;
  first: Instant;
  last: Instant;
}

export interface InventoryStore {
  /** Facts only add: an alias' life interval grows, candidates are never removed while they can matter. */
  learn(sightings: readonly Sighting[]): Promise<void>;
  lives(aliases: readonly string[]): Promise<ReadonlyMap<string, AliasLife[]>>;
  expire(before: Instant): Promise<void>;
}
