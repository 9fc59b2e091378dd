/** A healthy data folder, copies of it with one fault each, and what the checks say of them. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { Looks } from '../../../src/cli/doctor/check.ts';
import { lookAtFolder } from '../../../src/cli/doctor/folder-look.ts';
import { lookAtMachine } from '../../../src/cli/doctor/machine-look.ts';
import type { CHECKS } from '../../../src/cli/doctor/checks.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { contentsOf, diagnose, Folders, QUIET_ARGS, startedRun, type Circumstances } from './diagnose.ts';

/** What runs once for each file of tests. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

export const folders = new Folders();
export const healthy = folders.fresh();
export const SECRET = 'a-secret-that-nobody-may-ever-see-0001';
export const now = (): number => Date.now() * 1_000;
afterAll(() => folders.remove());

beforeAll(async () => {
  const live = await startedRun(healthy);
  await live.stop();
});

/** What a check says of a folder; looking changes nothing of it. */
export async function foundIn(
  folder: string,
  check: string,
  args: string[] = [],
  circumstances: Circumstances = {},
): Promise<FindingPart[]> {
  const before = contentsOf(folder);
  const { of, status, document, text } = await diagnose(
    ['--data', folder, ...QUIET_ARGS, ...args],
    circumstances,
  );
  expect(contentsOf(folder)).toEqual(before);
  expect(status).toBe(document.counts.problem > 0 ? 1 : 0);
  expect(text).not.toContain(SECRET);
  for (const { level, why, to_do } of of(check)) {
    const isTrouble = level === 'problem' || level === 'warning';
    expect([why !== null, to_do !== null]).toEqual([isTrouble, isTrouble]);
  }
  return of(check);
}

export const trouble = (level: FindingPart['level'], found: string | RegExp): object => ({
  level,
  found: typeof found === 'string' ? expect.stringContaining(found) : expect.stringMatching(found),
});

/** Changes one byte of a file. */
export function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

export const segmentsOf = (folder: string): string[] =>
  readdirSync(join(folder, 'log'))
    .toSorted()
    .map((name) => join(folder, 'log', name));

/** Looks with some of them made up, for what no test can bring about on any machine. */
export async function judged(checks: typeof CHECKS, name: string, over: Partial<Looks>): Promise<object[]> {
  const config = { 'log.max_bytes': 2 ** 34, 'intake.max_in_flight_bytes': 2 ** 26 };
  const looks = {
    config,
    machine: lookAtMachine(),
    folder: lookAtFolder(healthy),
    index: {},
    log: null,
    servers: null,
    ...over,
  };
  return [
    await checks.find((check) => check.name === name)?.run(looks as unknown as Looks),
  ].flat() as object[];
}
