/** Goal: a payment whose id is a card number is found by it, and the number is in no output and no file. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const PAN = '4111111111111111';
const dir = mkdtempSync(join(tmpdir(), 'counterfoil-card-'));
const data = join(dir, 'data');

beforeAll(() => {
  const payment = {
    id: PAN,
    time: '2026-03-10T14:00:00Z',
    state: 'authorized',
    rail: 'card',
    amount: '1.00',
    currency: 'EUR',
  };
  writeFileSync(join(dir, 'payments.ndjson'), `${JSON.stringify(payment)}\n`);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('a card number as an id', () => {
  test('is found by lookup and explain, and shown as its token only', async () => {
    const written = await runCli(['correlate', '--payments', join(dir, 'payments.ndjson'), '--data', data]);
    expect(written.status).toBe(0);
    const asked = [
      await runCli(['lookup', '4111 1111 1111 1111', '--data', data]),
      await runCli(['explain', PAN, '--data', data]),
      await runCli(['lookup', '5555555555554444', '--data', data]),
    ];
    expect(asked.map(({ status }) => status)).toEqual([0, 0, 1]);
    expect(asked[0]?.stdout).toMatch(/tok_[0-9a-f]{32}/);
    for (const { stdout, stderr } of [written, ...asked]) {
      expect(stdout + stderr).not.toMatch(/4111[ -]?1111|5555[ -]?5555/);
    }
    for (const name of readdirSync(data)) expect(readFileSync(join(data, name), 'latin1')).not.toContain(PAN);
  });
});
