// Goal: what `npm pack` puts into the package is all that it takes. Method: the listed files, and the compiled sources
// in place of the sources, in an empty folder with the production dependencies; then the demo runs there.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-package-'));

interface Manifest {
  files: string[];
  dependencies: Record<string, string>;
  version: string;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function node(cwd: string, ...args: string[]): string {
  return execFileSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

it(
  'runs the demo, compiled, with nothing but its own files and production dependencies',
  { timeout: 120_000 },
  () => {
    node(ROOT, 'tools/build.ts', join(scratch, 'dist'));
    for (const name of ['package.json', ...manifest.files.filter((file) => file !== 'dist/')]) {
      cpSync(join(ROOT, name), join(scratch, name), { recursive: true });
    }
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(scratch, 'node_modules', name);
      mkdirSync(join(link, '..'), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
    expect(existsSync(join(scratch, 'src'))).toBe(false);
    expect(node(scratch, 'bin/counterfoil.js', '--version').trim()).toBe(manifest.version);
    const demo = node(scratch, 'bin/counterfoil.js', 'demo', '--once');
    expect(demo).toBe(node(ROOT, 'src/cli/main.ts', 'demo', '--once'));
    expect(demo).toContain('pay_0299');
  },
);
