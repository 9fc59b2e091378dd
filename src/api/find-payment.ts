/** Which payment somebody means who has some transaction id of it. */
import { CounterfoilError } from '../model/errors.ts';
import { normalTransactionId } from '../model/transaction-id.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { ApiContext } from './context.ts';

export type Found =
  | { kind: 'none' }
  | { kind: 'one'; payment: PaymentDocument; matched: 'id' | 'superseded_id' | 'alias' }
  | { kind: 'several'; candidates: PaymentDocument[] };

/** Finds by own id, superseded id or alias; first as written, then as ids are normalised (SPEC J15). */
export async function findPayment({ index, tenant }: ApiContext, asked: string): Promise<Found> {
  const normal = normalTransactionId(asked);
  const asWritten = await index.resolvePayment(tenant, asked);
  const isOther = asWritten.length === 0 && normal !== asked;
  const ids = isOther ? await index.resolvePayment(tenant, normal) : asWritten;
  const read = await Promise.all(ids.map((id) => index.payment(tenant, id)));
  const payments = read.filter((payment) => payment !== null);
  const [payment] = payments;
  if (payment === undefined) return { kind: 'none' };
  if (payments.length > 1) return { kind: 'several', candidates: payments };
  const names = [asked, normal];
  if (names.includes(payment.payment.id)) return { kind: 'one', payment, matched: 'id' };
  const superseded = payment.superseded_ids.some((id) => names.includes(id));
  return { kind: 'one', payment, matched: superseded ? 'superseded_id' : 'alias' };
}

export function noSuchPayment(): CounterfoilError {
  return new CounterfoilError(
    'CF_NOT_FOUND',
    'No payment has this id, UETR, PSP reference or alias. Check the id, and whether the payment is in the data that was read.',
  );
}
