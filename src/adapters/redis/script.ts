/** Lua that runs on the server: one operation a file, whose header says its KEYS, ARGV, reply and cost. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Script {
  source: string;
  /** By which a server knows it once it was loaded. */
  sha: string;
}

/** @param name of a file beside this one, without its ending */
export function scriptOf(name: string): Script {
  const source = readFileSync(fileURLToPath(new URL(`${name}.lua`, import.meta.url)), 'utf8');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
