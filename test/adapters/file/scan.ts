/** Runs the JSON scanner over bytes in chunks, for tests. */
import { JsonScanner } from '../../../src/adapters/file/json-scanner.ts';
import { RecordSink } from '../../../src/adapters/file/record-sink.ts';
import { DEFAULT_SOURCE_LIMITS, type SourceLimits } from '../../../src/adapters/file/source-limits.ts';
import type { RawRecord } from '../../../src/ports/record-source.ts';

/** @param cuts offsets at which the bytes are cut into chunks */
export function scan(
  input: string | Buffer,
  cuts: readonly number[] = [],
  limits: Partial<SourceLimits> = {},
): RawRecord[] {
  const bytes = Buffer.from(input);
  const merged = { ...DEFAULT_SOURCE_LIMITS, ...limits };
  const sink = new RecordSink('in.json', (text) => text.slice(0, 120), merged.keptRefusals, false);
  const scanner = new JsonScanner(sink, merged);
  const records: RawRecord[] = [];
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    const end = Math.min(to, bytes.length);
    if (end > from) scanner.push(Buffer.from(bytes.subarray(from, end)));
    from = Math.max(from, end);
    records.push(...sink.take());
  }
  scanner.end();
  return [...records, ...sink.take()];
}

/** Every offset: each byte is a chunk of its own. */
export function everyByte(input: string | Buffer): number[] {
  return Array.from({ length: Buffer.byteLength(input) }, (_, i) => i + 1);
}

/** `1:3 {"a":1}` for a record, `1:3 not_json` for a refusal. */
export function summary(records: readonly RawRecord[]): string[] {
  return records.map((record) => {
    if (record.kind === 'refused') {
      const { place, reason } = record.refusal;
      return `${place.line}:${place.column} ${reason}`;
    }
    return `${record.place.line}:${record.place.column} ${contentOf(record)}`;
  });
}

function contentOf(record: Exclude<RawRecord, { kind: 'refused' }>): string {
  if (record.kind === 'protobuf') return Buffer.from(record.payload).toString('hex');
  return record.kind === 'json' ? JSON.stringify(record.value) : record.text;
}
