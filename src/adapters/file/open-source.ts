/** Opens what a user names on the command line: files, directories, `-`; plain, gzip or zstd; JSON, XML, CSV or protobuf. */
import type { Readable } from 'node:stream';
import type { RecordSource } from '../../ports/record-source.ts';
import type { CsvForm } from './csv-rows.ts';
import { FileSource } from './file-source.ts';
import { findInputs } from './find-inputs.ts';
import type { Exactness } from './record-sink.ts';
import { DEFAULT_SOURCE_LIMITS, type SourceLimits } from './source-limits.ts';
import type { IsTextRecord } from './text-lines.ts';

export interface SourceOptions {
  /** Redacts and shortens the beginning of a refused record; the only text of it that is ever kept. */
  excerpt: (text: string) => string;
  /** Redacts a path as it is shown; people name files after what is in them. */
  shownPath: (path: string) => string;
  /** How files whose name ends in .csv are read; absent: not as CSV. */
  csv?: CsvForm;
  /** Which lines of text are records; absent or null: none is. */
  isTextRecord?: IsTextRecord | null;
  /** Of numbers of JSON; absent: they are rounded. */
  exact?: Exactness;
  /** What differs from DEFAULT_SOURCE_LIMITS. */
  limits?: Partial<SourceLimits>;
  /** What `-` stands for; the process' standard input by default. */
  stdin?: Readable;
}

/**
 * One source for each file, in the order of the paths, files of a directory sorted by name. Nothing is read yet.
 * @throws CounterfoilError CF_INPUT that lists every path which is missing or not readable; CF_USAGE when `-` is given
 *   twice; CF_OVER_LIMIT when there are too many files
 */
export async function openSources(paths: readonly string[], options: SourceOptions): Promise<RecordSource[]> {
  const limits = { ...DEFAULT_SOURCE_LIMITS, ...options.limits };
  const inputs = await findInputs(paths, limits.files, options.shownPath);
  const { excerpt, csv = null, isTextRecord = null, exact = false } = options;
  const stdin = (): Readable => options.stdin ?? process.stdin;
  const settings = { limits, excerpt, csv, isTextRecord, exact, stdin };
  return inputs.map((input) => new FileSource(input, settings));
}
