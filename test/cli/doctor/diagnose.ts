/** Runs `doctor` in this process, and makes data folders for it to look at. */
import { chmodSync, cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { Out } from '../../../src/cli/terminal.ts';
import { verb } from '../../../src/cli/verbs/doctor.ts';
import { emptyInputAccounts, type InputName } from '../../../src/model/accounting.ts';
import type { DiagnosisDocument, FindingPart } from '../../../src/model/documents/diagnosis.ts';
import type { Instant } from '../../../src/model/instant.ts';
import { encodeFrame } from '../../../src/runtime/live/frame.ts';
import { startLive, until, type LiveProcess } from '../../e2e/live-process.ts';
import { FakeStream } from '../fakes.ts';

export interface Diagnosed {
  status: number;
  document: DiagnosisDocument;
  /** All that was printed. */
  text: string;
  /** The findings of a check. */
  of: (check: string) => FindingPart[];
  /** Warnings and problems as `level check`, but for what the machine that runs the tests may well have. */
  troubles: () => string[];
}

export interface Circumstances {
  env?: Record<string, string>;
  /** What the clock of the machine is ahead by, in microseconds. */
  ahead?: number;
}

/** Settings that hang on nothing of the machine that runs the tests. */
export const QUIET_ARGS = ['--http-port', '0', '--otlp-port', '0', '--log-max-bytes', '16MiB'];

export async function diagnose(
  args: readonly string[],
  { env = {}, ahead = 0 }: Circumstances = {},
): Promise<Diagnosed> {
  const [stdout, stderr] = [new FakeStream(false), new FakeStream(false)];
  const status = await verb.run(parseArguments(verb.spec, [...args, '-o', 'json']), {
    stdout: new Out(stdout, {}),
    stderr: new Out(stderr, {}),
    env,
    cwd: tmpdir(),
    home: tmpdir(),
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
  });
  const document = JSON.parse(stdout.text) as DiagnosisDocument;
  return {
    status,
    document,
    text: stdout.text + stderr.text,
    of: (check) => document.findings.filter((each) => each.check === check),
    troubles: () =>
      document.findings
        .filter(({ level, check }) => (level === 'problem' || level === 'warning') && !ofMachine(check))
        .map(({ check, level }) => `${level} ${check}`),
  };
}

function ofMachine(check: string): boolean {
  return ['folder.file-system', 'clock.synchronised', 'machine.open-files', 'elasticsearch.disk'].includes(
    check,
  );
}

/** A folder below which each test has its own copy of a data folder. */
export class Folders {
  readonly root = mkdtempSync(join(tmpdir(), 'counterfoil-doctor-'));
  #next = 0;

  /** A path at which there is nothing. */
  fresh(): string {
    this.#next += 1;
    return join(this.root, String(this.#next));
  }

  copyOf(folder: string): string {
    const path = this.fresh();
    cpSync(folder, path, { recursive: true, preserveTimestamps: true });
    // A copy has the modes of the files, and those of the umask for folders.
    for (const each of [path, join(path, 'log')]) chmodSync(each, 0o700);
    return path;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const now = (): string => new Date().toISOString();

export function paymentRecord(id: string): string {
  return JSON.stringify({
    id,
    time: now(),
    state: 'accepted',
    rail: 'sepa_ct',
    amount: '1.00',
    currency: 'EUR',
  });
}

function spanRequest(): string {
  const at = `${Date.now()}000000`;
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 'pay',
    startTimeUnixNano: at,
    endTimeUnixNano: at,
  };
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: {}, spans: [span] }] }],
  });
}

export async function post({ url }: LiveProcess, path: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers });
  if (![200, 422].includes(response.status))
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** A running process with a payment and a span of now, both applied. */
export async function startedRun(folder: string, args: readonly string[] = []): Promise<LiveProcess> {
  const live = await startLive(['--data', folder, '--otlp-port', '0', '--log-max-bytes', '16MiB', ...args]);
  await post(live, '/intake/payments', paymentRecord('pay_1'));
  await post(live, '/v1/traces', spanRequest());
  await until(async () => {
    const ready = (await (await fetch(`${live.url}/readyz`)).json()) as {
      checks: Record<string, { detail: string }>;
    };
    return ready.checks['lag']?.detail.startsWith('0 records') === true || undefined;
  });
  return live;
}

/** Appends a record to the log of a folder that nobody writes to. */
export async function appendFrame(
  folder: string,
  input: InputName,
  at: Instant | null,
  bytes = 0,
): Promise<void> {
  const log = await openEventLog({ directory: folder });
  const refused =
    bytes === 0
      ? []
      : [{ reason: 'not_json', text: 'x'.repeat(bytes), place: { input: 'x' }, excerpt: null }];
  const value = encodeFrame({
    input,
    account: emptyInputAccounts(),
    refused: refused as never,
    ends: false,
    redrives: null,
    observations: [],
    payments: [],
    identities: [],
    carried: [],
    packed: null,
  });
  await log.append({ value, from: at, to: at });
  await log.close();
}

/** Everything that could have changed: names, modes, times of change, bytes. (Not ctime: SQLite sets the owner again when root runs it.) */
export function contentsOf(folder: string): Record<string, string> {
  const isFolder = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isFolder ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  return Object.fromEntries(
    [folder, ...names.map((entry) => join(entry.parentPath, entry.name))].map((path) => {
      const { mode, mtimeMs, size, ino } = lstatSync(path);
      const bytes = lstatSync(path).isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : '';
      return [path, [mode, mtimeMs, size, ino, bytes].join(' ')];
    }),
  );
}

/** A server that takes connections and answers with this, whatever it is asked. */
export async function serverAnswering(text: string): Promise<{ port: string; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port: String(port), close: () => server.close() };
}
