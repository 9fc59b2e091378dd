/**
 * The log as it was applied: without the spans that were set aside then, because they came from the future or too late. Whoever
 * looks into the log later must not meet what the engine has refused.
 *
 * Which spans those were depended on the moment; so the moment is kept, two instants for each such record, and no copy
 * of the spans. Records that cannot be read were passed over when they were applied, and are here.
 *
 * Cost: one look-up for each batch of records. Worked example: of 40 records one had a span that was set aside: 40 frames, one
 * of them with a row less.
 */
import type { Instant } from '../../model/instant.ts';
import type { EventLog, LogPosition, LogRange, LogRecord } from '../../ports/event-log.ts';
import type { FactStore, SetAsideFact } from '../../ports/fact-store.ts';
import type { Frame } from './frame.ts';
import type { FrameSource, PlacedFrame } from './frame-source.ts';
import { withRows } from './frame-rows.ts';
import { frameOf } from './poison.ts';

export class AppliedFrames implements FrameSource {
  readonly #log: Pick<EventLog, 'scan'>;
  readonly #facts: Pick<FactStore, 'setAside'>;
  readonly #isApplied: (position: LogPosition) => boolean;

  /** @param isApplied whether the effects of a record are in: others are passed over */
  constructor(
    log: Pick<EventLog, 'scan'>,
    facts: Pick<FactStore, 'setAside'>,
    isApplied: (position: LogPosition) => boolean,
  ) {
    this.#log = log;
    this.#facts = facts;
    this.#isApplied = isApplied;
  }

  /** Those of records that meet the range; bytes hold until the next batch is asked for. */
  async *scan(range: LogRange): AsyncIterable<PlacedFrame[]> {
    for await (const records of this.#log.scan(range)) {
      const applied = records.filter((record) => this.#isApplied(record));
      const aside = await this.#asideOf(applied);
      yield applied.flatMap(({ partition, offset, value }) => {
        const frame = frameOf({ value });
        const set = aside.get(keyOf({ partition, offset }));
        return frame === null ? [] : { frame: without(frame, set), position: { partition, offset } };
      });
    }
  }

  async #asideOf(records: readonly LogRecord[]): Promise<Map<string, SetAsideFact>> {
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const found = await this.#facts.setAside(first.partition, first.offset, last.offset);
    return new Map(found.map((fact) => [keyOf(fact), fact]));
  }
}

function keyOf({ partition, offset }: LogPosition): string {
  return `${partition}:${offset}`;
}

function without(frame: Frame, aside: SetAsideFact | undefined): Frame {
  if (aside === undefined) return frame;
  const { earlierThan, laterThan } = aside;
  const isIn = (end: Instant): boolean => end >= (earlierThan ?? -Infinity) && end <= (laterThan ?? Infinity);
  return withRows(frame, (at) => isIn(frame.spans?.end[at] ?? 0));
}
