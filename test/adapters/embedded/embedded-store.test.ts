/** What is special about the embedded store: one file, one transaction, one tenant, its limits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { SQLOutputValue } from 'node:sqlite';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/adapters/embedded/embedded-store.ts';
import { openIncidentIndex } from '../../../src/adapters/embedded/incident-index.ts';
import { packHex, packId, unpackHex, unpackId } from '../../../src/adapters/embedded/packed-ids.ts';
import type { DeadLetter } from '../../../src/ports/fact-store.ts';
import type { DocumentChanges } from '../../../src/ports/incident-index.ts';
import { paymentDocument, story, TENANT } from '../../conformance/incident-documents.ts';
import { carriedFact, NOON, paymentFact, progressAt, traceId, witnessFact } from '../../conformance/facts.ts';

const SETTINGS = { tenant: TENANT };
const NO_CHANGE: DocumentChanges = {
  events: [],
  links: [],
  payments: [],
  incidents: [],
  removed: { events: [], payments: [], incidents: [] },
};

let folder: string;
let opened: EmbeddedStore[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-store-'));
  opened = [];
});
afterEach(() => {
  for (const store of opened) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(
  mode: 'read' | 'write' = 'write',
  settings: Parameters<typeof openEmbeddedStore>[2] = SETTINGS,
  dir = folder,
): EmbeddedStore {
  const store = openEmbeddedStore(dir, mode, settings);
  opened.push(store);
  return store;
}

describe('one transaction', () => {
  it('shows documents, facts and progress to others together, with the commit', async () => {
    const store = open();
    const others = open('read');
    const index = openIncidentIndex(folder, 'read');
    await store.index.write(TENANT, { ...NO_CHANGE, ...story() });
    await store.facts.addCarried([carriedFact()]);
    expect(await store.index.payment(TENANT, 'p1')).not.toBeNull();
    expect([await index.payment(TENANT, 'p1'), await others.facts.carrying(['p1'])]).toEqual([null, []]);
    await store.facts.commit(progressAt(5));
    expect((await index.payment(TENANT, 'p1'))?.payment.id).toBe('p1');
    expect(await others.facts.carrying(['p1'])).toEqual([carriedFact()]);
    expect(await others.facts.progress()).toEqual(progressAt(5));
    await index.close();
  });

  it('takes documents back with the facts', async () => {
    const store = open();
    await store.facts.addPaymentEvents([paymentFact({ id: 'pe_1', ownId: 'p1' })]);
    await store.index.replaceAll(TENANT, story());
    await store.index.write(TENANT, { ...NO_CHANGE, payments: [paymentDocument({ id: 'p9' })] });
    await store.facts.rollback();
    expect(await store.index.payment(TENANT, 'p1')).toBeNull();
    expect(await store.index.resolvePayment(TENANT, 'p9')).toEqual([]);
    expect(await store.facts.paymentGroups({ strong: ['p1'] })).toEqual([]);
  });

  it('commits no position after a write of facts failed, until it was rolled back', async () => {
    const store = open();
    await store.facts.addCarried([carriedFact()]);
    const broken = carriedFact({ value: null as unknown as string, at: 1.5 });
    await expect(
      store.facts.addDeadLetters([{ ...letter(1), id: null as unknown as string }]),
    ).rejects.toThrow('NOT NULL');
    await expect(store.facts.commit(progressAt(1))).rejects.toThrow('rolled back first');
    await expect(store.facts.addCarried([broken])).rejects.toThrow('rolled back first');
    await expect(store.index.write(TENANT, NO_CHANGE)).rejects.toThrow('rolled back first');
    await store.facts.rollback();
    await store.facts.commit(progressAt(2));
    expect(await store.facts.carrying(['p1'])).toEqual([]);
    expect(await store.facts.progress()).toEqual(progressAt(2));
  });

  it('goes on after a change of documents that broke off, with what was written before', async () => {
    const store = open();
    await store.facts.addCarried([carriedFact()]);
    const breaksOff = function* () {
      yield paymentDocument({ id: 'half' });
      throw new Error('the source broke off');
    };
    await expect(store.index.write(TENANT, { ...NO_CHANGE, payments: breaksOff() })).rejects.toThrow(
      'broke off',
    );
    await store.facts.commit(progressAt(1));
    expect(await store.index.payment(TENANT, 'half')).toBeNull();
    expect(await store.facts.carrying(['p1'])).toEqual([carriedFact()]);
  });
});

describe('opening', () => {
  it('refuses the facts of another tenant', () => {
    open().close();
    expect(() => open('write', { tenant: 'other' })).toThrow(/tenant default, not of other/);
    expect(() => open('read', { tenant: 'other' })).toThrow(/tenant default/);
    open().close();
  });

  it('opens the file that a batch run left, and leaves it to batch runs', async () => {
    const batch = openIncidentIndex(folder, 'write');
    await batch.replaceAll(TENANT, story());
    await batch.close();
    expect(await open('read', { tenant: 'other' }).facts.progress()).toBeNull();
    const store = open();
    expect(await store.index.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
    await store.facts.commit(progressAt(1));
    store.close();
    await openIncidentIndex(folder, 'write').close();
  });

  it('keeps a second writer out, and reads only what it was opened to read', async () => {
    const store = open();
    expect(() => open()).toThrow(/Another process writes/);
    const reader = open('read');
    await expect(reader.facts.addCarried([carriedFact()])).rejects.toThrow('reading only');
    await expect(reader.facts.commit(progressAt(1))).rejects.toThrow('reading only');
    await expect(reader.index.write(TENANT, NO_CHANGE)).rejects.toThrow('reading only');
    store.close();
    store.close();
    open().close();
  });
});

function letter(n: number): DeadLetter {
  const id = `letter-${String(n).padStart(3, '0')}`;
  return {
    id,
    input: 'audit',
    at: NOON + n,
    reason: 'not_json',
    text: 'No JSON',
    place: `:${n}`,
    excerpt: null,
    laterThan: null,
    redrivenAt: null,
  };
}

describe('dead letters', () => {
  const ids = (letters: DeadLetter[]): string[] => letters.map(({ id }) => id);

  it('are read newest first, page by page, each once', async () => {
    const { facts, deadLetters } = open();
    const letters = Array.from({ length: 25 }, (_, i) => letter(i));
    await facts.addDeadLetters(letters);
    await facts.addDeadLetters(letters.slice(0, 5));
    const first = await deadLetters.deadLetters({ limit: 20, cursor: null });
    const rest = await deadLetters.deadLetters({ limit: 20, cursor: first.next });
    expect([...first.items, ...rest.items]).toEqual(letters.toReversed());
    expect(rest.next).toBeNull();
    expect(await deadLetters.deadLetterCount()).toEqual({ kept: 25, dropped: 0 });
    await expect(deadLetters.deadLetters({ limit: 1, cursor: 'garbage' })).rejects.toThrow('cursor');
  });

  it('are found by id, and marked as redriven, also when they come again', async () => {
    const { facts, deadLetters } = open();
    await facts.addDeadLetters([letter(1), letter(2)]);
    const redriven = { letterId: letter(1).id, at: NOON + 7 };
    await facts.markRedriven([redriven, { letterId: 'nobody', at: NOON }]);
    await facts.addDeadLetters([letter(1)]);
    expect(await deadLetters.deadLetter(letter(1).id)).toEqual({ ...letter(1), redrivenAt: NOON + 7 });
    expect(await deadLetters.deadLetter(letter(2).id)).toEqual(letter(2));
    expect(await deadLetters.deadLetter('nobody')).toBeNull();
    expect(await deadLetters.deadLetterCount()).toEqual({ kept: 2, dropped: 0 });
  });

  it('are dropped beyond the limit, the oldest first, and counted', async () => {
    const { facts, deadLetters } = open('write', { ...SETTINGS, maxDeadLetters: 3 });
    await facts.addDeadLetters([letter(5), letter(1), letter(4)]);
    await facts.addDeadLetters([letter(2), letter(3)]);
    expect(ids((await deadLetters.deadLetters({ limit: 10, cursor: null })).items)).toEqual(
      ids([letter(5), letter(4), letter(3)]),
    );
    expect(await deadLetters.deadLetterCount()).toEqual({ kept: 3, dropped: 2 });
    await facts.rollback();
    expect(await deadLetters.deadLetterCount()).toEqual({ kept: 0, dropped: 0 });
  });
});

describe('carried ids in many runs', () => {
  it('are found in all of them, once, and expire by run', async () => {
    const { facts } = open('write', SETTINGS, ':memory:');
    const met = carriedFact({ traceId: traceId('met'), value: 'met' });
    await facts.addCarried([met, carriedFact({ traceId: traceId('old'), value: 'old' })]);
    await facts.addWitnesses([witnessFact({ traceIds: [traceId('met')] })]);
    for (let run = 0; run < 3; run += 1) {
      const filler = Array.from({ length: 100_000 }, (_, i) =>
        carriedFact({ value: `filler ${run} ${i}`, at: NOON + run * 1_000 + 1 }),
      );
      await facts.addCarried([...filler, carriedFact({ value: 'again', at: NOON + 2_001 })]);
    }
    expect(await facts.carrying(['filler 0 7', 'filler 2 7', 'met'])).toHaveLength(3);
    expect(await facts.carrying(['again'])).toEqual([carriedFact({ value: 'again', at: NOON + 2_001 })]);
    await facts.expireCarried(NOON + 2_001);
    expect(await facts.carrying(['old', 'again', 'met'])).toHaveLength(3);
    await facts.expireCarried(NOON + 2_002);
    expect(await facts.carrying(['old', 'again', 'filler 2 7', 'met'])).toEqual([met]);
  });
});

describe('packed ids', () => {
  it('come back the same, whatever they are, and differ where the ids differ', () => {
    const digits = fc.stringMatching(/^[0-9a-fA-F]{0,40}$/);
    const base32 = fc.stringMatching(/^ev_[a-z2-7]{25,27}$/);
    fc.assert(
      fc.property(fc.oneof(digits, base32, fc.string()), (text) => {
        expect(unpackHex(packHex(text) as SQLOutputValue)).toBe(text);
        expect(unpackId('ev_', packId('ev_', text) as SQLOutputValue)).toBe(text);
      }),
    );
  });

  it('take half the space', () => {
    expect(packHex('4bf92f3577b34da6a3ce929d0e0e4736')).toHaveLength(16);
    expect(packId('ev_', `ev_${'a'.repeat(26)}`)).toHaveLength(16);
  });
});
