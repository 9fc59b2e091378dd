/**
 * How long an LZ4 frame will be when it is unpacked, without unpacking it.
 *
 * What: walks the blocks of the frame, and in each the tokens: so many literal bytes, then a copy of so many bytes from before.
 * Lengths are summed up, nothing is written. Why: a frame need not say its size, and 255 bytes may come out of one.
 *
 * Cost: a step a token, at most one a packed byte; it stops once the sum is above what is asked about.
 * Worked example: token 0x14, one literal, offset 1, i.e. (1 literal) + (4 + 4 copied) = 9 bytes.
 * Source: lz4 Frame format 1.6 and Block format descriptions.
 */
const MAGIC = 0x184d2204;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_DICTIONARY = 0x01;
const NOT_COMPRESSED = 0x8000_0000;
const MIN_MATCH = 4;
const LONGER = 15;

/**
 * Bytes that come out of a frame; it stops counting once they are more than `most`.
 * @throws RangeError when the frame ends in the middle of something
 */
export function lz4Size(frame: Buffer, most: number): number {
  if (frame.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = frame.readUInt8(4);
  // Magic, flags, block size, header checksum, and what the flags say is between.
  let at = 7 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0);
  let size = 0;
  while (size <= most && at + 4 <= frame.length) {
    const word = frame.readUInt32LE(at);
    at += 4;
    if (word === 0) return size;
    const length = word % NOT_COMPRESSED;
    if (length > frame.length - at) throw new RangeError('an LZ4 block ends too early');
    size += word >= NOT_COMPRESSED ? length : blockSize(frame, at, at + length, most - size);
    at += length + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0);
  }
  return size;
}

function blockSize(frame: Buffer, from: number, end: number, most: number): number {
  let at = from;
  let size = 0;
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < LONGER) return sum;
    for (let byte = 255; byte === 255; sum += byte) {
      if (at >= end) throw new RangeError('an LZ4 length ends too early');
      byte = frame.readUInt8(at++);
    }
    return sum;
  };
  while (at < end && size <= most) {
    const token = frame.readUInt8(at++);
    const literals = length(token >> 4);
    at += literals;
    size += literals;
    // The last sequence has no copy.
    if (at >= end) break;
    at += 2;
    size += length(token & LONGER) + MIN_MATCH;
  }
  return size;
}
