/**
 * Cuts a protobuf stream into messages. Up to the size limit of one message it holds the bytes, so that the whole file
 * decides how it is framed; what is longer can only be messages behind lengths, and streams.
 */
import { ByteWindow } from './byte-window.ts';
import { framingOf, lengthsOf, type Framing, type ReadLength } from './protobuf-frames.ts';
import type { RecordSink } from './record-sink.ts';
import { messageTooLarge, type SourceLimits } from './source-limits.ts';

const LONGEST_LENGTH = 5;

export class ProtobufReader {
  readonly #window = new ByteWindow();
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  /** Of this input; null before its first byte. */
  #lengthAt: ReadLength | null = null;
  #streaming = false;
  #stopped = false;

  constructor(sink: RecordSink, limits: SourceLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Nothing more of the input will be read. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#lengthAt ??= lengthsOf(chunk);
    this.#window.append(chunk);
    if (!this.#streaming && this.#window.end <= this.#limits.messageBytes) return;
    this.#streaming ||= this.#startsDelimited();
    if (this.#streaming) this.#takeMessages();
    else this.#stop('too_large', messageTooLarge(this.#limits));
  }

  /** @returns the bytes, nothing of them taken, when they are no protobuf at all; else null */
  end(): Buffer | null {
    if (this.#stopped) return null;
    if (this.#streaming) {
      this.#takeMessages();
      this.#refuseRest();
      return null;
    }
    const bytes = this.#window.view(0, this.#window.end);
    const framing = framingOf(bytes);
    if (framing === 'neither') return bytes;
    this.#takeWhole(bytes, framing);
    return null;
  }

  #takeWhole(bytes: Buffer, framing: Framing): void {
    if (framing === 'one') {
      this.#sink.protobuf(Buffer.from(bytes), 0);
      return;
    }
    this.#takeMessages();
    this.#refuseRest();
  }

  #startsDelimited(): boolean {
    const { bytes } = this.#window;
    const frame = this.#frameAt(0, bytes.length);
    const end = frame === null ? 0 : frame.next + frame.length;
    return (
      frame !== null &&
      frame.length > 0 &&
      end <= this.#window.end &&
      framingOf(bytes.subarray(0, end)) === 'delimited'
    );
  }

  #frameAt(at: number, end: number): ReturnType<ReadLength> {
    return this.#lengthAt?.(this.#window.bytes, at, end) ?? null;
  }

  #takeMessages(): void {
    const window = this.#window;
    for (;;) {
      const at = window.index(window.start);
      const end = window.index(window.end);
      const frame = this.#frameAt(at, end);
      if (frame === null) break;
      if (frame.length > this.#limits.messageBytes) {
        return this.#stop('too_large', messageTooLarge(this.#limits));
      }
      if (frame.next + frame.length > end) break;
      const offset = window.start + (frame.next - at);
      // A copy: the record outlives the window.
      this.#sink.protobuf(Buffer.from(window.view(offset, offset + frame.length)), offset);
      window.release(offset + frame.length);
    }
    const left = window.end - window.start;
    if (
      left > LONGEST_LENGTH &&
      this.#frameAt(window.index(window.start), window.index(window.end)) === null
    ) {
      this.#stop('not_protobuf', 'expected the length of a message');
    }
  }

  #refuseRest(): void {
    const left = this.#window.end - this.#window.start;
    if (left > 0 && !this.#stopped)
      this.#stop('truncated', 'the message breaks off before its length is reached');
  }

  #stop(reason: 'too_large' | 'not_protobuf' | 'truncated', text: string): void {
    const { start, end } = this.#window;
    this.#sink.refuse({ reason, text, line: 0, column: start }, end - start, null);
    this.#window.release(end);
    this.#stopped = true;
  }
}
