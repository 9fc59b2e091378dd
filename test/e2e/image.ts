/**
 * What the image of the Dockerfile holds, laid out in a folder: there is no container engine where tests run. Production dependencies are those
 * that `npm ci --omit=dev` would install by the lock file, the sources are compiled, and of the rest just what the last stage copies.
 *
 * As root it is run as another user, as in the container, with a copy of Node that this user can reach.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { Program } from '../cli/run-cli.ts';
import { copiesOf, dockerfile, ROOT } from '../deploy/dockerfile.ts';

const USER = 1000;
const READABLE = 0o755;

export interface Image {
  folder: string;
  program: Program;
  remove(): void;
}

export function layImage(): Image {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-image-'));
  chmodSync(folder, READABLE);
  const app = join(folder, 'app');
  mkdirSync(app);
  execFileSync(process.execPath, [join(ROOT, 'tools/build.ts'), join(app, 'dist')], { stdio: 'inherit' });
  for (const { sources, target } of copiesOf(dockerfile().at(-1)))
    for (const source of sources)
      cpSync(join(ROOT, source), placeOf(app, source, target), { recursive: true });
  for (const path of productionPackages()) copyPackage(path, app);
  const node = join(folder, 'node');
  // Not by this process: another thread of it that starts a program just then lends it the file that is open for writing, and no system
  // runs a file that somebody may write.
  execFileSync('cp', [process.execPath, node]);
  chmodSync(node, READABLE);
  const isRoot = process.getuid?.() === 0;
  return {
    folder: app,
    program: { node, main: join(app, 'bin/counterfoil.js'), ...(isRoot ? { uid: USER } : {}) },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** COPY puts a file into a target that ends with a slash, and the content of a folder into the target itself. */
function placeOf(app: string, source: string, target: string): string {
  return target.endsWith('/') ? join(app, target, source.split('/').at(-1) ?? '') : join(app, target);
}

/** `node_modules/…` of every package that is no development dependency and is installed on this platform. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path)));
}

/** Without the packages inside it, each of which has an entry of its own. */
function copyPackage(path: string, app: string): void {
  const from = join(ROOT, path);
  const inner = join(from, 'node_modules') + sep;
  cpSync(from, join(app, path), { recursive: true, filter: (file) => !`${file}${sep}`.startsWith(inner) });
}
