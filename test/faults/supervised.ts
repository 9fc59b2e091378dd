/**
 * A worker under a supervisor: when its process ends without having been asked to, another is started on the same folder. It counts as
 * done when a process ends with status 0.
 */
import { until, type LiveProcess } from '../e2e/live-process.ts';

const RESTART_MS = 200;
const UP_MS = 150_000;

export class Supervised {
  readonly name: string;
  /** Every process, the last one last. */
  readonly lives: LiveProcess[] = [];
  /** Resolves when a process has ended with status 0, or nobody is to follow. */
  readonly done: Promise<void>;
  /** Why starts failed: a server that it needs was away. */
  readonly failedStarts: string[] = [];
  readonly #start: () => Promise<LiveProcess>;
  #again = false;
  #over = false;

  constructor(name: string, start: () => Promise<LiveProcess>) {
    this.name = name;
    this.#start = start;
    this.done = this.#supervise();
  }

  async #supervise(): Promise<void> {
    while (!this.#over) {
      const status = await this.#live();
      if (status === 0 && !this.#again) return;
      this.#again = false;
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    }
  }

  async #live(): Promise<number | null> {
    try {
      const live = await this.#start();
      this.lives.push(live);
      if (this.#over) void live.stop('SIGKILL');
      return await live.ended;
    } catch (error) {
      this.failedStarts.push(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** The process that runs now; undefined between two. */
  get current(): LiveProcess | undefined {
    const last = this.lives.at(-1);
    return last === undefined || last.over() ? undefined : last;
  }

  /** A process runs. */
  async up(): Promise<LiveProcess> {
    return await until(() => this.current, UP_MS);
  }

  kill(): void {
    void this.current?.stop('SIGKILL');
  }

  /** Stops it in order; another follows. */
  async restart(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    this.#again = true;
    await current.stop();
  }

  /** It does nothing for a while, and knows nothing of that. */
  async pause(ms: number): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    signal(current.pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    signal(current.pid, 'SIGCONT');
  }

  /** Nobody follows. @returns the status of the last process */
  async stop(): Promise<number | null> {
    // One that is just starting is stopped too, and not killed.
    await Promise.race([this.up().catch(() => undefined), this.done]);
    this.#over = true;
    const status = (await this.lives.at(-1)?.stop()) ?? null;
    await this.done;
    return status;
  }

  /** At once, whatever it does. */
  async end(): Promise<void> {
    this.#over = true;
    for (const { pid } of this.lives.slice(-1)) signal(pid, 'SIGKILL');
    await this.done;
  }

  /** Lines of the logs of all its lives. */
  get log(): Record<string, unknown>[] {
    return this.lives.flatMap(({ log }) => log);
  }
}

/** Its handle would count it as killed. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
