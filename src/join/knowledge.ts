/**
 * What the join knows of who ran where, sealed: inventory, span identities and neighbourhood, ready to answer.
 *
 * What: statements and identities are learned first, in any order; sealing then orders them in the one sequence in
 * which they can be ordered: names, what host names mean, containers and accounts, what runs beside what. Why one
 * function: batch and live lane must seal alike, or the same facts would give different links.
 *
 * The batch lane finds the instants of spans whose pod changes with time in its span log, the live lane beside the
 * identity; `starts` hides which.
 *
 * Cost: some microseconds per distinct statement and identity. Worked example: 2,000 pods, 3,000 identities, none of
 * them ambiguous: about 10 ms, and no span is looked at again.
 */
import type { Instant } from '../model/instant.ts';
import type { Inventory } from './inventory.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { SpanIdentities } from './span-identities.ts';

export interface Knowledge {
  inventory: Inventory;
  identities: SpanIdentities;
  neighbourhood: Neighbourhood;
}

/** Visits the start of every span of these identities. Is not called for none. */
export type VisitStarts = (
  ordinals: ReadonlySet<number>,
  visit: (ordinal: number, at: Instant) => void,
) => void;

/** Seals both and learns what runs beside what. Call once for an inventory. */
export function sealKnowledge(
  inventory: Inventory,
  identities: SpanIdentities,
  starts: VisitStarts,
): Knowledge {
  identities.teach();
  inventory.sealNames();
  identities.sealNames();
  visitTimed(identities, starts, (ordinal, at) => {
    const identity = identities.identityAt(ordinal);
    if (identity !== undefined && inventory.needsInstants(identity)) inventory.learnInstant(identity, at);
  });
  inventory.seal();
  return { inventory, identities, neighbourhood: neighbourhoodOf(identities, starts) };
}

function neighbourhoodOf(identities: SpanIdentities, starts: VisitStarts): Neighbourhood {
  const neighbourhood = new Neighbourhood();
  const learn = (ordinal: number, at: Instant): void => {
    const resolved = identities.resolve(ordinal, at);
    if (resolved !== null) neighbourhood.learn(resolved);
  };
  for (let ordinal = 0; ordinal < identities.size; ordinal += 1)
    if (!identities.isTimed(ordinal)) learn(ordinal, 0);
  visitTimed(identities, starts, learn);
  return neighbourhood;
}

/** The identities whose pod changes with time, at every instant; the usual run has none. */
function visitTimed(
  identities: SpanIdentities,
  starts: VisitStarts,
  visit: (ordinal: number, at: Instant) => void,
): void {
  const timed = new Set<number>();
  for (let ordinal = 0; ordinal < identities.size; ordinal += 1)
    if (identities.isTimed(ordinal)) timed.add(ordinal);
  if (timed.size > 0) starts(timed, visit);
}
