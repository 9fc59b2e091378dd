/** Writes generated files, or, with `--check`, says which of them are not fresh and fails. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @param files content by path from the root of the project */
export function generate(files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(ROOT, path);
    if (!process.argv.includes('--check')) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      process.stderr.write(`${path}: written\n`);
    } else if (contentOf(file) !== content) {
      process.stderr.write(`${path}: not fresh; run this tool without --check\n`);
      process.exitCode = 1;
    }
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
