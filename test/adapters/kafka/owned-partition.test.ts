// Goal: a partition whose records were all taken stands at its end, whatever else lies there: markers of transactions, and records that were
// aborted or compacted away, which may come while the records before them are still being taken.
import { describe, expect, it } from 'vitest';
import type { FetchedPartition } from '../../../src/adapters/kafka/fetch-response.ts';
import { OwnedPartition } from '../../../src/adapters/kafka/owned-partition.ts';

function fetched(next: number, offsets: readonly number[]): FetchedPartition {
  const headers = new Map<string, Buffer>();
  const records = offsets.map((offset) => ({
    offset,
    headers,
    timestamp: 0,
    brokerTime: false,
    value: Buffer.from('x'),
    unreadable: null,
  }));
  return { topic: 't', partition: 0, error: 0, begin: 0, end: next, next, records };
}

describe('[K11] a partition that a reader owns', () => {
  it('is at its end when what came behind the records that are being taken holds none', () => {
    const partition = new OwnedPartition({ topic: 't', partition: 0 }, 0);
    partition.add(fetched(2, [0, 1]));
    partition.taking = true;
    const taken = partition.next();
    partition.add(fetched(4, []));
    expect(partition.done).toBe(0);
    partition.done = taken?.batch.after.position ?? -1;
    partition.taking = false;
    expect(partition.done).toBe(4);
    expect(partition.isSettled).toBe(true);
  });

  it('has not passed what lies behind records that were set back to', () => {
    const partition = new OwnedPartition({ topic: 't', partition: 0 }, 0);
    partition.add(fetched(2, [0, 1]));
    partition.taking = true;
    partition.next();
    partition.setTo(1);
    partition.add(fetched(4, []));
    partition.taking = false;
    // Nothing of the new turn lies before it, so it is done; what the former turn gives does not count.
    expect(partition.done).toBe(4);
    expect(partition.isSettled).toBe(true);
  });
});
