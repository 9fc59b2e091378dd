/**
 * Whose turn it is among the incidents workers of a tenant: the one that a consumer group has given the topic of links. The group does what it
 * is there for; nothing is read by it.
 *
 * A worker whose turn is over may not know it for a moment. What it publishes then is refused where its successor has read further
 * (ports/document-sink.ts), so the turn is for economy, and not what correctness rests on. So one that died while it was its turn, and starts
 * again, goes on at once, as a file in its folder tells: the group needs as long as a session to find that the dead one is dead.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../adapters/embedded/clock.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { openTopicReader } from '../../adapters/kafka/topic-reader.ts';
import type { Config } from '../../config/options.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { TopicHandler, TopicReader } from '../../ports/topic-reader.ts';
import type { Connections } from './connections.ts';
import { turnGroupOf } from './topics.ts';

const LOOK_MS = 500;
const FILE = 'turn';

/** Is never handed anything, since the reader is paused. */
const NOTHING: TopicHandler = {
  take: () => Promise.reject(new Error('a paused reader hands out nothing')),
  idle: () => Promise.resolve(),
};

export class Turn {
  readonly #reader: TopicReader;
  readonly #onChange: (isMine: boolean) => void;
  readonly #file: string;
  /** Until the group can have said whose turn it is; by `elapsedMs`. */
  readonly #believesUntil: number;
  #isMine = false;
  #cancel: () => void = () => undefined;
  #stopped = false;

  private constructor(
    reader: TopicReader,
    { file, patienceMs }: { file: string; patienceMs: number },
    onChange: (isMine: boolean) => void,
  ) {
    this.#reader = reader;
    this.#file = file;
    this.#onChange = onChange;
    this.#believesUntil = existsSync(file) ? systemClock.elapsedMs() + patienceMs : -Infinity;
  }

  /** @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  static async open(
    config: Config,
    connections: Connections,
    onChange: (isMine: boolean) => void,
  ): Promise<Turn> {
    const sessionMs = config['kafka.session_timeout'] / MICROS_PER_MS;
    const settings = { sessionMs, rebalanceMs: 2 * sessionMs, heartbeatMs: sessionMs / 10 };
    const topics = [config['kafka.topics.links']];
    const group = turnGroupOf(config);
    const reader = await openTopicReader(
      await connections.kafka(),
      { ...settings, group, topics },
      systemClock,
    );
    reader.pause();
    const file = join(config['data.dir'], FILE);
    return new Turn(reader, { file, patienceMs: 3 * sessionMs }, onChange);
  }

  get isMine(): boolean {
    return this.#isMine;
  }

  /** Until `stop`; rejects when the group cannot be reached any more. */
  async run(): Promise<void> {
    const looking = this.#look();
    await this.#reader.run(NOTHING);
    await looking;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      this.#set(this.#reader.owned().length > 0 || systemClock.elapsedMs() < this.#believesUntil);
      await new Promise<void>((resolve) => {
        const cancel = systemTimers.after(LOOK_MS, resolve);
        this.#cancel = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  #set(isMine: boolean): void {
    if (this.#isMine === isMine) return;
    this.#isMine = isMine;
    if (isMine) writeFileSync(this.#file, '');
    else rmSync(this.#file, { force: true });
    this.#onChange(isMine);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#reader.stop();
    // Whoever stops in order leaves the group, and another goes on.
    rmSync(this.#file, { force: true });
  }
}
