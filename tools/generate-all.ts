/** Runs everything that writes generated files: tools/generate-*.ts, generate.ts of each example, the README's output. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const generators = [
  ...readdirSync(join(ROOT, 'tools'))
    .filter((name) => name.startsWith('generate-') && name !== basename(import.meta.url))
    .map((name) => join('tools', name)),
  ...readdirSync(join(ROOT, 'examples')).map((name) => join('examples', name, 'generate.ts')),
  // Last, because it runs the demo, which reads what the others write.
  join('tools', 'update-readme.ts'),
].filter((path) => existsSync(join(ROOT, path)));

for (const path of generators) {
  const { status } = spawnSync(process.execPath, [path, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
