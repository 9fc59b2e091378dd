/**
 * Incidents for whoever follows them: the topic `counterfoil.incidents`, compacted by incident. At least once: the same revision may come
 * again, so readers keep the highest of each id.
 */
import type { IncidentDocument } from '../model/documents/incident.ts';

export type FeedMessage =
  | { id: string; incident: IncidentDocument }
  /** It is no more: it became part of another, or lost its last link. */
  | { id: string; incident: null };

export interface IncidentFeed {
  /** Resolves when all of them are durable. @throws CounterfoilError CF_UNREACHABLE */
  publish(tenant: string, messages: readonly FeedMessage[]): Promise<void>;
}
