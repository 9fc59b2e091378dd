import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/counterfoil.js', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
/** Makes the launcher believe that it runs on an old Node. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-bin-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function launch(args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** A package that holds the launcher and, where asked for, a main module that says who runs it. */
function packageWith(name: string, mains: string[]): string {
  const root = join(dir, name);
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  copyFileSync(BIN, join(root, 'bin/counterfoil.js'));
  for (const main of mains) {
    mkdirSync(join(root, main, '..'), { recursive: true });
    writeFileSync(join(root, main), `process.stdout.write('${main} ' + process.argv.slice(2).join(' '));`);
  }
  return join(root, 'bin/counterfoil.js');
}

test('runs the command line on a Node that is new enough', async () => {
  expect(await launch([BIN, '--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('an old Node hands over to the one that the package brought, with its exit status', async () => {
  expect((await launch(['--import', OLD_NODE, BIN, '--version'])).stdout).toBe(`${version}\n`);
  expect((await launch(['--import', OLD_NODE, BIN, 'nonsense'])).status).toBe(2);
});

test('an old Node alone says what is needed', async () => {
  const { status, stderr } = await launch(['--import', OLD_NODE, packageWith('alone', ['src/cli/main.ts'])]);
  expect(status).toBe(1);
  expect(stderr).toContain('Node 24 or later is needed; this is 20.1.0');
});

test('built files come before sources; a package without either says so', async () => {
  const both = packageWith('both', ['dist/cli/main.js', 'src/cli/main.ts']);
  expect((await launch([both, 'a', 'b'])).stdout).toBe('dist/cli/main.js a b');
  expect((await launch([packageWith('source', ['src/cli/main.ts']), 'a'])).stdout).toBe('src/cli/main.ts a');
  const none = await launch([packageWith('none', [])]);
  expect([none.status, none.stderr.includes('not complete')]).toEqual([1, true]);
});
