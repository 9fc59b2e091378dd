/** `npm run build`: JavaScript for publishing into dist/, since Node does not strip types inside node_modules. */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

rmSync(DIST, { recursive: true, force: true });
const tsc = join(ROOT, 'node_modules/.bin/tsc');
const { status } = spawnSync(tsc, ['--project', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
// The page is served as it is written.
cpSync(join(ROOT, 'src/web'), join(DIST, 'web'), {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
});
process.exitCode = status ?? 1;
