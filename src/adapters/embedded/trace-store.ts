import type { CarriedFact, TraceMeeting } from '../../ports/fact-store.ts';
import type { TraceStore } from '../../ports/trace-store.ts';

export function createTraceStore(): TraceStore {
  const carried = new Map<string, Map<string, CarriedFact>>();
  const met = new Set<string>();
  const named = new Map<string, Set<string>>();
  return {
    async putCarried(facts) {
      for (const fact of facts) {
        const of = carried.get(fact.traceId) ?? new Map<string, CarriedFact>();
        of.set(JSON.stringify(fact), fact);
        carried.set(fact.traceId, of);
      }
      return new Set(facts.map(({ traceId }) => traceId).filter((id) => met.has(id)));
    },
    async putMet(traceIds) {
      for (const id of traceIds) met.add(id);
      return traceIds.flatMap((id) => [...(carried.get(id)?.values() ?? [])]);
    },
    async putNamed(meetings) {
      for (const { traceId, eventId } of meetings)
        named.set(traceId, (named.get(traceId) ?? new Set<string>()).add(eventId));
    },
    async namedAmong(traceIds) {
      return traceIds.flatMap((traceId): TraceMeeting[] =>
        [...(named.get(traceId) ?? [])].map((eventId) => ({ traceId, eventId })),
      );
    },
    async dropNamed() {},
    async expire() {},
    async generation() {
      return '1';
    },
    async close() {},
  };
}
