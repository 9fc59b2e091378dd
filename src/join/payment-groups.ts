/**
 * Which state events are of one payment (SPEC J18): those that share a strong name, and those that a reference of banks ties to one.
 *
 * What: union-find over the names that their source makes unique; then references (payment-references.ts), which are asked only where there are any.
 *
 * Cost: a map entry for each strong name; nothing more where no event has a reference. Worked example: {id: a, uetr: U}, {id: b, uetr: U} and
 * {iso20022_transaction: T} beside {uetr: V, iso20022_transaction: T} -> two groups: a and b; V and what names T.
 * Source: DESIGN 4.2; union-find after Tarjan 1975.
 */
import { REFERENCE_ALIAS_TYPES, STRONG_ALIAS_TYPES, type PaymentEvent } from '../model/payment.ts';
import { tieReferences, type PaymentGroup } from './payment-references.ts';
import { groupedByNames } from './grouped-by-names.ts';

/** @param events each once */
export function groupsOf(events: readonly PaymentEvent[]): PaymentGroup[] {
  const apart = groupedByNames(events, strongNames);
  const isReferenced = events.some(({ aliases }) =>
    aliases.some(({ type }) => REFERENCE_ALIAS_TYPES.includes(type)),
  );
  return isReferenced ? tieReferences(apart) : apart.map((group) => ({ events: group, ambiguous: false }));
}

function strongNames(event: PaymentEvent): string[] {
  const own = event.ownId === null ? [] : [`id\0${event.ownId}`];
  const references = event.aliases.filter(({ type }) => STRONG_ALIAS_TYPES.includes(type));
  return [...own, ...references.map(({ type, value }) => `${type}\0${value}`)];
}
