/** One thing that a record teaches the inventory: at this instant these names meant the same pod. */
import type { Instant } from './instant.ts';
import type { ServiceAccount, StatedIdentity } from './identity.ts';

export interface Sighting {
  at: Instant;
  identity: StatedIdentity;
  /** The account that the pod runs as, where the record proves it. */
  serviceAccount: ServiceAccount | null;
}
