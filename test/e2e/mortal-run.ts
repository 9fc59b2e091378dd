/**
 * A real `counterfoil run` that is killed again and again on one data folder, and the senders that keep at it: what a test
 * of `kill -9` needs. Only processes that were started here are killed, each by its own handle.
 *
 * When a kill comes is drawn from a seed (after so many answers, while so many requests are on their way); what the process
 * is doing at that moment is up to the machine.
 */
import { openEventLog } from '../../src/adapters/embedded/event-log.ts';
import { openBody } from '../../src/adapters/file/body-source.ts';
import { bodyLimits, engineOptions, redactorOf } from '../../src/cli/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { InputName } from '../../src/model/accounting.ts';
import { FrameBuilder } from '../../src/runtime/live/frame-builder.ts';
import { createDice } from '../oracle/dice.ts';
import { startCli } from '../cli/run-cli.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

const PATHS: Readonly<Record<InputName, string>> = {
  audit: '/intake/kubernetes-audit',
  alerts: '/intake/falco',
  events: '/intake/events',
  spans: '/v1/traces',
  payments: '/intake/payments',
};
const AT_ONCE = 4;
const DEADLINE_MS = 60_000;

export interface Posting {
  input: InputName;
  body: string;
  sent: number;
  acknowledged: number;
}

export interface MortalSettings {
  /** The data folder. */
  folder: string;
  /** The configuration file. */
  config: string | null;
  cluster: string | null;
  seed: number;
}

export class MortalRun {
  readonly postings: readonly Posting[];
  kills = 0;
  readonly #settings: MortalSettings;
  readonly #waiting: Posting[];
  /** Requests that were not answered when the others were enough. */
  #onTheirWay: Promise<unknown> = Promise.resolve();
  /** Inputs whose end was not answered yet. */
  #open: InputName[] = Object.keys(PATHS) as InputName[];

  constructor(requests: readonly Pick<Posting, 'input' | 'body'>[], settings: MortalSettings) {
    this.#settings = settings;
    const shuffled = createDice(settings.seed).shuffle(requests);
    this.postings = shuffled.map((request) => ({ ...request, sent: 0, acknowledged: 0 }));
    this.#waiting = [...this.postings];
  }

  /** Flags of `correlate` and `run` that say how records are read. */
  get flags(): string[] {
    const { config, cluster } = this.#settings;
    return [...(config === null ? [] : ['-c', config]), ...(cluster === null ? [] : ['--cluster', cluster])];
  }

  /** Lives and dies while the senders send; `answers` have come by then. */
  async dieSending(answers: number): Promise<void> {
    const live = await this.#start();
    await this.#post(live, answers);
    await this.#kill(live);
  }

  /** Dies while it starts: as soon as it says its first word. */
  async dieStarting(): Promise<void> {
    const child = startCli(['run', '--http-port', '0', ...this.#arguments()]);
    const ended = new Promise((resolve) => child.on('close', resolve));
    await Promise.race([new Promise((resolve) => child.stderr.once('data', resolve)), ended]);
    child.kill('SIGKILL');
    await ended;
    this.kills += 1;
  }

  /** Everything is sent, every input ends, and it dies at once: while it finishes, as a rule. */
  async dieEnding(): Promise<void> {
    const live = await this.#start();
    await this.#post(live, Infinity);
    await this.#endInputs(live);
    await this.#kill(live);
  }

  /** The last life: it finishes, and is stopped in good order. */
  async finish(): Promise<void> {
    const live = await this.#start();
    await this.#post(live, Infinity);
    await this.#endInputs(live);
    await until(() => live.log.find((line) => line['event.action'] === 'engine-finished'), DEADLINE_MS);
    await live.stop();
  }

  #arguments(): string[] {
    return ['--data', this.#settings.folder, '--otlp-port', '0', '--bounded', ...this.flags];
  }

  async #start(): Promise<LiveProcess> {
    return await startLive(this.#arguments());
  }

  async #kill(live: LiveProcess): Promise<void> {
    await live.stop('SIGKILL');
    this.kills += 1;
    await this.#onTheirWay;
  }

  /** Posts, some at a time, until so many answers have come or nothing waits; the others are then still on their way. */
  async #post(live: LiveProcess, answers: number): Promise<void> {
    let left = answers;
    const enough = Promise.withResolvers<void>();
    const sender = async (): Promise<void> => {
      while (left > 0) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        if (await this.#send(live, next)) left -= 1;
        else this.#waiting.push(next);
        // What is on its way fails with the kill; nobody tries again before the next life.
        if (live.over()) return;
      }
      enough.resolve();
    };
    const all = Promise.all(Array.from({ length: AT_ONCE }, sender));
    this.#onTheirWay = all;
    await Promise.race([all, enough.promise]);
  }

  async #endInputs({ url }: LiveProcess): Promise<void> {
    for (const input of this.#open) {
      const response = await fetch(`${url}/intake/_end?input=${input}`, { method: 'POST', body: '' });
      if (!response.ok) throw new Error(`the end of ${input} is answered ${response.status}`);
    }
    // Answered: nobody says it again, whatever happens.
    this.#open = [];
  }

  /** @returns whether it was answered for good */
  async #send({ url }: LiveProcess, posting: Posting): Promise<boolean> {
    posting.sent += 1;
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}${PATHS[posting.input]}`, {
        method: 'POST',
        body: posting.body,
        headers,
      });
      await response.arrayBuffer();
      // 400 and 422: not one record could be read, and all are dead letters.
      if (![200, 400, 422].includes(response.status)) return false;
      posting.acknowledged += 1;
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Requests that the log keeps less often than they were acknowledged, or more often than they were sent, in words. The
   * process has ended; the frames of the log are told apart by their bytes, which are those that a request always gives.
   */
  async wronglyKept(): Promise<string[]> {
    const kept = new Map<string, number>();
    for (const frame of await this.#frames()) kept.set(frame, (kept.get(frame) ?? 0) + 1);
    const frameOf = this.#framing();
    const wrong: string[] = [];
    const sums = new Map<string, Posting>();
    for (const posting of this.postings) {
      const frame = await frameOf(posting);
      const { sent, acknowledged } = sums.get(frame) ?? { sent: 0, acknowledged: 0 };
      sums.set(frame, {
        ...posting,
        sent: sent + posting.sent,
        acknowledged: acknowledged + posting.acknowledged,
      });
    }
    for (const [frame, { input, sent, acknowledged }] of sums) {
      const times = kept.get(frame) ?? 0;
      if (times < acknowledged || times > sent)
        wrong.push(`${input}: sent ${sent} times, acknowledged ${acknowledged} times, kept ${times} times`);
    }
    return wrong;
  }

  async #frames(): Promise<string[]> {
    const log = await openEventLog({ directory: this.#settings.folder });
    const frames: string[] = [];
    const end = await log.end(0);
    for await (const records of log.read({ partition: 0, offset: 0 }, new AbortController().signal)) {
      frames.push(...records.map(({ value }) => Buffer.from(value).toString('latin1')));
      if (frames.length >= end) break;
    }
    await log.close();
    return frames;
  }

  #framing(): (posting: Posting) => Promise<string> {
    const { folder, config: file, cluster } = this.#settings;
    const flags = { 'data.dir': [folder], ...(cluster === null ? {} : { cluster: [cluster] }) };
    const { config } = loadConfig({ file, env: {}, flags, cwd: folder, home: folder });
    const redactor = redactorOf(config, {});
    const excerpt = (text: string): string => redactor.excerpt(text);
    const builder = new FrameBuilder(engineOptions(config, redactor, 'bounded').decoders, redactor);
    return async ({ input, body: text }) => {
      const body = {
        name: PATHS[input],
        bytes: Buffer.from(text),
        encoding: 'identity',
        media: 'json',
      } as const;
      const { entry } = await builder.build(input, openBody(body, { excerpt, limits: bodyLimits(config) }));
      return Buffer.from(entry.value).toString('latin1');
    };
  }
}
