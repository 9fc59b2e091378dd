// Goal: a span log gives back what was appended, in that order, as often as it is asked, however much memory it has.
import { describe, expect, it } from 'vitest';
import type { SpanLog } from '../../src/ports/span-log.ts';

/** A chunk whose bytes say which one it is. */
function chunk(number: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (number * 31 + i) % 251);
}

export function spanLogSuite(name: string, open: () => SpanLog): void {
  describe(`${name}: a span log`, () => {
    it('gives nothing before anything was appended', () => {
      const log = open();
      expect([...log.chunks()]).toEqual([]);
      expect(log.bytes).toBe(0);
      log.close();
    });

    it('gives every chunk once, in order, and again', () => {
      const log = open();
      const chunks = Array.from({ length: 50 }, (_, i) => chunk(i, (i * 997) % 5_000));
      for (const each of chunks) log.append(each);
      expect(log.bytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
      for (let pass = 0; pass < 3; pass += 1)
        expect([...log.chunks()].map(bytesOf)).toEqual(chunks.map(bytesOf));
      log.close();
    });

    it('lets two readers read at their own pace, and one stop early', () => {
      const log = open();
      for (let i = 0; i < 10; i += 1) log.append(chunk(i, 1_000));
      const slow = log.chunks()[Symbol.iterator]();
      expect(bytesOf(slow.next().value)).toEqual(bytesOf(chunk(0, 1_000)));
      expect([...log.chunks()]).toHaveLength(10);
      expect(bytesOf(slow.next().value)).toEqual(bytesOf(chunk(1, 1_000)));
      slow.return?.();
      log.append(chunk(10, 1_000));
      expect([...log.chunks()]).toHaveLength(11);
      log.close();
    });

    it('gives chunks that typed arrays can be laid over', () => {
      const log = open();
      for (let i = 0; i < 5; i += 1) log.append(chunk(i, 800 + i * 8));
      for (const each of log.chunks()) {
        expect(new Float64Array(each.buffer, each.byteOffset, each.length / 8)).toHaveLength(each.length / 8);
      }
      log.close();
    });

    it('closes twice, and takes nothing more', () => {
      const log = open();
      log.append(chunk(1, 100));
      log.close();
      log.close();
      expect(log.bytes).toBe(0);
      expect(() => log.append(chunk(2, 100))).toThrow('closed');
    });
  });
}

function bytesOf(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.alloc(0);
}
