/**
 * What two indexes say of the same tenant, document by document: how many are equal in content, changed, new, gone.
 *
 * `meta` is left out, since revisions tell how often something was said; so are links that were withdrawn. Both are read in the
 * order of ids and side by side, so memory is flat. Cost: every document is read once, and parsed where the texts differ.
 */
import type { DatabaseSync } from 'node:sqlite';
import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import { openIndexFile } from './incident-index-file.ts';

/** Documents of one kind. */
export interface IndexDifference {
  documents: 'events' | 'links' | 'payments' | 'incidents';
  before: number;
  after: number;
  same: number;
  changed: number;
  added: number;
  removed: number;
}

const QUERIES: Readonly<Record<IndexDifference['documents'], string>> = {
  events: 'SELECT id, document FROM event WHERE tenant = ? ORDER BY id',
  links: 'SELECT id, document FROM link WHERE tenant = ? AND live = 1 ORDER BY id',
  payments: 'SELECT id, document FROM payment WHERE tenant = ? ORDER BY id',
  incidents: 'SELECT id, document FROM incident WHERE tenant = ? ORDER BY id',
};

/**
 * @param before data folder of the one index; null: there is none, and everything is new
 * @throws CounterfoilError CF_NO_INDEX, CF_INDEX_VERSION
 */
export function indexDifferences(before: string | null, after: string, tenant: string): IndexDifference[] {
  const former = before === null ? null : openIndexFile(before, 'read');
  try {
    const latter = openIndexFile(after, 'read');
    try {
      return (Object.keys(QUERIES) as IndexDifference['documents'][]).map((documents) =>
        differenceOf(
          documents,
          former === null ? [].values() : rowsOf(former.db, documents, tenant),
          rowsOf(latter.db, documents, tenant),
        ),
      );
    } finally {
      latter.close();
    }
  } finally {
    former?.close();
  }
}

interface Row {
  id: string;
  document: string;
}

function* rowsOf(db: DatabaseSync, documents: IndexDifference['documents'], tenant: string): Generator<Row> {
  for (const { id, document } of db.prepare(QUERIES[documents]).iterate(tenant))
    yield { id: String(id), document: String(document) };
}

/** Merges two lists in order of id. */
function differenceOf(
  documents: IndexDifference['documents'],
  before: Iterator<Row>,
  after: Iterator<Row>,
): IndexDifference {
  const counts = { documents, before: 0, after: 0, same: 0, changed: 0, added: 0, removed: 0 };
  let [old, now] = [before.next(), after.next()];
  while (old.done !== true || now.done !== true) {
    // Ids of payments may hold any character; SQLite orders texts by their bytes.
    const order = old.done === true ? 1 : now.done === true ? -1 : compared(old.value.id, now.value.id);
    if (order === 0) counts[isSame(old.value, now.value) ? 'same' : 'changed'] += 1;
    else counts[order < 0 ? 'removed' : 'added'] += 1;
    if (order <= 0) {
      counts.before += 1;
      old = before.next();
    }
    if (order >= 0) {
      counts.after += 1;
      now = after.next();
    }
  }
  return counts;
}

function compared(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isSame(a: Row, b: Row): boolean {
  return a.document === b.document || content(a) === content(b);
}

function content({ document }: Row): string {
  const { meta: _, ...rest } = JSON.parse(document) as Record<string, Json>;
  return canonicalJson(rest);
}
