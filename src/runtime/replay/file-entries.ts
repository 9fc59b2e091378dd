/**
 * The records of files as entries of a log: the frames that the intake would have made of them, one for each batch that a source
 * gives, since a frame is held in memory as a whole.
 */
import type { InputName } from '../../model/accounting.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { LogEntry } from '../../ports/event-log.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import type { Progress } from '../ingest.ts';
import type { FrameBuilder } from '../live/frame-builder.ts';

export interface FileEntriesOptions {
  builder: Pick<FrameBuilder, 'build'>;
  onProgress: (progress: Progress) => void;
  onRefused: (refusals: readonly Refusal[]) => void;
}

/** Every source of every input, read to its end, in the order given. */
export async function* fileEntries(
  sources: Readonly<Record<InputName, readonly RecordSource[]>>,
  options: FileEntriesOptions,
): AsyncGenerator<LogEntry[]> {
  for (const [input, each] of Object.entries(sources))
    for (const source of each) yield* entriesOf(input as InputName, source, options);
}

async function* entriesOf(
  input: InputName,
  source: RecordSource,
  { builder, onProgress, onRefused }: FileEntriesOptions,
): AsyncGenerator<LogEntry[]> {
  const { name, totalBytes } = source;
  let records = 0;
  for await (const batch of source.records()) {
    const piece: RecordSource = { name, totalBytes: null, bytesRead: 0, records: () => once(batch) };
    const { entry, account, refused } = await builder.build(input, piece);
    records += account.records;
    onRefused(refused);
    onProgress({ input, source: name, bytesRead: source.bytesRead, totalBytes, records });
    if (account.records > 0) yield [entry];
  }
}

// eslint-disable-next-line typescript/require-await
async function* once<T>(item: T): AsyncGenerator<T> {
  yield item;
}
