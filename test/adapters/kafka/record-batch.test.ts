// Goal: what a broker sends is read as it was written, or said to be unreadable; nothing a sender can write stops a reader.
import { crc32c } from '@platformatic/wasm-utils';
import { describe, expect, it } from 'vitest';
import { CODECS, pack, type Codec } from '../../../src/adapters/kafka/codecs.ts';
import { readBatches } from '../../../src/adapters/kafka/record-batch.ts';

interface BatchForTest {
  base: number;
  values: readonly (string | null)[];
  codec?: Codec;
  /** Offset of the last record, where compaction took some away. */
  last?: number;
  attributes?: number;
  producerId?: bigint;
  /** Of a control batch: 0 aborted, 1 committed. */
  marker?: number;
  count?: number;
}

function varint(value: number): Buffer {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  const bytes: number[] = [];
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function recordOf(delta: number, value: string | null, key: Buffer | null): Buffer {
  const bytes = value === null ? null : Buffer.from(value);
  const header = Buffer.from('part');
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(delta * 10),
    varint(delta),
    ...(key === null ? [varint(-1)] : [varint(key.length), key]),
    ...(bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]),
    varint(1),
    varint(header.length),
    header,
    varint(1),
    Buffer.from('h'),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function batchOf({
  base,
  values,
  codec = 'none',
  last,
  attributes = 0,
  producerId = -1n,
  marker,
  count,
}: BatchForTest): Buffer {
  const key = marker === undefined ? null : Buffer.from([0, 0, 0, marker]);
  const records = pack(codec, Buffer.concat(values.map((value, i) => recordOf(i, value, key))));
  const batch = Buffer.alloc(61 + records.length);
  batch.writeBigInt64BE(BigInt(base), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(attributes | CODECS.indexOf(codec), 21);
  batch.writeInt32BE((last ?? base + values.length - 1) - base, 23);
  batch.writeBigInt64BE(1_000n, 27);
  batch.writeBigInt64BE(2_000n, 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt32BE(count ?? values.length, 57);
  records.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17);
  return batch;
}

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const BROKER_TIME = 0x08;

function read(
  bytes: Buffer,
  from: number,
  aborted: { producerId: bigint; firstOffset: number }[] = [],
): unknown {
  const { records, next } = readBatches(bytes, from, aborted);
  return {
    next,
    records: records.map(
      ({ offset, value, unreadable }) => `${offset}=${unreadable ?? value?.toString() ?? 'null'}`,
    ),
  };
}

describe('record batches', () => {
  it('[K6] of one fetch become no more together than one of them may, and one more', () => {
    const text = 'x'.repeat(600);
    const bytes = Buffer.concat([0, 1, 2, 3].map((base) => batchOf({ base, values: [text], codec: 'zstd' })));
    const limits = { bytes: 1_000, ratio: 250, freeBytes: 1_000 };
    const spent = { bytes: 0 };
    const first = readBatches(bytes, 0, [], limits, spent);
    expect([first.records.length, first.next]).toEqual([2, 2]);
    // Another partition of the same answer waits for the next fetch.
    const other = readBatches(bytes, 0, [], limits, spent);
    expect([other.records.length, other.next]).toEqual([0, 0]);
    const rest = readBatches(bytes, first.next, [], limits);
    expect([rest.records.length, rest.next]).toEqual([2, 4]);
  });

  it('gives records from the offset on, with times and headers, of whole batches only', () => {
    const bytes = Buffer.concat([
      batchOf({ base: 5, values: ['a', null, 'c'] }),
      batchOf({ base: 8, values: ['d'], codec: 'zstd', attributes: BROKER_TIME }),
      batchOf({ base: 9, values: ['e'] }).subarray(0, 70),
    ]);
    expect(read(bytes, 6)).toEqual({ next: 9, records: ['6=null', '7=c', '8=d'] });
    const { records } = readBatches(bytes, 0);
    expect(records.map(({ timestamp, brokerTime }) => [timestamp, brokerTime])).toEqual([
      [1_000, false],
      [1_010, false],
      [1_020, false],
      [2_000, true],
    ]);
    expect(records[0]?.headers.get('part')?.toString()).toBe('h');
    expect(read(Buffer.alloc(0), 4)).toEqual({ next: 4, records: [] });
  });

  it('[K7] says what is damaged, and goes on behind it', () => {
    const damaged = batchOf({ base: 2, values: ['b', 'c'] });
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    const bytes = Buffer.concat([
      batchOf({ base: 1, values: ['a'] }),
      damaged,
      batchOf({ base: 4, values: ['d'] }),
    ]);
    const where = 'the batch of offsets 2 to 3 cannot be read';
    expect(read(bytes, 0)).toEqual({
      next: 5,
      records: ['1=a', `3=${where}: its checksum does not match its bytes`, '4=d'],
    });
  });

  it('[K7] does not believe a batch that says to hold more than it does', () => {
    for (const count of [3, 2_000_000, -1]) {
      const { records, next } = readBatches(batchOf({ base: 1, values: ['a', 'b'], count }), 0);
      expect(records.at(-1)?.unreadable).toMatch(/^the batch of offsets 1 to 2 cannot be read/);
      expect(next).toBe(3);
    }
    const bomb = batchOf({ base: 1, values: ['0'.repeat(70 * 2 ** 20)], codec: 'zstd' });
    expect(readBatches(bomb, 0).records[0]?.unreadable).toMatch(/would become more than/);
  });

  it('goes on behind what compaction has emptied or cut', () => {
    const bytes = Buffer.concat([
      batchOf({ base: 1, values: [], last: 6 }),
      batchOf({ base: 7, values: ['a'], last: 9 }),
    ]);
    expect(read(bytes, 3)).toEqual({ next: 10, records: ['7=a'] });
    expect(read(batchOf({ base: 1, values: [], last: 6 }), 3)).toEqual({ next: 7, records: [] });
  });

  it('leaves out aborted transactions and control batches, and nothing else', () => {
    const of = (base: number, value: string, producerId: bigint): Buffer =>
      batchOf({ base, values: [value], attributes: TRANSACTIONAL, producerId });
    const end = (base: number, producerId: bigint, marker: number): Buffer =>
      batchOf({ base, values: [''], attributes: TRANSACTIONAL | CONTROL, producerId, marker });
    const bytes = Buffer.concat([
      of(1, 'kept', 7n),
      of(2, 'gone', 8n),
      batchOf({ base: 3, values: ['plain'], producerId: 8n }),
      end(4, 8n, 0),
      end(5, 7n, 1),
      of(6, 'later', 8n),
      end(7, 8n, 1),
    ]);
    expect(read(bytes, 0, [{ producerId: 8n, firstOffset: 2 }])).toEqual({
      next: 8,
      records: ['1=kept', '3=plain', '6=later'],
    });
  });
});
