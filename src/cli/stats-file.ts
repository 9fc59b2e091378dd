/** The accounts of a run as a JSON file, for programs. */
import { writeFileSync } from 'node:fs';
import type { Accounting } from '../model/accounting.ts';
import type { Flag } from './arguments.ts';

export const STATS_FLAG: Flag = { name: 'stats', value: 'FILE', help: 'Write the accounts as JSON.' };

/** @param more what else is counted */
export function writeStats(file: string, accounting: Accounting, more: object): void {
  writeFileSync(file, `${JSON.stringify({ ...accounting, ...more }, null, 2)}\n`);
}
