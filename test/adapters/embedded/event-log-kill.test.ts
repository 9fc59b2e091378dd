// Goal: a real process, really killed, loses nothing that it acknowledged.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { takeAll } from '../../conformance/event-log.suite.ts';

const APPENDER = fileURLToPath(new URL('event-log-appender.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'counterfoil-event-log-kill-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the appender, and kills it after some answers; returns the whole lines that it printed. */
async function appendAndKill(life: number, answers: number): Promise<string[]> {
  const child = spawn(process.execPath, [APPENDER, directory, String(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.split('\n').length > answers) child.kill('SIGKILL');
  }
  return printed.split('\n').slice(0, -1);
}

describe('kill -9', () => {
  it('loses nothing that was acknowledged, over several lives of one log', { timeout: 120_000 }, async () => {
    const promised = new Map<number, string>();
    for (const [life, answers] of [1, 40, 150, 400].entries()) {
      for (const line of await appendAndKill(life, answers)) {
        const [offset = '', text = ''] = line.split(' ');
        expect(promised.has(Number(offset))).toBe(false);
        promised.set(Number(offset), text);
      }
      const log = await openEventLog({ directory, segmentBytes: 200_000 });
      const texts = (await takeAll(log)).map(({ value }) =>
        Buffer.from(value).toString().replace(/\.+$/, ''),
      );
      for (const [offset, text] of promised) expect(texts[offset]).toBe(text);
      expect(new Set(texts).size).toBe(texts.length);
      await log.close();
    }
    expect(promised.size).toBeGreaterThan(500);
  });

  it('leaves files that only their owner reads', async () => {
    const log = await openEventLog({ directory });
    await log.close();
    expect(statSync(join(directory, 'log')).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'log', '0000000000000000.log')).mode & 0o777).toBe(0o600);
  });

  it('takes and gives back a value of 64 MiB', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(directory, 'large-'));
    const value = Buffer.alloc(2 ** 26, 'counterfoil');
    const first = await openEventLog({ directory: folder });
    await Promise.all([value, Buffer.from('x')].map((each) => first.append({ value: each, from: 1, to: 1 })));
    await first.close();
    const log = await openEventLog({ directory: folder });
    const records = await takeAll(log);
    expect(records.map((record) => record.value.length)).toEqual([2 ** 26, 1]);
    expect(value.equals(records[0]?.value ?? new Uint8Array(0))).toBe(true);
    await log.close();
  });
});
