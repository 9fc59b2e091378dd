/** The documents of a batch: all of what was joined, complete and final. */
import { recoveryOf } from '../impact/recovery.ts';
import type { BatchJoinResult } from '../join/batch-join.ts';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { Instant } from '../model/instant.ts';
import { Assembly } from './assembly.ts';
import { BatchView } from './batch-view.ts';
import type { CorrelateOptions } from './correlate-options.ts';
import { LazyList } from './lazy-list.ts';

export interface AssembledDocuments {
  links: LazyList<LinkDocument>;
  events: EventDocument[];
  payments: LazyList<PaymentDocument>;
  incidents: IncidentDocument[];
  unlinked: Record<string, number>;
  asOf: Instant;
}

/** A batch is complete: nothing can come later. */
const FINAL = { revision: 1, state: 'final' as const };

export function assemble(joined: BatchJoinResult, options: CorrelateOptions): AssembledDocuments {
  const view = new BatchView(joined, options, (payment) => recoveryOf(payment, options.recoverability));
  const asOf = options.asOf ?? joined.latest ?? view.payments.at(-1)?.payment.time ?? 0;
  const assembly = new Assembly(view, { ...options, asOf });
  const incidents = assembly.incidents(assembly.components());
  const incidentOf = new Map(incidents.flatMap(({ id, eventIds }) => eventIds.map((each) => [each, id])));
  const unlinked: Record<string, number> = { ...joined.unresolvedIds };
  const events = view.events.map((each) => {
    const document = assembly.event(each, incidentOf.get(each.event.id) ?? null, FINAL);
    const reason = document.links.unlinked_reason;
    if (reason !== undefined) unlinked[reason] = (unlinked[reason] ?? 0) + 1;
    return document;
  });
  const { links, payments } = view;
  return {
    links: lazily(links, (each) =>
      assembly.link(each, incidentOf.get(each.link.eventId) ?? null, { ...FINAL, coverage: 1 }),
    ),
    events,
    payments: lazily(payments, (each) => assembly.payment(each, FINAL)),
    incidents: incidents.map((incident) => assembly.incident(incident, FINAL)),
    unlinked,
    asOf,
  };
}

function lazily<T, D>(items: readonly T[], document: (item: T) => D): LazyList<D> {
  return new LazyList(items.length, (index) => {
    const item = items[index];
    if (item === undefined) throw new RangeError('there is no such document');
    return document(item);
  });
}
