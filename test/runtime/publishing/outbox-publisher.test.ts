/**
 * Goal: everything that was committed leaves, to the index and to the feed, whatever fails in between and however often [S6]. Method: a
 * real store, and an index that answers what it is told to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openEmbeddedStore,
  type EmbeddedStore,
  type OpenOutbox,
} from '../../../src/adapters/embedded/embedded-store.ts';
import { systemTimers } from '../../../src/adapters/embedded/timers.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import type { SinkAnswer, SinkOutcome, SinkResult } from '../../../src/ports/document-sink.ts';
import type { DocumentChanges } from '../../../src/ports/incident-index.ts';
import type { FeedMessage } from '../../../src/ports/incident-feed.ts';
import { OutboxPublisher, type PublisherSettings } from '../../../src/runtime/publishing/outbox-publisher.ts';
import { progressAt } from '../../conformance/facts.ts';
import { incidentDocument, paymentDocument, TENANT } from '../../conformance/incident-documents.ts';

const NOTHING = { events: [], links: [], payments: [], incidents: [] };
const NONE_REMOVED = { events: [], payments: [], incidents: [] };

/** Answers as it is told, then "written"; remembers what it took. */
class ScriptedIndex {
  answers: (SinkOutcome | CounterfoilError)[] = [];
  taken: string[] = [];
  positions: number[] = [];

  async write(_tenant: string, changes: DocumentChanges, at: number): Promise<SinkAnswer> {
    const next = this.answers.shift() ?? 'written';
    this.positions.push(at);
    const outcome = next instanceof CounterfoilError ? 'later' : next;
    const result = (kind: SinkResult['kind'], id: string, of: SinkOutcome): SinkResult => {
      if (of !== 'later') this.taken.push(`${of} ${id}`);
      return { kind, id, outcome: of, revision: 5, why: of === 'dead' ? 'mapping' : null };
    };
    const removal = outcome === 'later' ? 'later' : 'removed';
    const results = [
      ...[...changes.removed.incidents].map((id) => result('incidents', id, removal)),
      ...[...changes.payments].map(({ payment }) => result('payments', payment.id, outcome)),
      ...[...changes.incidents].map(({ incident }) => result('incidents', incident.id, outcome)),
    ];
    return { results, stopped: next instanceof CounterfoilError ? next : null };
  }
}

let folder: string;
let store: EmbeddedStore;
let out: OpenOutbox;
let index: ScriptedIndex;
let feed: FeedMessage[];
let letters: string[];
/** Why letters are refused. */
let refusal: CounterfoilError | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-publisher-'));
  store = openEmbeddedStore(folder, 'write', { tenant: TENANT, outbox: true });
  out = store.openOutbox();
  index = new ScriptedIndex();
  feed = [];
  letters = [];
  refusal = null;
});

afterEach(() => {
  out.outbox.close();
  store.close();
  rmSync(folder, { recursive: true });
});

async function change(documents: Partial<DocumentChanges>, offset = 0): Promise<void> {
  await store.index.write(TENANT, { ...NOTHING, removed: NONE_REMOVED, ...documents });
  await store.facts.commit(progressAt(offset));
}

function publisherOf(settings: Partial<PublisherSettings> = {}): OutboxPublisher {
  return new OutboxPublisher(
    {
      ...out,
      sink: index,
      letters: {
        addDeadLetters: async (added) => {
          if (refusal !== null) throw refusal;
          letters.push(...added.map(({ id }) => id));
        },
        markRedriven: async () => undefined,
      },
      feed: { publish: async (_tenant, messages) => void feed.push(...messages) },
      timers: systemTimers,
    },
    { tenant: TENANT, pollMs: 1, maxPauseMs: 4, batch: 2, ...settings },
  );
}

/** Runs until everything has left. */
async function publish(settings: Partial<PublisherSettings> = {}): Promise<void> {
  const publisher = publisherOf(settings);
  const running = publisher.run();
  await publisher.drain();
  publisher.stop();
  await running;
}

describe('[S6] the publisher', () => {
  it('takes documents to the index, incidents to the feed with the revision that stands there', async () => {
    const payments = ['p1', 'p2', 'p3'].map((id) => paymentDocument({ id }));
    await change({ payments, incidents: [incidentDocument({ id: 'inc_1' })] }, 9);
    await publish();
    expect(index.taken).toEqual(['written p1', 'written p2', 'written p3', 'written inc_1']);
    expect(index.positions).toEqual([9, 9]);
    expect(feed.map(({ id, incident }) => [id, incident?.meta.revision])).toEqual([['inc_1', 5]]);
    await store.facts.commit(progressAt(9));
    expect(await out.outbox.depth()).toBe(0);
  });

  it('tells the feed of an incident that is no more', async () => {
    await change({ incidents: [incidentDocument({ id: 'inc_1' })] });
    await change({ removed: { ...NONE_REMOVED, incidents: ['inc_1'] } });
    await publish();
    expect(index.taken).toEqual(['removed inc_1']);
    expect(feed).toEqual([{ id: 'inc_1', incident: null }]);
  });

  it('gives again what was not done, and says once that it waits', async () => {
    await change({ payments: [paymentDocument({ id: 'p1' })] });
    const away = new CounterfoilError('CF_UNREACHABLE', 'away');
    index.answers = [away, away, 'later', 'written'];
    const told: (string | null)[] = [];
    await publish({ onStopped: (why) => told.push(why?.code ?? null) });
    expect(index.taken).toEqual(['written p1']);
    expect(told).toEqual(['CF_UNREACHABLE', null]);
  });

  it('leaves what the index refuses for good, and says so', async () => {
    await change({
      payments: [paymentDocument({ id: 'p1' })],
      incidents: [incidentDocument({ id: 'inc_1' })],
    });
    index.answers = ['dead'];
    const dead: string[] = [];
    await publish({ onBatch: (batch) => void dead.push(...batch.dead.map(({ id }) => id)) });
    expect(dead).toEqual(['p1', 'inc_1']);
    expect(feed).toEqual([]);
    await store.facts.commit(progressAt(0));
    expect(await out.outbox.depth()).toBe(0);
  });

  it('does again what a crash left in the outbox, so that the feed misses nothing', async () => {
    await change({ incidents: [incidentDocument({ id: 'inc_1' })] });
    await publish();
    // The process dies before the commit that takes it off.
    store.close();
    out.outbox.close();
    store = openEmbeddedStore(folder, 'write', { tenant: TENANT, outbox: true });
    out = store.openOutbox();
    index.answers = ['same'];
    await publish();
    expect(index.taken).toEqual(['written inc_1', 'same inc_1']);
    expect(feed.map(({ id }) => id)).toEqual(['inc_1', 'inc_1']);
  });

  it('publishes nothing while it stands by, and all of it when its turn comes', async () => {
    await change({ payments: [paymentDocument({ id: 'p1' })] });
    await publish({ isActive: () => false });
    expect(index.taken).toEqual([]);
    await publish({ isActive: () => true });
    expect(index.taken).toEqual(['written p1']);
  });

  it('takes dead letters along', async () => {
    const letter = { input: 'audit', at: 0, reason: 'not_json', text: 't', place: 'p', excerpt: null };
    await store.facts.addDeadLetters([{ ...letter, id: 'l1', laterThan: null, redrivenAt: null }]);
    await store.facts.commit(progressAt(0));
    await publish();
    expect(letters).toEqual(['l1']);
  });

  it.each(['CF_SERVER_SETUP', 'CF_BUSY', 'CF_INTERNAL'] as const)(
    'holds up nothing else for letters that are refused (%s), and says so as long as they are',
    async (code) => {
      const letter = { input: 'audit', at: 0, reason: 'not_json', text: 't', place: 'p', excerpt: null };
      await store.facts.addDeadLetters([{ ...letter, id: 'l1', laterThan: null, redrivenAt: null }]);
      await change({ payments: ['p1', 'p2', 'p3'].map((id) => paymentDocument({ id })) });
      refusal = new CounterfoilError(code, 'refused');
      const told: (string | null)[] = [];
      const publisher = publisherOf({ onStopped: (why) => told.push(why?.code ?? null) });
      const running = publisher.run();
      await expect.poll(() => index.taken).toEqual(['written p1', 'written p2', 'written p3']);
      expect(told).toEqual([code]);
      refusal = null;
      await publisher.drain();
      expect(letters).toEqual(['l1']);
      expect(told).toEqual([code, null]);
      publisher.stop();
      await running;
    },
  );
});
