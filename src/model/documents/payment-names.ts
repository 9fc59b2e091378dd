/** The texts that mean a payment, as an index keeps them: what its source makes unique, and what merely finds (SPEC J15). */
import { STRONG_ALIAS_TYPES } from '../payment.ts';
import type { PaymentDocument } from './payment.ts';

export interface PaymentNames {
  /** Own id, superseded ids, UETR, PSP reference: where one of these names a payment, what merely finds does not count. */
  strong: string[];
  weak: string[];
}

/** May repeat. */
export function paymentNames({ payment, superseded_ids }: PaymentDocument): PaymentNames {
  const names: PaymentNames = { strong: [payment.id, ...superseded_ids], weak: [] };
  for (const { type, value } of payment.aliases)
    names[STRONG_ALIAS_TYPES.includes(type) ? 'strong' : 'weak'].push(value);
  return names;
}
