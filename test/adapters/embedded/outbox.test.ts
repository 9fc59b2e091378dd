/**
 * Goal: what leaves was committed, and nothing that was committed is forgotten [S6].
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
import { incidentDocument, paymentDocument, TENANT } from '../../conformance/incident-documents.ts';
import { progressAt } from '../../conformance/facts.ts';

const NOTHING = { events: [], links: [], payments: [], incidents: [] };
const NONE_REMOVED = { events: [], payments: [], incidents: [] };

let folder: string;
let store: EmbeddedStore;
let out: OpenOutbox;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-outbox-'));
  store = openEmbeddedStore(folder, 'write', { tenant: TENANT, outbox: true });
  out = store.openOutbox();
});

afterEach(() => {
  out.outbox.close();
  store.close();
  rmSync(folder, { recursive: true });
});

async function pay(...ids: string[]): Promise<void> {
  const payments = ids.map((id) => paymentDocument({ id }));
  await store.index.write(TENANT, { ...NOTHING, payments, removed: NONE_REMOVED });
}

const commit = (offset = 0): Promise<void> => store.facts.commit(progressAt(offset));
const waiting = async (after = 0): Promise<string[]> =>
  (await out.outbox.entries(after, 100)).map(({ kind, id }) => `${kind} ${id}`);

describe('[S6] the outbox', () => {
  it('shows nothing before it is committed, and nothing that was taken back', async () => {
    await pay('p1');
    expect(await waiting()).toEqual([]);
    await store.facts.rollback();
    await pay('p2');
    await commit(7);
    expect(await waiting()).toEqual(['payments p2']);
    expect(await out.outbox.position()).toBe(7);
    expect(await out.documents.payment(TENANT, 'p2')).not.toBeNull();
  });

  it('has each document once, where it changed last', async () => {
    await pay('p1', 'p2');
    await commit();
    await pay('p1');
    await commit();
    expect(await waiting()).toEqual(['payments p2', 'payments p1']);
    expect(await out.outbox.depth()).toBe(2);
  });

  it('takes off what has left with the next commit, but not what changed meanwhile', async () => {
    await pay('p1', 'p2');
    await commit();
    const entries = await out.outbox.entries(0, 100);
    await pay('p2');
    out.outbox.done(entries);
    expect(await out.outbox.depth()).toBe(2);
    await commit();
    expect(await waiting()).toEqual(['payments p2']);
  });

  it('names what was removed, and dead letters', async () => {
    const incidents = [incidentDocument({ id: 'inc_1' })];
    await store.index.write(TENANT, { ...NOTHING, incidents, removed: NONE_REMOVED });
    await store.index.write(TENANT, { ...NOTHING, removed: { ...NONE_REMOVED, incidents: ['inc_1'] } });
    const letter = { input: 'audit', at: 0, reason: 'not_json', text: 't', place: 'p', excerpt: null };
    await store.facts.addDeadLetters([{ ...letter, id: 'l1', laterThan: null, redrivenAt: null }]);
    await commit();
    expect(await waiting()).toEqual(['incidents inc_1', 'dead_letters l1']);
  });

  it('goes on after a start with what had not left', async () => {
    await pay('p1');
    await commit();
    store.close();
    out.outbox.close();
    store = openEmbeddedStore(folder, 'write', { tenant: TENANT, outbox: true });
    out = store.openOutbox();
    await pay('p2');
    await commit();
    expect(await waiting()).toEqual(['payments p1', 'payments p2']);
  });
});
