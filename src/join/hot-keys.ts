/**
 * Under which span keys an event waits (hop 0 of the rendezvous: who is meant).
 *
 * What: every identity that was ever seen is asked which of the events it can match; the event is then hot under that
 * identity's key. The same question, with the same code, decides a match later (hot-events.ts), so a key is never missing.
 * A pod that changes with time is asked at each of its instants. The signature sums up what was answered: while it stays
 * the same, nothing that was learned since can have changed the event's links.
 *
 * Cost: a few map look-ups per identity, for all events at once: 20,000 identities about 20 ms. Worked example: an exec in
 * pod `ledger-0` is hot under the key of that pod, and under those of the other pods of its workload.
 * Source: DESIGN 4.3, hop 0.
 */
import { sha256Hex } from '../model/ids.ts';
import type { HotEvent, HotEvents } from './hot-events.ts';
import type { Learned } from './learned.ts';

export interface HotKeys {
  keys: Set<string>;
  /** Changes when the event must be evaluated again. */
  signature: string;
}

/** By event id. */
export function hotKeysOf(hotEvents: HotEvents, learned: Learned): Map<string, HotKeys> {
  const { identities, neighbourhood } = learned.knowledge();
  const answers = new Map<string, { keys: Set<string>; parts: string[] }>();
  for (const hot of hotEvents.events) {
    const services = neighbourhood.serviceNamesOf(hot.resolved.pod, hot.resolved.container);
    answers.set(hot.event.id, { keys: new Set(), parts: [selfPart(hot, services)] });
  }
  for (let ordinal = 0; ordinal < learned.identityCount; ordinal += 1) {
    const spanKey = learned.spanKeyAt(ordinal);
    if (spanKey === null) continue;
    for (const at of identities.isTimed(ordinal) ? learned.instantsOf(ordinal) : [0]) {
      const resolved = identities.resolve(ordinal, at);
      if (resolved === null) continue;
      for (const { hot, method, base, withheld } of hotEvents.candidatesOf(resolved)) {
        const answer = answers.get(hot.event.id);
        answer?.keys.add(spanKey);
        const identityId = learned.identityIdAt(ordinal);
        answer?.parts.push(
          JSON.stringify([identityId, method, base, withheld, resolved.pod, resolved.container]),
        );
      }
    }
  }
  return new Map(
    [...answers].map(([id, { keys, parts }]) => [
      id,
      // Sorted, and without ordinals: after a start identities come in another order, and mean the same.
      { keys, signature: sha256Hex(parts.toSorted().join('\n')) },
    ]),
  );
}

function selfPart({ event, resolved, podsCapped }: HotEvent, services: ReadonlySet<string>): string {
  return JSON.stringify([event, resolved, podsCapped, [...services].toSorted()]);
}
