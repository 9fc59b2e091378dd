/**
 * The live engine in a test: the whole of it, on a log, a window and a store of its own, moved by hand. No threads, no
 * clock, no sleeps; what would be a request is `send`, what would be time passing is a record.
 */
import { openEmbeddedStore, type EmbeddedStore } from '../../src/adapters/embedded/embedded-store.ts';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log.ts';
import type { LogFiles } from '../../src/adapters/embedded/log-files.ts';
import { createWindowStore, type WindowStoreSettings } from '../../src/adapters/embedded/window-store.ts';
import type { InputMode } from '../../src/join/partition-progress.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { TimeSettings } from '../../src/model/time-settings.ts';
import type { InputName } from '../../src/model/accounting.ts';
import type { EventDocument } from '../../src/model/documents/event.ts';
import type { IncidentDocument } from '../../src/model/documents/incident.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import type { PaymentDocument } from '../../src/model/documents/payment.ts';
import type { DocumentChanges, IncidentIndex, Page, PageRequest } from '../../src/ports/incident-index.ts';
import type { WindowStore } from '../../src/ports/window-store.ts';
import type { RawRecord, RecordSource } from '../../src/ports/record-source.ts';
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { createDecoders } from '../../src/runtime/decoders.ts';
import { Engine } from '../../src/runtime/live/engine.ts';
import type { EngineOptions, EnginePorts } from '../../src/runtime/live/engine-options.ts';
import { FrameBuilder } from '../../src/runtime/live/frame-builder.ts';

export interface DriverSettings {
  options: CorrelateOptions;
  files: LogFiles;
  /** A folder, or `:memory:`. */
  storeDir?: string;
  windows?: WindowStoreSettings;
  /** Bounded unless said otherwise. */
  mode?: InputMode;
  segmentBytes?: number;
  /** How far back the window is filled again after a start; default: as far as the log goes. */
  lookBack?: number;
  /** Ids that earlier lives wrote. */
  written?: WrittenIds;
  /** Settings of the engine that differ. */
  engine?: Partial<EngineOptions>;
  /** Stands between the engine and its ports. */
  around?: (ports: EnginePorts) => EnginePorts;
}

/** An index has no list of all it holds; what was ever written to it has. */
export interface WrittenIds {
  events: Set<string>;
  payments: Set<string>;
}

export const INPUTS: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** The defaults of the options. */
export const TIME: TimeSettings = {
  outOfOrderness: 5 * SECOND,
  maxEventDelay: 5 * MINUTE,
  maxSkew: MINUTE,
  grace: 30 * SECOND,
  stalledAfter: MINUTE,
};

/** The settings of a batch as those of the live engine. */
export function liveOptions(options: CorrelateOptions, mode: InputMode = 'bounded'): EngineOptions {
  return {
    ...options,
    mode,
    time: TIME,
    paymentsProvenance: options.identity.payments,
    attribute: (name) => options.attributes.lookup(name),
    traceReach: Infinity,
  };
}

export class EngineDriver {
  readonly log: EmbeddedEventLog;
  readonly store: EmbeddedStore;
  engine: Engine;
  readonly #makeEngine: () => Engine;
  readonly windows: WindowStore;
  /** The wall clock; moved by hand. */
  now: Instant = 0;
  readonly #builder: FrameBuilder;
  readonly #tenant: string;
  readonly #written: WrittenIds;

  private constructor(log: EmbeddedEventLog, store: EmbeddedStore, settings: DriverSettings) {
    const { options, around = (ports) => ports } = settings;
    this.#written = settings.written ?? { events: new Set(), payments: new Set() };
    this.log = log;
    this.store = store;
    this.#tenant = options.tenant;
    const windows = createWindowStore(settings.windows);
    this.windows = windows;
    const ports = around({ log, windows, facts: store.facts, index: store.index });
    const index = recorded(ports.index, this.#written);
    const engineSettings = { ...liveOptions(options, settings.mode), ...settings.engine };
    this.#makeEngine = () => new Engine({ ...ports, index }, engineSettings);
    this.engine = this.#makeEngine();
    this.#builder = frameBuilderOf(options);
  }

  /** Opens log and store, and takes up what an earlier life committed. */
  static async open(settings: DriverSettings): Promise<EngineDriver> {
    const { files, segmentBytes = 64 * 1024 } = settings;
    const surroundings = { files, now: () => 0, salt: () => 7 };
    const log = await openEventLog({ directory: '/data', segmentBytes }, surroundings);
    const store = openEmbeddedStore(settings.storeDir ?? ':memory:', 'write', {
      tenant: settings.options.tenant,
    });
    const driver = new EngineDriver(log, store, settings);
    try {
      await driver.engine.start();
      await driver.engine.rebuildWindow(settings.lookBack ?? Infinity);
    } catch (error) {
      store.close();
      throw error;
    }
    return driver;
  }

  /** Another engine takes up what was committed, as after a crash of the process that keeps log and store. */
  async restartEngine(): Promise<void> {
    await this.store.facts.rollback();
    this.engine = this.#makeEngine();
    await this.engine.start(this.now);
  }

  /** One request: resolves when its records are durable. */
  async send(input: InputName, records: readonly object[]): Promise<void> {
    const { entry } = await this.#builder.build(input, requestOf(input, records));
    await this.log.append(entry);
  }

  async end(input: InputName): Promise<void> {
    await this.log.append(this.#builder.end(input));
  }

  /** Applies what comes next in the log, at most some records; returns how many. */
  async apply(most = Infinity): Promise<number> {
    const from = { partition: 0, offset: this.engine.nextOffset(0) };
    if (from.offset >= (await this.log.end(0))) return 0;
    for await (const records of this.log.read(from, new AbortController().signal)) {
      const next = records.slice(0, most);
      await this.engine.apply(next, this.now);
      return next.length;
    }
    return 0;
  }

  /** Applies all that is in the log, at most some records at a time; settles after each. */
  async drain(batch = Infinity, checkpoints: () => boolean = () => true): Promise<void> {
    while ((await this.apply(batch)) > 0) await this.engine.settle(checkpoints(), this.now);
    const at = this.engine.nextOffset(0);
    this.engine.report({ position: at, end: await this.log.end(0) }, this.now);
    await this.engine.settle(checkpoints(), this.now);
  }

  async documents(): Promise<LiveDocuments> {
    return await documentsOf(this.store.index, this.#tenant, this.#written);
  }

  async close(): Promise<void> {
    await this.log.close();
    this.store.close();
  }
}

/** Makes frames of requests with the settings of a batch. */
export function frameBuilderOf(options: CorrelateOptions): FrameBuilder {
  const decoders = createDecoders({ ...options, provenance: options.identity.spans });
  return new FrameBuilder(decoders, options.redactor);
}

/** The body of a request. */
export function requestOf(input: string, records: readonly object[]): RecordSource {
  const batch: RawRecord[] = records.map((value, i) => ({
    kind: 'json',
    value: JSON.parse(JSON.stringify(value)) as unknown,
    place: { input, line: i + 1, column: 1 },
    bytes: 0,
  }));
  return {
    name: input,
    totalBytes: null,
    bytesRead: 0,
    // eslint-disable-next-line typescript/require-await
    async *records() {
      yield batch;
    },
  };
}

export interface LiveDocuments {
  events: EventDocument[];
  links: LinkDocument[];
  payments: PaymentDocument[];
  incidents: IncidentDocument[];
}

function recorded(index: IncidentIndex, written: WrittenIds): IncidentIndex {
  const write = async (tenant: string, changes: DocumentChanges): Promise<void> => {
    const [events, payments] = [[...changes.events], [...changes.payments]];
    for (const { event } of events) written.events.add(event.id);
    for (const { payment } of payments) written.payments.add(payment.id);
    await index.write(tenant, { ...changes, events, payments });
  };
  return new Proxy(index, {
    get: (target, name) => {
      if (name === 'write') return write;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

async function documentsOf(
  index: IncidentIndex,
  tenant: string,
  written: WrittenIds,
): Promise<LiveDocuments> {
  const events = await found(written.events, (id) => index.event(tenant, id));
  const links: LinkDocument[] = [];
  for (const { event } of events)
    links.push(...(await pages((page) => index.linksOfEvent(tenant, event.id, page))));
  return {
    events,
    links: links.filter(({ link }) => link.status === 'live'),
    payments: await found(written.payments, (id) => index.payment(tenant, id)),
    incidents: await pages((page) => index.incidents(tenant, { paymentId: null }, page)),
  };
}

/** In the order of ids. */
async function found<T>(ids: Set<string>, read: (id: string) => Promise<T | null>): Promise<T[]> {
  const all = await Promise.all([...ids].toSorted().map(read));
  return all.filter((document) => document !== null);
}

async function pages<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = null; ;) {
    const page: Page<T> = await list({ limit: 1000, cursor });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}
