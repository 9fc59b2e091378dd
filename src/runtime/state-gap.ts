/** What deadlines lack of a payment record: its rail, or its state. A record that leaves its rail open is of the rail that others tell, and a recall is no state. */
import type { RecoverabilityTable } from '../impact/recoverability.ts';
import { RECALL_ASKED, UNTOLD_RAIL, type PaymentEvent } from '../model/payment.ts';

/** Null: nothing is missing. */
export function stateGapOf(
  { rail, state }: Pick<PaymentEvent, 'rail' | 'state'>,
  recoverability: Pick<RecoverabilityTable, 'gapOf'>,
): ReturnType<RecoverabilityTable['gapOf']> {
  return rail === UNTOLD_RAIL || state === RECALL_ASKED ? null : recoverability.gapOf(rail, state);
}
