/** The records of one file, or of standard input. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { CounterfoilError } from '../../model/errors.ts';
import type { RawRecord, RecordSource } from '../../ports/record-source.ts';
import { ContentReader } from './content-reader.ts';
import type { CsvForm } from './csv-rows.ts';
import { decompressed, DecompressionError, type Meter } from './decompress.ts';
import { RecordSink, type Exactness } from './record-sink.ts';
import type { SourceLimits } from './source-limits.ts';
import type { IsTextRecord } from './text-lines.ts';

/** Small, because each read is a new buffer that is garbage soon: with 1 MiB a run holds 200 MB of them, and is no faster. */
const READ_BYTES = 64 * 1024;

/** One input as it was found: a file, or a stream that is there already. */
export interface FoundInput {
  /** As it is shown. */
  name: string;
  /** Null for standard input. */
  path: string | null;
  /** Null where it is not known (pipes). */
  bytes: number | null;
}

export interface FileSourceSettings {
  limits: SourceLimits;
  excerpt: (text: string) => string;
  /** How files whose name ends in .csv are read; null: not as CSV. */
  csv: CsvForm | null;
  /** Which lines of text are records; null: none is. */
  isTextRecord: IsTextRecord | null;
  exact: Exactness;
  stdin: () => Readable;
}

export class FileSource implements RecordSource {
  readonly name: string;
  readonly totalBytes: number | null;
  readonly #path: string | null;
  readonly #settings: FileSourceSettings;
  readonly #meter: Meter = { bytesRead: 0 };

  constructor(input: FoundInput, settings: FileSourceSettings) {
    this.name = input.name;
    this.totalBytes = input.bytes;
    this.#path = input.path;
    this.#settings = settings;
  }

  get bytesRead(): number {
    return this.#meter.bytesRead;
  }

  /** @throws CounterfoilError CF_INPUT when the file cannot be read */
  async *records(): AsyncGenerator<RawRecord[]> {
    const { limits, excerpt, csv, isTextRecord, exact } = this.#settings;
    this.#meter.bytesRead = 0;
    const sink = new RecordSink(this.name, excerpt, limits.keptRefusals, exact);
    const path = this.#path ?? '';
    const reader = new ContentReader(sink, limits, {
      binpb: /\.binpb(?:\.gz|\.zst)?$/i.test(path),
      yaml: true,
      isTextRecord,
      csv: /\.csv(?:\.gz|\.zst)?$/i.test(path) ? csv : null,
    });
    let position = 0;
    try {
      for await (const chunk of decompressed(this.#open(), this.#meter, limits)) {
        position += chunk.length;
        reader.push(chunk);
        const batch = sink.take();
        if (batch.length > 0) yield batch;
        if (reader.stopped) return;
      }
      reader.end();
    } catch (error) {
      if (!(error instanceof DecompressionError)) throw unreadable(this.name, error);
      sink.refuse({ reason: 'decompression', text: error.message, line: 0, column: position }, 0, null);
    }
    const last = sink.take();
    if (last.length > 0) yield last;
  }

  #open(): AsyncIterable<Buffer> {
    return this.#path === null
      ? this.#settings.stdin()
      : createReadStream(this.#path, { highWaterMark: READ_BYTES });
  }
}

function unreadable(name: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const text = `cannot be read (${String(error.code)})`;
  return new CounterfoilError('CF_INPUT', `${name}: ${text}`, [{ at: name, text }]);
}
