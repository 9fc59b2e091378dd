/** The link document of one event and one payment. */
import type { Static } from 'typebox';
import type { StatedIdentity } from '../identity.ts';
import { formatInstant, MICROS_PER_MS } from '../instant.ts';
import type { Link } from '../link.ts';
import type { Payment } from '../payment.ts';
import type { Recovery } from '../recovery.ts';
import type { SecurityEvent } from '../security-event.ts';
import type { LinkDocument } from './link.ts';
import type { LinkMetaPart } from './parts.ts';
import { present } from './sealed.ts';
import { eventPart, paymentPart, threatPart, whereParts } from './to-parts.ts';

export interface LinkContext {
  event: SecurityEvent;
  payment: Payment;
  recovery: Recovery;
  /** Where the event happened as far as is known by now; null: as the event states it. */
  identity: StatedIdentity | null;
  /** The service on whose span they met; null: the payment's own, where it names one. */
  service: string | null;
  /** The incident that holds the event; null: none. */
  incidentId: string | null;
  status: 'live' | 'withdrawn';
  meta: Static<typeof LinkMetaPart>;
}

/** Pure; `@timestamp` is the start of the event. */
export function toLinkDocument(link: Link, context: LinkContext): LinkDocument {
  const { event, payment, recovery, incidentId, status, meta } = context;
  const service = context.service ?? payment.service;
  return present({
    '@timestamp': formatInstant(event.start),
    schema: 'link/1' as const,
    tenant: link.tenant,
    event: eventPart(event),
    rule: { id: event.rule.id, name: event.rule.name },
    threat: threatPart(event.techniques),
    ...whereParts(context.identity ?? event.identity, event.serviceAccount, event.resource),
    service: service === null ? undefined : { name: service },
    trace: link.traceId === null ? undefined : { id: link.traceId },
    span:
      link.span === null
        ? undefined
        : { id: link.span.id, start: formatInstant(link.span.start), end: formatInstant(link.span.end) },
    payment: paymentPart(payment, recovery),
    link: {
      id: link.id,
      status,
      method: link.method,
      confidence: link.confidence,
      // Microseconds divided by 1000 have at most three decimals, and `+ 0` makes no `-0` of a gap of nothing.
      gap_ms: link.gap / MICROS_PER_MS + 0,
      provenance: link.provenance,
      methods: link.methods.map(({ method, confidence }) => ({ method, confidence })),
      matched: { field: link.matched.field, event: link.matched.event, span: link.matched.span },
    },
    incident: incidentId === null ? undefined : { id: incidentId },
    meta: { revision: meta.revision, state: meta.state, coverage: meta.coverage },
  });
}
