/**
 * `npm run build`: JavaScript for publishing into dist/, since Node does not strip types inside node_modules.
 *
 *   node tools/build.ts [FOLDER]      into another folder than dist/
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(ROOT, process.argv[2] ?? 'dist');

rmSync(target, { recursive: true, force: true });
const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
const args = [compiler, '--project', 'tsconfig.build.json', '--outDir', target];
const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
// The page is served as it is written.
const isAsset = (path: string): boolean => !path.endsWith('.ts');
cpSync(join(ROOT, 'src/web'), join(target, 'web'), { recursive: true, filter: isAsset });
// Scripts of Redis are read as they are written.
const redis = join(ROOT, 'src/adapters/redis');
for (const file of readdirSync(redis).filter((name) => name.endsWith('.lua')))
  cpSync(join(redis, file), join(target, 'adapters/redis', file));
process.exitCode = status ?? 1;
