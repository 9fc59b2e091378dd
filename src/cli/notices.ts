/**
 * Notices in the process of `run`: the store of what was told, the webhook, and the notifier between them, from before the engine
 * starts (what it commits is new) to after it was drained.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { INDEX_FILE } from '../adapters/embedded/incident-index-file.ts';
import { openIncidentIndex } from '../adapters/embedded/incident-index.ts';
import { openNoticeStore } from '../adapters/embedded/notice-store.ts';
import { systemTimers } from '../adapters/embedded/timers.ts';
import { WebhookSender } from '../adapters/http/webhook.ts';
import type { Config } from '../config/options.ts';
import type { Clock } from '../ports/clock.ts';
import type { IncidentIndex } from '../ports/incident-index.ts';
import type { NoticeStore } from '../ports/notices.ts';
import { noteBaseline } from '../runtime/notify/baseline.ts';
import { NoticeDeliveries, type DeliveryOutcome } from '../runtime/notify/notice-deliveries.ts';
import { Notifier } from '../runtime/notify/notifier.ts';
import type { LogEvent } from '../telemetry/events.ts';
import type { Logger } from '../telemetry/log.ts';
import type { MetricBook } from '../telemetry/metric-book.ts';
import { failureOf } from './failure.ts';
import { version } from './version.ts';
import { webhookOf, type Webhook } from './webhook.ts';

interface Tools {
  clock: Clock;
  logger: Logger;
  book: MetricBook;
}

const OUTCOMES: Readonly<Record<DeliveryOutcome, { level: 'info' | 'warn' | 'error'; event: LogEvent }>> = {
  delivered: { level: 'info', event: 'notice-delivered' },
  retried: { level: 'warn', event: 'notice-retried' },
  given_up: { level: 'error', event: 'notice-given-up' },
};

export class Notices {
  readonly #config: Config;
  readonly #webhook: Webhook;
  readonly #store: NoticeStore;
  readonly #tools: Tools;
  #working: { notifier: Notifier; index: IncidentIndex } | null = null;

  private constructor(config: Config, webhook: Webhook, store: NoticeStore, tools: Tools) {
    this.#config = config;
    this.#webhook = webhook;
    this.#store = store;
    this.#tools = tools;
  }

  /**
   * Opens what was told, and notes what was there before. To be called before the engine starts.
   * @returns null where there is no webhook
   * @throws CounterfoilError CF_CONFIG, CF_INDEX_VERSION
   */
  static async open(
    config: Config,
    env: Readonly<Record<string, string | undefined>>,
    tools: Tools,
  ): Promise<Notices | null> {
    const webhook = webhookOf(config, env);
    if (webhook === null) return null;
    const dir = config['data.dir'];
    const store = openNoticeStore(dir);
    let index: IncidentIndex | null = null;
    try {
      if (existsSync(join(dir, INDEX_FILE))) index = openIncidentIndex(dir, 'read');
      await noteBaseline(store, index, config.tenant);
      return new Notices(config, webhook, store, tools);
    } catch (error) {
      store.close();
      throw error;
    } finally {
      await index?.close();
    }
  }

  /** These incidents were committed. Before the start nobody listens: the start looks through all of them. */
  note(incidentIds: readonly string[]): void {
    this.#working?.notifier.note(incidentIds);
  }

  /** @param address where the page is, for people who are told no better one */
  start(address: string): void {
    const index = openIncidentIndex(this.#config['data.dir'], 'read');
    const notifier = this.#notifier(index, address);
    this.#working = { notifier, index };
    notifier.start();
  }

  async stop(): Promise<void> {
    await this.#working?.notifier.stop();
    await this.#working?.index.close();
    this.#working = null;
    this.#store.close();
  }

  #notifier(index: IncidentIndex, address: string): Notifier {
    const { clock, logger, book } = this.#tools;
    const config = this.#config;
    const store = this.#store;
    const sender = new WebhookSender({ ...this.#webhook, userAgent: `counterfoil/${version()}` });
    const onFailure = (error: unknown): void =>
      logger.log('error', 'notices-failed', failureOf(error).text.trim());
    const onOutcome = (outcome: DeliveryOutcome, id: string, why: string): void => {
      book.add('notices_total', { outcome });
      const { level, event } = OUTCOMES[outcome];
      logger.log(level, event, why === '' ? id : `${id}: ${why}`, { 'counterfoil.notice.id': id });
    };
    const onWaiting = (count: number): void => book.set('notices_waiting', {}, count);
    const deliveries = new NoticeDeliveries({
      store,
      sender,
      clock,
      random: Math.random,
      onFailure,
      onOutcome,
    });
    const base = (config['server.public_url'] ?? address).replace(/\/+$/, '');
    return new Notifier(
      { index, store, deliveries, clock, timers: systemTimers, onFailure, onWaiting },
      {
        tenant: config.tenant,
        lead: config['webhook.deadline_lead'],
        linkOf: (id) => `${base}/?incident=${encodeURIComponent(id)}`,
      },
    );
  }
}
