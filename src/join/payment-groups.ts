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
import { rootOf } from './root-of.ts';

/** @param events each once */
export function groupsOf(events: readonly PaymentEvent[]): PaymentGroup[] {
  const roots = unite(events);
  const groups = new Map<number, PaymentEvent[]>();
  for (const [i, event] of events.entries()) {
    const root = rootOf(roots, i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [event]);
    else group.push(event);
  }
  const apart = [...groups.values()];
  const isReferenced = events.some(({ aliases }) =>
    aliases.some(({ type }) => REFERENCE_ALIAS_TYPES.includes(type)),
  );
  return isReferenced ? tieReferences(apart) : apart.map((group) => ({ events: group, ambiguous: false }));
}

/** Union-find over the strong names that events share. */
function unite(events: readonly PaymentEvent[]): number[] {
  const roots = events.map((_, i) => i);
  const holder = new Map<string, number>();
  for (const [i, event] of events.entries()) {
    for (const name of strongNames(event)) {
      const other = holder.get(name);
      if (other === undefined) holder.set(name, i);
      else roots[rootOf(roots, i)] = rootOf(roots, other);
    }
  }
  return roots;
}

function strongNames(event: PaymentEvent): string[] {
  const own = event.ownId === null ? [] : [`id\0${event.ownId}`];
  const references = event.aliases.filter(({ type }) => STRONG_ALIAS_TYPES.includes(type));
  return [...own, ...references.map(({ type, value }) => `${type}\0${value}`)];
}
