/** Documents on their way out, as lists. */
import type { EventDocument } from '../../model/documents/event.ts';
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { LinkDocument } from '../../model/documents/link.ts';
import type { PaymentDocument } from '../../model/documents/payment.ts';

export interface WrittenChanges {
  events: EventDocument[];
  links: LinkDocument[];
  payments: PaymentDocument[];
  incidents: IncidentDocument[];
  removed: { events: string[]; payments: string[]; incidents: string[] };
}

export function emptyChanges(): WrittenChanges {
  const removed = { events: [], payments: [], incidents: [] };
  return { events: [], links: [], payments: [], incidents: [], removed };
}
