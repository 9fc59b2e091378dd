// Goal: what two indexes say differently is counted by content, whatever stands in `meta`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openIncidentIndex } from '../../../src/adapters/embedded/incident-index.ts';
import { indexDifferences } from '../../../src/adapters/embedded/index-difference.ts';
import type { PaymentDocument } from '../../../src/model/documents/payment.ts';
import { paymentDocument } from '../../conformance/incident-documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-difference-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function indexOf(name: string, payments: PaymentDocument[]): Promise<string> {
  const dir = join(folder, name);
  const index = openIncidentIndex(dir, 'write');
  await index.replaceAll('default', { events: [], links: [], incidents: [], payments });
  await index.close();
  return dir;
}

it('counts what is equal, changed, new and gone', async () => {
  const doc = (id: string): PaymentDocument => paymentDocument({ id, time: '2026-03-10T14:00:00.000Z' });
  const said = { ...doc('b'), meta: { ...doc('b').meta, revision: 7 } };
  const changed = { ...doc('ü'), superseded_ids: ['x'] };
  // In the order of their bytes; in that of their code units the last two change places.
  const before = await indexOf('before', ['a', 'b', 'ü', '\ufb00'].map(doc));
  const after = await indexOf('after', [said, changed, doc('\ufb00'), doc('𝄞')]);
  const kinds = indexDifferences(before, after, 'default');
  const nothing = { before: 0, after: 0, same: 0, changed: 0, added: 0, removed: 0 };
  const counts = { before: 4, after: 4, same: 2, changed: 1, added: 1, removed: 1 };
  expect(kinds).toContainEqual({ documents: 'payments', ...counts });
  expect(kinds).toContainEqual({ documents: 'links', ...nothing });
  expect(indexDifferences(null, after, 'default')[2]).toMatchObject({ before: 0, after: 4, added: 4 });
  expect(indexDifferences(before, after, 'acme')[2]).toEqual({ documents: 'payments', ...nothing });
});
