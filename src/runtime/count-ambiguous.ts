/** Counts state events that name several payments: only when all are known is that to be told. */
import { countReason, type InputAccounts } from '../model/accounting.ts';
import type { Payment } from '../model/payment.ts';

export function countAmbiguous(payments: Iterable<Payment>, { items }: InputAccounts): void {
  for (const { ambiguous, events } of payments)
    if (ambiguous === true) countReason(items.flagged, 'ambiguous_reference', events.length);
}
