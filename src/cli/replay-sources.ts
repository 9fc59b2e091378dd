/** What is replayed: the log of a data folder, files, or both, one after the other. */
import { openEventLogReader, type EventLogReader } from '../adapters/embedded/event-log-reader.ts';
import type { Config } from '../config/options.ts';
import type { Redactor } from '../formats/redaction/redact.ts';
import { formatInstant } from '../model/instant.ts';
import type { Refusal } from '../model/refusal.ts';
import type { LogEntry, LogRange, LogRecord } from '../ports/event-log.ts';
import type { RetroProgress } from '../ports/retro-jobs.ts';
import type { FrameBuilder } from '../runtime/live/frame-builder.ts';
import { fileEntries } from '../runtime/replay/file-entries.ts';
import { loggedEntries } from '../runtime/replay/logged-entries.ts';
import { openInputs, type InputPaths, type OpenInputs } from './compose.ts';
import type { SourceProgress } from './progress.ts';
import { overBound } from './replay-engine.ts';
import { counted } from './texts/parts.ts';

/** The first ones are kept to be shown. */
const KEPT_REFUSALS = 20;

export interface ReplayAsked {
  /** The data folder whose log is read; null: none. */
  folder: string | null;
  /** Whether the input topics are read instead, since the folder has no log. */
  topics: boolean;
  /** Null: all of the log or topics; of topics by the time of appending. */
  range: LogRange | null;
  paths: InputPaths;
}

/** Is told how far it is: by source where bytes are known, of all where records are. */
export interface OnReplayProgress {
  onBytes: (now: SourceProgress) => void;
  onRecords: (now: RetroProgress) => void;
}

/** What a replay reads, and what is said of it afterwards. */
export interface Replayed {
  readonly refusals: RefusalKeep;
  /** Null where it is not known. */
  readonly totalBytes: number | null;
  /** What is read, as entries of the new log. */
  entries(builder: FrameBuilder, progress: OnReplayProgress): AsyncIterable<LogEntry[]>;
  /** What could not be seen any more, in words. */
  missing(): string[];
}

/** The first records that could not be taken, and how many there were. */
export class RefusalKeep {
  readonly first: Refusal[] = [];
  count = 0;

  add(refusals: readonly Refusal[]): void {
    this.count += refusals.length;
    this.first.push(...refusals.slice(0, KEPT_REFUSALS - this.first.length));
  }
}

export class ReplaySources implements Replayed {
  readonly refusals = new RefusalKeep();
  readonly #asked: ReplayAsked;
  readonly #log: EventLogReader | null;
  readonly #files: OpenInputs;

  private constructor(asked: ReplayAsked, log: EventLogReader | null, files: OpenInputs) {
    this.#asked = asked;
    this.#log = log;
    this.#files = files;
  }

  /** @throws CounterfoilError CF_NO_LOG, CF_LOG_CORRUPT, CF_INPUT; CF_LOG_FULL when the log is larger than the new one may be */
  static async open(asked: ReplayAsked, config: Config, redactor: Redactor): Promise<ReplaySources> {
    const log = asked.folder === null ? null : await openEventLogReader(asked.folder);
    // Better now than after hours. Of a range it is not known how much of its files lies in it.
    if (log !== null && asked.range === null && log.extent.bytes > config['log.max_bytes'])
      throw overBound(config['log.max_bytes']);
    return new ReplaySources(asked, log, await openInputs(asked.paths, config, redactor));
  }

  /** Null where a file (a pipe) does not say. */
  get totalBytes(): number | null {
    const files = this.#files.totalBytes;
    const { range } = this.#asked;
    const log = range === null ? this.#log?.extent.bytes : this.#log?.bytesOf(range);
    return files === null ? null : files + (log ?? 0);
  }

  async *entries(
    builder: FrameBuilder,
    { onBytes: onProgress }: OnReplayProgress,
  ): AsyncGenerator<LogEntry[]> {
    const onRefused = (refusals: readonly Refusal[]): void => this.refusals.add(refusals);
    if (this.#log !== null) yield* loggedEntries(this.#records(this.#log, onProgress), onRefused);
    yield* fileEntries(this.#files.sources, { builder, onProgress, onRefused });
  }

  async *#records(
    log: EventLogReader,
    onProgress: (now: SourceProgress) => void,
  ): AsyncGenerator<LogRecord[]> {
    const { range, folder } = this.#asked;
    let [bytesRead, records] = [0, 0];
    const onRead = (bytes: number): void => void (bytesRead += bytes);
    for await (const batch of range === null ? log.records(onRead) : log.scan(range, onRead)) {
      records += batch.length;
      yield batch;
      onProgress({ input: 'log', source: folder ?? '', bytesRead, records });
    }
  }

  missing(): string[] {
    const { range } = this.#asked;
    const keptFrom = this.#log?.extent.keptFrom ?? null;
    const gone = this.#log?.gone ?? 0;
    return [
      ...(keptFrom !== null && (range === null || range.from < keptFrom)
        ? [`The log begins at ${formatInstant(keptFrom)}; what came before was no longer kept.`]
        : []),
      ...(gone > 0 ? [`${counted(gone, 'segment')} of the log went while they were to be read.`] : []),
    ];
  }
}
