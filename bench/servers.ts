/** Real servers for a benchmark, in a folder of its own, and workers of Counterfoil on them, each a process. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const KIT = fileURLToPath(new URL('../tools/services', import.meta.url));
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const run = promisify(execFile);
const KINDS = ['kafka', 'redis', 'elasticsearch'] as const;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** CPU that a process has used, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface Worker {
  child: ChildProcess;
  pid: number;
  url: string;
}

export class BenchServers {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-'));
  readonly #addresses = new Map<string, string>();

  /** With the compilers that servers have in production: the kit's short start is for tests. */
  async start(): Promise<void> {
    for (const kind of KINDS) {
      const dir = join(this.folder, kind);
      mkdirSync(dir);
      const env = {
        ...process.env,
        ES_JAVA_OPTS: '-XX:TieredStopAtLevel=4',
        KAFKA_JVM: '-XX:TieredStopAtLevel=4',
      };
      const { stdout } = await run(join(KIT, 'up'), [kind, '--dir', dir], { env });
      this.#addresses.set(kind, stdout.trim().split('=').slice(1).join('='));
    }
  }

  address(kind: (typeof KINDS)[number]): string {
    return (this.#addresses.get(kind) ?? '').replace(/^redis:\/\//, '');
  }

  pidOf(kind: (typeof KINDS)[number]): number {
    const file = kind === 'elasticsearch' ? 'elasticsearch.pid' : `${kind}-1.pid`;
    return Number(readFileSync(join(this.folder, kind, file), 'utf8'));
  }

  /** A configuration with topics of its own; sets the servers up for it. */
  async configure(namespace: string, partitions: number): Promise<string> {
    const inputs = ['audit', 'alerts', 'events', 'spans', 'payments'];
    const topics = Object.fromEntries(inputs.map((input) => [input, [`${namespace}.${input}`]]));
    const config = {
      namespace,
      kafka: {
        brokers: [this.address('kafka')],
        replication: 1,
        partitions,
        session_timeout: '6s',
        topics: {
          ...topics,
          links: `${namespace}.links`,
          incidents: `${namespace}.incidents`,
          dead_letters: `${namespace}.dead-letters`,
        },
      },
      redis: { nodes: [this.address('redis')] },
      elasticsearch: { nodes: [this.address('elasticsearch')] },
    };
    const file = join(this.folder, `${namespace}.yaml`);
    writeFileSync(file, stringify(config));
    await run(process.execPath, [MAIN, 'setup', '-c', file]);
    return file;
  }

  /** A worker of some roles, when it listens. */
  async worker(config: string, roles: string): Promise<Worker> {
    const data = join(this.folder, `${roles}-${config.split('/').at(-1) ?? ''}`);
    const args = [MAIN, 'run', '-c', config, '--role', roles, '--data', data, '--http-port', '0'];
    const env = { ...process.env, COUNTERFOIL_REDACTION_KEY: '00'.repeat(32) };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr?.on('data', (text: Buffer) => {
        said = (said + text.toString()).slice(-20_000);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
        if (found !== null) resolve(found[0]);
      });
      child.once('exit', () => reject(new Error(`the worker ended: ${said}`)));
    });
    return { child, pid: child.pid ?? 0, url };
  }

  async stop(): Promise<void> {
    for (const kind of this.#addresses.keys())
      await run(join(KIT, 'down'), ['--dir', join(this.folder, kind), '--kill']);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function kill({ child }: Worker, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** A value of `/metrics`, summed up over its labels; 0 where there is none. */
export async function metric({ url }: Worker, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`counterfoil_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
