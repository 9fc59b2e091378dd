import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openEmbeddedStore, type EmbeddedStore } from '../../src/adapters/embedded/embedded-store.ts';
import { factStoreSuite, type FactStoreHarness } from './fact-store.suite.ts';
import { incidentIndexSuite } from './incident-index.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-facts-'));
let opened = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function harness(dir: string): FactStoreHarness {
  let store: EmbeddedStore | null = null;
  return {
    open() {
      store = openEmbeddedStore(dir, 'write', { tenant: 'default' });
      return store.facts;
    },
    crash() {
      store?.close();
      store = null;
    },
  };
}

factStoreSuite('embedded, in memory', () => harness(':memory:'), { durable: false });
factStoreSuite('embedded, in a file', () => harness(join(folder, String((opened += 1)))), { durable: true });

incidentIndexSuite(
  'embedded, beside a fact store',
  () => openEmbeddedStore(':memory:', 'write', { tenant: 'default' }).index,
);
