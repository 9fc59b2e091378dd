import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closesAt,
  ClosingQueue,
  expiresAt,
  isOlderThanLookBack,
  latenessOf,
  lookBackOf,
} from '../../src/join/closing.ts';
import { DeadlineHeap } from '../../src/join/deadline-heap.ts';
import { at, joinSettings } from './builders.ts';
import { MINUTE, SECOND, timeSettings } from './time-builders.ts';

const join = joinSettings();
const time = timeSettings();
const DAY = 24 * 60 * MINUTE;

describe('when an event closes', () => {
  test('[T9] after everything that a span and its binding span may take, and the grace', () => {
    expect(closesAt(at('00:00'), join, time)).toBe(at('22:32'));
    expect(expiresAt(at('00:00'), join, time)).toBe(at('22:32') + DAY);
  });

  test('[T9] the last pair of spans that may be on time is in when it closes without any grace', () => {
    const end = at('00:00');
    const matchingEnd = end + join.after + join.skew + join.maxSpan;
    const bindingEnd = matchingEnd + join.bindingHorizon + join.maxSpan;
    const queue = new ClosingQueue(join, timeSettings({ grace: 0 }));
    queue.put('ev_a', end);
    // A watermark at that span's end still allows for it; only one past it does not.
    expect(queue.due(bindingEnd)).toEqual([]);
    expect(queue.due(bindingEnd + 1)).toEqual(['ev_a']);
  });

  test('[T11] a late fact meets an open event, makes a revision, or comes too late; as the queue has it', () => {
    const end = at('00:00');
    const queue = new ClosingQueue(join, time);
    queue.put('ev_a', end);
    const of = (watermark: number): string => latenessOf(end, watermark, join, time);
    expect(of(-Infinity)).toBe('open');
    expect([of(at('22:32')), queue.due(at('22:32'))]).toEqual(['open', []]);
    expect([of(at('22:32') + 1), queue.due(at('22:32') + 1)]).toEqual(['revision', ['ev_a']]);
    const last = at('22:32') + DAY;
    expect([of(last), queue.expired(last)]).toEqual(['revision', []]);
    expect([of(last + 1), queue.expired(last + 1)]).toEqual(['beyond_horizon', ['ev_a']]);
    expect(of(Infinity)).toBe('beyond_horizon');
  });

  test('[T12] an event whose window begins before what the window store holds is older than the look-back', () => {
    expect(lookBackOf(join, time)).toBe(362 * SECOND);
    const event = { start: at('10:00'), end: at('50:00') };
    expect(isOlderThanLookBack(event, -Infinity, join)).toBe(false);
    expect(isOlderThanLookBack(event, at('08:58'), join)).toBe(false);
    expect(isOlderThanLookBack(event, at('08:58') + 1, join)).toBe(true);
  });
});

describe('the closing queue', () => {
  test('[T10] gives each event once, by the time of its close and then by id', () => {
    const queue = new ClosingQueue(join, time);
    for (const [id, end] of [
      ['c', '01:00'],
      ['b', '02:00'],
      ['a', '02:00'],
      ['d', '00:30'],
    ] as const) {
      queue.put(id, at(end));
    }
    expect(queue.due(at('23:33'))).toEqual(['d', 'c']);
    expect([queue.open, queue.closed]).toEqual([2, 2]);
    expect(queue.due(Infinity)).toEqual(['a', 'b']);
    expect(queue.due(Infinity)).toEqual([]);
    expect(queue.expired(Infinity)).toEqual(['d', 'c', 'a', 'b']);
    expect([queue.open, queue.closed]).toEqual([0, 0]);
  });

  test('[T10] another end replaces the former one; a closed event with a later end is open again', () => {
    const queue = new ClosingQueue(join, time);
    queue.put('a', at('30:00'));
    queue.put('a', at('00:00'));
    expect(queue.due(at('22:33'))).toEqual(['a']);
    queue.put('a', at('10:00'));
    expect([queue.open, queue.closed]).toEqual([1, 0]);
    expect(queue.due(at('32:32'))).toEqual([]);
    expect(queue.due(at('32:33'))).toEqual(['a']);
    expect(queue.due(Infinity)).toEqual([]);
  });

  test('a removed event neither closes nor expires', () => {
    const queue = new ClosingQueue(join, time);
    queue.put('a', at('00:00'));
    queue.put('b', at('00:00'));
    expect(queue.remove('a')).toBe(true);
    expect(queue.due(Infinity)).toEqual(['b']);
    expect(queue.remove('b')).toBe(true);
    expect(queue.expired(Infinity)).toEqual([]);
    expect([queue.has('b'), queue.remove('b')]).toEqual([false, false]);
  });

  test('events have a limit, which moving one does not meet and expiry lifts', () => {
    const queue = new ClosingQueue(join, time, 2);
    queue.put('a', at('00:00'));
    queue.put('b', at('00:00'));
    queue.put('a', at('01:00'));
    queue.due(Infinity);
    expect(() => queue.put('c', at('00:00'))).toThrow('2 events');
    queue.expired(Infinity);
    expect(() => queue.put('c', at('00:00'))).not.toThrow();
  });
});

interface Change {
  kind: 'set' | 'delete' | 'take';
  id: string;
  at: number;
}

const changes = fc.array(
  fc.record<Change>({
    kind: fc.constantFrom('set', 'set', 'set', 'delete', 'take'),
    id: fc.integer({ min: 0, max: 20 }).map(String),
    at: fc.integer({ min: 0, max: 50 }),
  }),
  { maxLength: 400 },
);

/** What a heap must answer, by sorting anew each time. */
class SortedList {
  readonly #times = new Map<string, number>();

  apply({ kind, id, at: instant }: Change): unknown {
    if (kind === 'set') {
      this.#times.set(id, instant);
      return undefined;
    }
    if (kind === 'delete') return this.#times.delete(id);
    const taken = [...this.#times]
      .map(([name, time]) => ({ id: name, at: time }))
      .filter((one) => one.at < instant)
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    for (const one of taken) this.#times.delete(one.id);
    return taken;
  }

  get size(): number {
    return this.#times.size;
  }
}

function applyTo(heap: DeadlineHeap, { kind, id, at: instant }: Change): unknown {
  if (kind === 'set') {
    heap.set(id, instant);
    return undefined;
  }
  return kind === 'delete' ? heap.delete(id) : heap.takeBefore(instant);
}

describe('the heap of deadlines', () => {
  test('[T10] agrees with a sorted list under any changes', () => {
    fc.assert(
      fc.property(changes, (history) => {
        const [heap, list] = [new DeadlineHeap(), new SortedList()];
        for (const change of history) {
          expect(applyTo(heap, change)).toEqual(list.apply(change));
          expect(heap.size).toBe(list.size);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('leftovers of a name that moves for ever do not pile up', () => {
    const heap = new DeadlineHeap();
    heap.set('b', 5);
    for (let i = 0; i < 100_000; i += 1) heap.set('a', 100_000 - i);
    expect(heap.leftovers).toBeLessThanOrEqual(100);
    expect(heap.takeBefore(10).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
