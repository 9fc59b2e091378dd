/** What a file source may cost: a limit on everything that an input can make large. */

export interface SourceLimits {
  /** Bytes of one JSON record, after decompression. */
  recordBytes: number;
  /** Bytes of one protobuf message. */
  messageBytes: number;
  /** Containers within containers in one JSON record. */
  depth: number;
  /** Bytes that one input may become when it is decompressed. */
  decompressedBytes: number;
  /** Decompressed bytes per compressed byte, checked from `ratioFloorBytes` decompressed bytes on. */
  ratio: number;
  ratioFloorBytes: number;
  /** Refusals per input that keep their text and excerpt; further ones are counted. */
  keptRefusals: number;
  /** Files that the given paths may hold in all. */
  files: number;
}

const MIB = 1024 * 1024;

/** @param what is too large */
export function recordTooLarge(what: string, { recordBytes }: SourceLimits): string {
  return `${what} is larger than ${recordBytes} bytes; write smaller ones, or raise limits.record_bytes`;
}

export function messageTooLarge({ messageBytes }: SourceLimits): string {
  return `the message is larger than ${messageBytes} bytes; send smaller batches, or raise limits.record_bytes (a message may have four times as much)`;
}

export const DEFAULT_SOURCE_LIMITS: Readonly<SourceLimits> = Object.freeze({
  recordBytes: 16 * MIB,
  messageBytes: 64 * MIB,
  depth: 64,
  decompressedBytes: 64 * 1024 * MIB,
  ratio: 1_000,
  ratioFloorBytes: 16 * MIB,
  keptRefusals: 1_000,
  files: 100_000,
});
