/**
 * Facts and documents again, from entries of a log (DESIGN 9, `replay`): each is appended to a log of the replay's own,
 * then applied by an engine of its own in bounded mode, and at the end everything is final.
 *
 * Why a log of its own: the engine looks back in it, and whoever goes on with the new folder (`run`) needs position and
 * log to agree. Why bounded: time moves with data alone, so that it does not matter when, how fast and in which pieces the
 * records are replayed.
 *
 * Cost: that of the engine; between two settlements at most `SETTLE_BYTES` of entries wait. Worked example: a log of 10 GB
 * is 10,000 batches, settled 300 times.
 */
import type { FrameBuilder } from './live/frame-builder.ts';
import type { Engine } from './live/engine.ts';
import type { InputName } from '../model/accounting.ts';
import type { EventLog, LogEntry, LogRecord } from '../ports/event-log.ts';
import type { RawRecord, RecordSource } from '../ports/record-source.ts';

const SETTLE_BYTES = 32 * 2 ** 20;
/** Records of a file that become one frame: like a request of a busy sender. */
const FRAME_RECORDS = 500;
/** In bounded mode the wall clock plays no part. */
const NO_CLOCK = 0;

export class Replay {
  /** Entries applied. */
  applied = 0;
  readonly #engine: Engine;
  readonly #log: EventLog;
  #unsettled = 0;

  /** @param engine in bounded mode, started, on this log */
  constructor(engine: Engine, log: EventLog) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Takes entries whose values nobody changes any more. */
  async take(entries: readonly LogEntry[]): Promise<void> {
    const positions = await Promise.all(entries.map((entry) => this.#log.append(entry)));
    const records = entries.flatMap((entry, i): LogRecord[] => {
      const position = positions[i];
      return position === undefined ? [] : [{ ...entry, ...position }];
    });
    await this.#engine.apply(records, NO_CLOCK);
    this.applied += records.length;
    this.#unsettled += records.reduce((sum, { value }) => sum + value.length, 0);
    if (this.#unsettled < SETTLE_BYTES) return;
    this.#unsettled = 0;
    await this.#engine.settle(true, NO_CLOCK);
  }

  /** Nothing more comes: everything becomes final. */
  async finish(): Promise<void> {
    await this.#engine.settle(true, NO_CLOCK);
    await this.#engine.finish();
  }
}

/** The records of a file as entries of a log, some hundred of them in each. */
export async function* entriesOfFile(
  input: InputName,
  source: RecordSource,
  builder: FrameBuilder,
): AsyncIterable<LogEntry> {
  for await (const batch of source.records())
    for (let at = 0; at < batch.length; at += FRAME_RECORDS)
      yield (await builder.build(input, piece(source, batch.slice(at, at + FRAME_RECORDS)))).entry;
}

function piece({ name }: RecordSource, records: RawRecord[]): RecordSource {
  return {
    name,
    totalBytes: null,
    bytesRead: 0,
    // eslint-disable-next-line typescript/require-await
    async *records() {
      yield records;
    },
  };
}
