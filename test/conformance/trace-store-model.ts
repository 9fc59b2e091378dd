// The naive model of the trace store, and the commands that are tried on both.
import fc from 'fast-check';
import type { CarriedFact, TraceMeeting } from '../../src/ports/fact-store.ts';
import type { TraceStore } from '../../src/ports/trace-store.ts';
import { NOON, traceId } from './facts.ts';

export type Command =
  | { do: 'carried'; carried: CarriedFact[] }
  | { do: 'met'; traceIds: string[]; until: number }
  | { do: 'named'; named: TraceMeeting[] }
  | { do: 'among'; traceIds: string[] }
  | { do: 'drop'; eventIds: string[] }
  | { do: 'expire'; before: { carried: number; marks: number } };

const MINUTE = 60_000_000;

const traceIds = fc.constantFrom(...['a', 'b', 'c', 'd'].map(traceId), 'a', 'a"', 'a,', '');
const eventIds = fc.constantFrom('ev_1', 'ev_10', 'ev_2');
/** Mostly at an edge of a minute, over half an hour. */
const instants = fc
  .tuple(fc.nat(30), fc.constantFrom(-1, 0, 1))
  .map(([minutes, shift]) => NOON + minutes * MINUTE + shift);
const carried: fc.Arbitrary<CarriedFact> = fc.record({
  traceId: traceIds,
  at: instants,
  attribute: fc.constantFrom('order.id', 'payment.id'),
  value: fc.constantFrom('17', 'é"\n\0', '18', ''),
});
const meeting: fc.Arbitrary<TraceMeeting> = fc.record({ traceId: traceIds, eventId: eventIds });

const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 5 });

export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: some(carried).map((carried): Command => ({ do: 'carried', carried })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(some(traceIds), instants)
        .map(([traceIds, until]): Command => ({ do: 'met', traceIds, until })),
    },
    { weight: 2, arbitrary: some(meeting).map((named): Command => ({ do: 'named', named })) },
    { weight: 2, arbitrary: some(traceIds).map((traceIds): Command => ({ do: 'among', traceIds })) },
    { weight: 1, arbitrary: some(eventIds).map((eventIds): Command => ({ do: 'drop', eventIds })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(instants, instants)
        .map(([carried, marks]): Command => ({ do: 'expire', before: { carried, marks } })),
    },
  ),
  { maxLength: 40, size: 'max' },
);

const text = (fact: object): string => JSON.stringify(fact, Object.keys(fact).toSorted());
const sorted = (facts: Iterable<object>): string[] => [...facts].map(text).toSorted();

/** Runs a command on a store; gives its answer in an order that does not matter. */
export async function answerOf(store: TraceStore, command: Command): Promise<string[]> {
  if (command.do === 'carried') return [...(await store.putCarried(command.carried))].toSorted();
  if (command.do === 'met') return sorted(await store.putMet(command.traceIds, command.until));
  if (command.do === 'among') return sorted(await store.namedAmong(() => command.traceIds));
  if (command.do === 'named') await store.putNamed(command.named);
  if (command.do === 'drop') await store.dropNamed(command.eventIds);
  if (command.do === 'expire') await store.expire(command.before);
  return [];
}

/** Lists that are searched from end to end. */
export class TraceModel {
  #carried: CarriedFact[] = [];
  #met: { traceId: string; until: number }[] = [];
  #named: TraceMeeting[] = [];
  #floor = { carried: -Infinity, marks: -Infinity };

  answerOf(command: Command): string[] {
    if (command.do === 'carried') {
      this.#carried.push(...command.carried.filter(({ at }) => at >= this.#floor.carried));
      const met = new Set(this.#met.map(({ traceId }) => traceId));
      return [...met.intersection(new Set(command.carried.map(({ traceId }) => traceId)))].toSorted();
    }
    if (command.do === 'met') {
      const { until } = command;
      if (until >= this.#floor.marks)
        this.#met.push(...command.traceIds.map((traceId) => ({ traceId, until })));
      return distinct(this.#carried.filter(({ traceId }) => command.traceIds.includes(traceId)));
    }
    if (command.do === 'among')
      return distinct(this.#named.filter(({ traceId }) => command.traceIds.includes(traceId)));
    if (command.do === 'named') this.#named.push(...command.named);
    if (command.do === 'drop')
      this.#named = this.#named.filter(({ eventId }) => !command.eventIds.includes(eventId));
    if (command.do === 'expire') this.#expire(command.before);
    return [];
  }

  #expire({ carried, marks }: { carried: number; marks: number }): void {
    this.#floor = {
      carried: Math.max(this.#floor.carried, carried),
      marks: Math.max(this.#floor.marks, marks),
    };
    this.#carried = this.#carried.filter(({ at }) => at >= this.#floor.carried);
    this.#met = this.#met.filter(({ until }) => until >= this.#floor.marks);
  }
}

function distinct(facts: readonly object[]): string[] {
  return [...new Set(sorted(facts))];
}
