/**
 * The records of one request body: the readers of files, over bytes that are there already.
 *
 * A request says what it holds, so nothing is guessed where guessing costs: protobuf is one message, whole. What is said to be
 * JSON is looked at as files are, because whoever posts a zip archive as JSON wants to be told so, once, and not line by line.
 *
 * Cost: plain bodies are not copied; compressed ones become larger chunk by chunk, and are given up at the first byte
 * beyond a limit.
 */
import type { RawRecord, RecordSource } from '../../ports/record-source.ts';
import { ContentReader, NO_HINTS } from './content-reader.ts';
import { decompressed, DecompressionError, type Meter } from './decompress.ts';
import { RecordSink } from './record-sink.ts';
import { DEFAULT_SOURCE_LIMITS, messageTooLarge, type SourceLimits } from './source-limits.ts';
import type { IsTextRecord } from './text-lines.ts';

export interface Body {
  /** Stands in the places of refusals. */
  name: string;
  bytes: Uint8Array;
  encoding: 'identity' | 'gzip' | 'zstd';
  /** `json` stands for any text. */
  media: 'json' | 'protobuf';
  /** Whether numbers of JSON that would be rounded are kept as text. */
  exact?: boolean;
}

export interface BodySettings {
  excerpt: (text: string) => string;
  limits?: Partial<SourceLimits>;
  /** Which lines of text are records; absent or null: none is. */
  isTextRecord?: IsTextRecord | null;
}

/** @param body not changed by anybody from now on */
export function openBody(body: Body, settings: BodySettings): RecordSource {
  const limits = { ...DEFAULT_SOURCE_LIMITS, ...settings.limits };
  return new BodySource(body, { ...settings, limits });
}

const MAGIC = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd] } as const;
const PACKINGS = ['gzip', 'zstd'] as const;

function isPacked(bytes: Uint8Array, packing: keyof typeof MAGIC): boolean {
  return MAGIC[packing].every((byte, i) => bytes[i] === byte);
}

class BodySource implements RecordSource {
  readonly name: string;
  readonly totalBytes: number;
  readonly #body: Body;
  readonly #settings: BodySettings;
  readonly #limits: SourceLimits;
  readonly #meter: Meter = { bytesRead: 0 };

  constructor(body: Body, settings: BodySettings & { limits: SourceLimits }) {
    this.name = body.name;
    this.totalBytes = body.bytes.length;
    this.#body = body;
    this.#settings = settings;
    this.#limits = settings.limits;
  }

  get bytesRead(): number {
    return this.#meter.bytesRead;
  }

  async *records(): AsyncGenerator<RawRecord[]> {
    const { excerpt, isTextRecord = null } = this.#settings;
    const { media, exact = false } = this.#body;
    const sink = new RecordSink(this.name, excerpt, this.#limits.keptRefusals, exact);
    let position = 0;
    try {
      if (media === 'protobuf') await this.#readMessage(sink);
      else {
        const reader = new ContentReader(sink, this.#limits, { ...NO_HINTS, isTextRecord });
        for await (const chunk of this.#chunks()) {
          position += chunk.length;
          reader.push(chunk);
          const batch = sink.take();
          if (batch.length > 0) yield batch;
          if (reader.stopped) break;
        }
        if (!reader.stopped) reader.end();
      }
    } catch (error) {
      if (!(error instanceof DecompressionError)) throw error;
      sink.refuse({ reason: 'decompression', text: error.message, line: 0, column: position }, 0, null);
    }
    const last = sink.take();
    if (last.length > 0) yield last;
  }

  /** An empty body is an empty message: valid, and nothing. */
  async #readMessage(sink: RecordSink): Promise<void> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#chunks()) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= this.#limits.messageBytes) continue;
      const text = messageTooLarge(this.#limits);
      sink.refuse({ reason: 'too_large', text, line: 0, column: 0 }, bytes, null);
      return;
    }
    if (bytes > 0)
      sink.protobuf(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks), 0);
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const { bytes, encoding } = this.#body;
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (encoding === 'identity') {
      this.#meter.bytesRead = whole.length;
      const packed = PACKINGS.find((each) => isPacked(whole, each));
      if (packed !== undefined)
        throw new DecompressionError(
          `it is ${packed}, and nothing says so: name it in Content-Encoding, or leave the packing of records to the producer (compression.type)`,
        );
      if (whole.length > 0) yield whole;
      return;
    }
    if (!isPacked(whole, encoding))
      throw new DecompressionError(
        `the Content-Encoding says ${encoding}, and the body is not ${encoding}; leave the header out, or pack the body`,
      );
    yield* decompressed(once(whole), this.#meter, this.#limits);
  }
}

async function* once(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}
