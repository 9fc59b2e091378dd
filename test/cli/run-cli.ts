/** Runs the command line as a process of its own, as users do. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface CliRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as it is installed somewhere. */
export interface Program {
  node: string;
  main: string;
  /** Whom it runs as; absent: as whoever runs the tests. */
  uid?: number;
}

export interface CliSettings {
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
  /** Default: the sources. */
  program?: Program;
}

const SOURCES: Program = { node: process.execPath, main: MAIN };

/** Starts it; the caller ends it. */
export function startCli(args: readonly string[], { env = {}, cwd, program = SOURCES }: CliSettings = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const { node, main, uid } = program;
  return spawn(node, [main, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/** Runs it to its end. */
export async function runCli(args: readonly string[], settings: CliSettings = {}): Promise<CliRun> {
  const child = startCli(args, settings);
  const run: CliRun = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (run.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (run.stderr += text));
  // A process that ends without reading its input closes the pipe; that is no fault of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(settings.stdin ?? '');
  run.status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return run;
}
