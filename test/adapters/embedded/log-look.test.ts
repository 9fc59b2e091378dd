// Goal: a look at a log says all that is in it and all that is damaged, and how much of it was not read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { lookAtLog, type LogLook } from '../../../src/adapters/embedded/log-look.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-look-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const log = await openEventLog({ directory: folder, segmentBytes: 300 });
  for (let i = 0; i < 7; i += 1)
    await log.append({ value: Buffer.alloc(100, i), from: i * 10, to: i * 10 + 5 });
  await log.close();
});

async function look(maxBytes: number): Promise<{ look: LogLook | null; offsets: number[] }> {
  const offsets: number[] = [];
  return {
    look: await lookAtLog(folder, { maxBytes, onRecord: ({ offset }) => offsets.push(offset) }),
    offsets,
  };
}

describe('a look at the log', () => {
  it('sees every record, the newest segments first', async () => {
    const { look: seen, offsets } = await look(Infinity);
    expect(seen).toMatchObject({
      begin: 0,
      end: 7,
      segments: 4,
      unreadBytes: 0,
      earliest: 0,
      latest: 65,
      damage: [],
    });
    expect(offsets).toEqual([6, 4, 5, 2, 3, 0, 1]);
  });

  it('reads the newest as far as a limit, and says how much it did not [D6]', async () => {
    const { look: seen, offsets } = await look(500);
    expect(offsets).toEqual([6, 4, 5]);
    expect(seen).toMatchObject({ end: 7, unreadBytes: 600, earliest: 0 });
  });

  it('is null where there is none', async () => {
    expect(await lookAtLog(join(folder, 'nothing'), { maxBytes: 1, onRecord: () => undefined })).toBeNull();
    writeFileSync(join(folder, 'file'), '');
    expect(await lookAtLog(join(folder, 'file'), { maxBytes: 1, onRecord: () => undefined })).toBeNull();
  });
});
