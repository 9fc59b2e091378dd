/** The event document of a security event. */
import type { StatedIdentity } from '../identity.ts';
import { formatInstant } from '../instant.ts';
import type { SecurityEvent } from '../security-event.ts';
import type { EventDocument } from './event.ts';
import { present, sealed, type DocumentProgress } from './sealed.ts';
import { eventPart, threatPart, whereParts } from './to-parts.ts';

export interface EventContext {
  /** Where it happened as far as is known by now; null: as the event states it. */
  identity: StatedIdentity | null;
  links: {
    total: number;
    /** Why nothing was linked; null where it was, or where nobody knows. */
    unlinkedReason: string | null;
    flags: readonly string[];
  };
  /** The incident that holds the event; null: none. */
  incidentId: string | null;
  progress: DocumentProgress;
}

/** Pure; `@timestamp` is the start of the event. */
export function toEventDocument(event: SecurityEvent, context: EventContext): EventDocument {
  const { links, incidentId, progress } = context;
  const content = present({
    '@timestamp': formatInstant(event.start),
    schema: 'event/1' as const,
    tenant: event.tenant,
    event: { ...eventPart(event), action: event.action, outcome: event.outcome },
    rule: { id: event.rule.id, name: event.rule.name },
    threat: threatPart(event.techniques),
    ...whereParts(context.identity ?? event.identity, event.serviceAccount, event.resource),
    user: event.actor === null ? undefined : { name: event.actor },
    trace: event.traceId === null ? undefined : { id: event.traceId },
    message: event.message,
    links: present({
      total: links.total,
      unlinked_reason: links.unlinkedReason,
      flags: [...links.flags].toSorted(),
    }),
    incident: incidentId === null ? undefined : { id: incidentId },
  });
  return sealed(content, progress);
}
