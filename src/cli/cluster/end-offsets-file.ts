/** `--until-offsets FILE`: where a bounded run ends in each partition of its topics, as JSON. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EndOffsets } from '../../runtime/workers/end-offsets.ts';
import { usage } from '../arguments.ts';

const VERB = { name: 'run' };
const FORM = '{"TOPIC": [of partition 0, of partition 1, …]}, the offset behind the last record that is read';

/** @throws CounterfoilError CF_USAGE when it cannot be read, or says something else */
export function readEndOffsets(path: string, cwd: string): EndOffsets {
  const value = valueIn(path, cwd);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path);
  return new Map(
    Object.entries(value).map(([topic, offsets]) => {
      if (!isOffsets(offsets)) throw wrong(path);
      return [topic, offsets];
    }),
  );
}

function valueIn(path: string, cwd: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(cwd, path), 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(path);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw usage(VERB, `--until-offsets ${path} cannot be read (${code})`);
  }
}

function isOffsets(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
}

function wrong(path: string): Error {
  return usage(VERB, `--until-offsets ${path} must hold ${FORM}`);
}
