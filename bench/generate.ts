/**
 * Writes the input of the benchmark into a folder: spans (protobuf and, on request, JSON), alerts, payments. Seeded,
 * and written as it is made, so that memory does not grow with the size.
 *
 *   node bench/generate.ts FOLDER [--spans N] [--events N] [--payments N] [--encoding protobuf|json|both]
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../tools/seeded-random.ts';
import { JsonEncoder, ProtobufEncoder, type SpanEncoder } from './span-encoders.ts';
import { Traffic, type BenchSizes } from './traffic.ts';

export const DEFAULT_SIZES: BenchSizes = { spans: 1_000_000, events: 500, payments: 50_000 };

export type Encoding = 'protobuf' | 'json';

export interface BenchFiles {
  spans: string;
  alerts: string;
  payments: string;
}

/** The paths that `writeInputs` writes. */
export function filesOf(folder: string, encoding: Encoding): BenchFiles {
  const ending = encoding === 'protobuf' ? 'binpb' : 'ndjson';
  const at = (name: string): string => join(folder, name);
  return { spans: at(`spans.${ending}`), alerts: at('falco.ndjson'), payments: at('payments.ndjson') };
}

/** Writes all files of one encoding. */
export function writeInputs(folder: string, sizes: BenchSizes, encoding: Encoding): BenchFiles {
  mkdirSync(folder, { recursive: true });
  const files = filesOf(folder, encoding);
  const traffic = new Traffic(sizes);
  writeSpans(files.spans, traffic, encoding === 'protobuf' ? new ProtobufEncoder() : new JsonEncoder());
  writeLines(files.alerts, traffic.alerts());
  writeLines(files.payments, traffic.payments());
  return files;
}

/** Spans of a pod are held until there are ten to twenty of them, as a collector's batch would. */
function writeSpans(file: string, traffic: Traffic, encoder: SpanEncoder): void {
  const random = new SeededRandom(traffic.pods.length);
  const held = traffic.pods.map((pod) => ({ pod, spans: [] as Buffer[], full: random.integer(10, 20) }));
  const out = new ChunkedFile(file);
  for (const span of traffic.spans()) {
    const batch = held[span.pod];
    if (batch === undefined) throw new Error(`the span names pod ${span.pod}, which does not exist`);
    batch.spans.push(encoder.span(span));
    if (batch.spans.length < batch.full) continue;
    out.write(encoder.request(batch.pod, batch.spans));
    batch.spans = [];
    batch.full = random.integer(10, 20);
  }
  for (const { pod, spans } of held) if (spans.length > 0) out.write(encoder.request(pod, spans));
  out.close();
}

function writeLines(file: string, records: Iterable<unknown>): void {
  const out = new ChunkedFile(file);
  for (const record of records) out.write(Buffer.from(`${JSON.stringify(record)}\n`));
  out.close();
}

/** A file written in pieces of a megabyte. */
class ChunkedFile {
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(1 << 20);
  #used = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) {
      writeSync(this.#file, bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer, 0, this.#used);
    this.#used = 0;
  }
}

function main(argv: string[]): void {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      spans: { type: 'string', default: String(DEFAULT_SIZES.spans) },
      events: { type: 'string', default: String(DEFAULT_SIZES.events) },
      payments: { type: 'string', default: String(DEFAULT_SIZES.payments) },
      encoding: { type: 'string', default: 'protobuf' },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error('name the folder to write to');
  const sizes = {
    spans: Number(values.spans),
    events: Number(values.events),
    payments: Number(values.payments),
  };
  const encodings: Encoding[] = values.encoding === 'json' ? ['json'] : ['protobuf'];
  if (values.encoding === 'both') encodings.push('json');
  for (const encoding of encodings) process.stdout.write(`${writeInputs(folder, sizes, encoding).spans}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
