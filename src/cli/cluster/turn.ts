/**
 * Whose turn it is among the incidents workers of a tenant: the one that a consumer group has given the topic of links. The group does what it
 * is there for; nothing is read by it.
 *
 * A worker whose turn is over may not know it for a moment. What it publishes then is refused where its successor has read further
 * (ports/document-sink.ts), so the turn is for economy, and not what correctness rests on.
 */
import { systemClock } from '../../adapters/embedded/clock.ts';
import { systemTimers } from '../../adapters/embedded/timers.ts';
import { openTopicReader } from '../../adapters/kafka/topic-reader.ts';
import type { Config } from '../../config/options.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { TopicHandler, TopicReader } from '../../ports/topic-reader.ts';
import type { Connections } from './connections.ts';

const LOOK_MS = 500;

/** Is never handed anything, since the reader is paused. */
const NOTHING: TopicHandler = {
  take: () => Promise.reject(new Error('a paused reader hands out nothing')),
  idle: () => Promise.resolve(),
};

export class Turn {
  readonly #reader: TopicReader;
  readonly #onChange: (isMine: boolean) => void;
  #isMine = false;
  #cancel: () => void = () => undefined;
  #stopped = false;

  private constructor(reader: TopicReader, onChange: (isMine: boolean) => void) {
    this.#reader = reader;
    this.#onChange = onChange;
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
    const group = `${config.namespace}-incidents-turn`;
    const reader = await openTopicReader(
      await connections.kafka(),
      { ...settings, group, topics },
      systemClock,
    );
    reader.pause();
    return new Turn(reader, onChange);
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
      const owned = await this.#reader.lag().catch(() => []);
      this.#set(owned.length > 0);
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
    this.#onChange(isMine);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#reader.stop();
  }
}
