/** `counterfoil run` as a process of its own, as users run it; nothing waits for a fixed time. */
import { createInterface } from 'node:readline';
import { startCli, type Program } from '../cli/run-cli.ts';

const DEADLINE_MS = 25_000;
/** A machine that is busy with other things starts a process as slowly as that. */
const START_MS = 60_000;
const PAUSE_MS = 20;

export interface LiveProcess {
  pid: number;
  url: string;
  /** Where OTLP is taken; null: on `url` only. */
  otlpUrl: string | null;
  /** Lines of its log. */
  log: Record<string, unknown>[];
  /** Asks it to stop. @returns its exit status */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves when it has ended by itself. */
  ended: Promise<number | null>;
  /** Whether it has, or was asked to. */
  over(): boolean;
}

export async function startLive(
  args: readonly string[],
  otlp = false,
  env: Record<string, string> = {},
  program?: Program,
): Promise<LiveProcess> {
  const settings = program === undefined ? { env } : { env, program };
  const child = startCli(['run', '--http-port', '0', ...args], settings);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const log: Record<string, unknown>[] = [];
  createInterface(child.stderr).on('line', (line) => log.push(parsed(line)));
  const listening = (): string[] =>
    log.filter((line) => line['event.action'] === 'listening').map((line) => String(line['url.original']));
  let over = false;
  void ended.then(() => (over = true));
  try {
    await until(() => {
      if (over) throw new Error(`it has ended: ${JSON.stringify(log)}`);
      return listening().length === (otlp ? 2 : 1) || undefined;
    }, START_MS);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const [url = '', otlpUrl = null] = listening();
  return {
    pid: child.pid ?? 0,
    url,
    otlpUrl,
    log,
    ended,
    over: () => over || child.killed,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { message: line };
  }
}

/** Asks again and again until there is an answer, or fails. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
