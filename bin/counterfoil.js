#!/usr/bin/env node
// Starts the command line on a Node that can run it: 24 or later. The machine's own Node may be older; then the one
// that the package `node` brought along is used. Plain JavaScript of the oldest kind, so that an old Node gets this far.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = [join(root, 'dist/cli/main.js'), join(root, 'src/cli/main.ts')].find((file) => existsSync(file));

/** Node of the package `node`, where it is installed beside this package or above it. */
function bundledNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    return [join(folder, 'bin/node'), join(folder, 'bin/node.exe')].find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

function fail(message) {
  process.stderr.write(`counterfoil: ${message}\n`);
  process.exitCode = 1;
}

/** Runs the other Node in our place: same streams, signals passed on, its exit status ours. */
function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // Ctrl-C reaches both of us through the terminal; a second one would end the child before it has closed its files.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => fail(`${node} could not be started (${error.code}).`));
  child.on('exit', (status, signal) => {
    process.exitCode = signal === null ? status : 128 + (constants.signals[signal] ?? 0);
  });
}

if (main === undefined) {
  fail(
    'this package is not complete: neither dist/cli/main.js nor src/cli/main.ts is there. Install it again.',
  );
} else if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import(pathToFileURL(main).href);
} else {
  const node = bundledNode();
  if (node !== undefined) runWith(node);
  else {
    fail(
      `Node ${NEEDED} or later is needed; this is ${process.versions.node}. Install it, or run: npm install node@${NEEDED}`,
    );
  }
}
