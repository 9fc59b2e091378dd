/**
 * Traces that events name (ports/trace-store.ts). Few, and asked for by every flush of spans: all in one slot, twice, by trace
 * and by event. Up to some thousand are read as a whole, which is one look however many traces are asked for.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { TraceMeeting } from '../../ports/fact-store.ts';
import { command, listOf, numberOf, scriptCall } from './command.ts';
import { markIsNotLast, type Fence } from './fence.ts';
import { MARK } from './generation.ts';
import { scriptOf } from './script.ts';
import type { TraceKeys } from './trace-keys.ts';
import { beginningOf, nameByEvent, nameByTrace, nameOfEventText, nameOfTraceText } from './trace-texts.ts';

const SHARD = 0;
const READ_WHOLE = 1_024;
/** Of one script. */
const STEP = 500;
const FULL = 2;

const PUT_NAMED = scriptOf('put-named');
const FIND_MEMBERS = scriptOf('find-members');

export class NamedTraces {
  readonly #fence: Fence;
  readonly #keys: TraceKeys;
  readonly #maxNames: number;

  constructor(fence: Fence, keys: TraceKeys, maxNames: number) {
    this.#fence = fence;
    this.#keys = keys;
    this.#maxNames = maxNames;
  }

  async put(named: readonly TraceMeeting[]): Promise<void> {
    const { meta, namedByTrace, namedByEvent } = this.#keys;
    const answers = await this.#fence.run(
      stepsOf(named).map((step) => ({
        shard: SHARD,
        commands: (mark) => [
          scriptCall(
            PUT_NAMED,
            [meta, namedByTrace, namedByEvent],
            [mark, this.#maxNames, ...step.flatMap((each) => [nameByTrace(each), nameByEvent(each)])],
          ),
        ],
      })),
    );
    if (!answers.some(([reply]) => numberOf(listOf(reply)[0]) === FULL)) return;
    throw new CounterfoilError(
      'CF_OVER_LIMIT',
      `Events wait for ${this.#maxNames} traces that they name: shorten the late horizon, or alert on less`,
    );
  }

  async among(traceIds: () => readonly string[]): Promise<TraceMeeting[]> {
    const { meta, namedByTrace } = this.#keys;
    const [replies] = await this.#fence.run(
      [
        {
          shard: SHARD,
          commands: () => [command('ZRANGE', namedByTrace, 0, READ_WHOLE - 1), command('HGET', meta, MARK)],
        },
      ],
      markIsNotLast,
    );
    const names = listOf(replies?.[0]);
    if (names.length === 0) return [];
    const asked = new Set(traceIds());
    if (names.length < READ_WHOLE)
      return names.map((text) => nameOfTraceText(String(text))).filter(({ traceId }) => asked.has(traceId));
    const answers = await this.#fence.run(
      stepsOf([...asked]).map((step) => ({
        shard: SHARD,
        commands: (mark) => [
          scriptCall(FIND_MEMBERS, [meta, namedByTrace], [mark, ...step.map(beginningOf)]),
        ],
      })),
    );
    return answers.flatMap(([reply]) =>
      listOf(reply)
        .slice(2)
        .map((text) => nameOfTraceText(String(text))),
    );
  }

  async drop(eventIds: readonly string[]): Promise<void> {
    const { meta, namedByTrace, namedByEvent } = this.#keys;
    const found = await this.#fence.run(
      stepsOf([...new Set(eventIds)]).map((step) => ({
        shard: SHARD,
        commands: (mark) => [
          scriptCall(FIND_MEMBERS, [meta, namedByEvent], [mark, ...step.map(beginningOf)]),
        ],
      })),
    );
    const names = found.flatMap(([reply]) =>
      listOf(reply)
        .slice(2)
        .map((text) => nameOfEventText(String(text))),
    );
    await this.#fence.run(
      stepsOf(names).map((step) => ({
        shard: SHARD,
        commands: () => [
          command('ZREM', namedByTrace, ...step.map(nameByTrace)),
          command('ZREM', namedByEvent, ...step.map(nameByEvent)),
          command('HGET', meta, MARK),
        ],
      })),
      markIsNotLast,
    );
  }
}

function stepsOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / STEP) }, (_, i) => all.slice(i * STEP, (i + 1) * STEP));
}
