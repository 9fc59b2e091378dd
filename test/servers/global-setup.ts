/**
 * The folder of the servers of one test run: made before, with nothing in it, and cleared after, whatever the tests said.
 * Who sets COUNTERFOIL_TEST_SERVERS keeps it: servers that run there stay, and the next run finds them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clear, OWNER_FILE, SERVERS_FOLDER } from './kit.ts';

let own: string | undefined;

export function setup(): void {
  const given = process.env[SERVERS_FOLDER];
  if (given !== undefined) {
    mkdirSync(given, { recursive: true });
    return;
  }
  own = mkdtempSync(join(tmpdir(), 'counterfoil-servers-'));
  writeFileSync(join(own, OWNER_FILE), String(process.pid));
  process.env[SERVERS_FOLDER] = own;
}

export async function teardown(): Promise<void> {
  if (own === undefined) return;
  await clear(own);
  rmSync(own, { recursive: true, force: true });
}
