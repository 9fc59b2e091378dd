/** A notifier over a real index and a real store, with time and a receiver that do as they are told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIncidentIndex } from '../../../src/adapters/embedded/incident-index.ts';
import { openNoticeStore } from '../../../src/adapters/embedded/notice-store.ts';
import type { IncidentDocument } from '../../../src/model/documents/incident.ts';
import { incidentId } from '../../../src/model/ids.ts';
import { formatInstant, type Instant } from '../../../src/model/instant.ts';
import type { NoticeSender, NoticeStore, SendOutcome } from '../../../src/ports/notices.ts';
import { noteBaseline } from '../../../src/runtime/notify/baseline.ts';
import { NoticeDeliveries } from '../../../src/runtime/notify/notice-deliveries.ts';
import { Notifier } from '../../../src/runtime/notify/notifier.ts';
import { eventDocument, incidentDocument, TENANT } from '../../conformance/incident-documents.ts';
import { ManualTime } from '../../simulation/manual-timers.ts';

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

export interface Sent {
  id: string;
  type: string;
  at: Instant;
  data: {
    incident: { id: string; title: string };
    notify_key: string;
    deadlines?: { deadline: string; currency: string }[];
    link: string;
  };
  body: string;
}

export class NotifyWorld implements NoticeSender {
  readonly time = new ManualTime();
  readonly index = openIncidentIndex(':memory:', 'write');
  readonly sent: Sent[] = [];
  readonly outcomes: string[] = [];
  readonly failures: unknown[] = [];
  /** What the receiver says; a promise holds the answer back. */
  answer: () => SendOutcome | Promise<SendOutcome> = () => ({ kind: 'taken' });
  lead = 30 * MINUTE;
  store: NoticeStore;
  notifier: Notifier;
  waiting = 0;
  maxWaiting = 10_000;
  readonly #folder = mkdtempSync(join(tmpdir(), 'counterfoil-notify-'));

  constructor() {
    this.store = openNoticeStore(this.#folder);
    this.notifier = this.#notifier();
  }

  async send({ id, body }: { id: string; body: string }, now: Instant): Promise<SendOutcome> {
    const { type, data } = JSON.parse(body) as Sent;
    this.sent.push({ id, type, at: now, data, body });
    return await this.answer();
  }

  /** With an empty folder, from the beginning. */
  async start(): Promise<void> {
    await noteBaseline(this.store, this.index, TENANT);
    this.notifier.start();
    await quiet();
  }

  /** As if the process had been killed, and started again. */
  async restart(): Promise<void> {
    this.store.close();
    await this.notifier.stop();
    this.failures.splice(0);
    this.store = openNoticeStore(this.#folder);
    this.notifier = this.#notifier();
    await this.start();
  }

  async pass(micros: number, step = SECOND): Promise<void> {
    for (let passed = 0; passed < micros; passed += step) {
      this.time.advance(Math.min(step, micros - passed) / 1_000);
      await quiet();
    }
  }

  /** Puts an incident of these events into the index; the first one gives it its id. Others that held them are gone. */
  async commit(
    events: readonly string[],
    {
      deadlines = [],
      title = 'Shell',
      note = true,
    }: { deadlines?: readonly Instant[]; title?: string; note?: boolean } = {},
    removed: readonly string[] = [],
  ): Promise<string> {
    const id = idOf(events[0] ?? '');
    const documents = events.map((event) => eventDocument({ id: event, incident: id }));
    const incident = incidentDocument({ id, title, events: [...events], clock: deadlines.map(clockRow) });
    const gone = { events: [], payments: [], incidents: removed };
    const change = { events: documents, links: [], payments: [], incidents: [incident], removed: gone };
    await this.index.write(TENANT, change);
    if (!note) return id;
    this.notifier.note([id]);
    await quiet();
    return id;
  }

  types(): string[] {
    return this.sent.map(({ type, data }) => `${type} ${data.notify_key}`);
  }

  async close(): Promise<void> {
    await this.notifier.stop();
    await this.index.close();
    this.store.close();
    rmSync(this.#folder, { recursive: true });
  }

  #notifier(): Notifier {
    const { index, store, time } = this;
    const onFailure = (error: unknown): void => void this.failures.push(error);
    const deliveries = new NoticeDeliveries({
      store,
      sender: this,
      clock: time,
      random: () => 0,
      onFailure,
      onOutcome: (outcome, id, why) => this.outcomes.push(`${outcome} ${id} ${why}`.trim()),
    });
    const onWaiting = (count: number): void => void (this.waiting = count);
    return new Notifier(
      { index, store, deliveries, clock: time, timers: time, onFailure, onWaiting },
      {
        tenant: TENANT,
        lead: this.lead,
        maxWaiting: this.maxWaiting,
        linkOf: (id) => `https://page.example/?incident=${id}`,
      },
    );
  }
}

export const idOf = (event: string): string => incidentId(TENANT, event);

function clockRow(at: Instant): IncidentDocument['impact']['clock'][number] {
  return { deadline: formatInstant(at), currency: 'EUR', amount: '10.00', payments: 1, actions: ['cancel'] };
}

/** Everything that can go on without time has. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await new Promise((resolve) => void setImmediate(resolve));
}
