/**
 * What the store has of some documents: remembered from our own last write, or read by id, which sees what was just written.
 * What is remembered may be old: the store then answers with a conflict, and it is read.
 *
 * Cost: some 300 bytes a document remembered; one request for up to 1,000 that are read.
 */
import type { ElasticConnection } from './connection.ts';
import { readById, type Found } from './read-by-id.ts';
import type { Known } from './sink-decision.ts';
import type { DocumentKey } from './stored-document.ts';

const MAX_REMEMBERED = 100_000;
const FIELDS = ['@timestamp', 'schema', 'meta.revision', 'key', 'case'];

/** Where a document may be. */
export interface Whereabouts {
  documentId: string;
  indices: readonly string[];
  /** These indices come and go. */
  mayBeGone: boolean;
}

interface Source {
  '@timestamp'?: string;
  schema?: string;
  meta?: { revision?: number };
  key?: DocumentKey;
  case?: unknown;
}

export class KnownDocuments {
  readonly #connection: ElasticConnection;
  readonly #remembered = new Map<string, Known>();

  constructor(connection: ElasticConnection) {
    this.#connection = connection;
  }

  /** Undefined: nothing is remembered. */
  recall({ documentId, indices: [index = ''] }: Whereabouts): Known | undefined {
    return this.#remembered.get(nameOf(index, documentId));
  }

  /** A document with a case is not remembered: the case is larger than all else, and others write it. */
  remember(documentId: string, known: Known): void {
    const name = nameOf(known.index, documentId);
    this.#remembered.delete(name);
    if (known.case !== undefined) return;
    this.#remembered.set(name, known);
    if (this.#remembered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }

  forget({ documentId, indices }: Whereabouts): void {
    for (const index of indices) this.#remembered.delete(nameOf(index, documentId));
  }

  /** One for each, in their order; null: it is not there. @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP */
  async read(wanted: readonly Whereabouts[]): Promise<(Known | null)[]> {
    const places = wanted.flatMap(({ documentId, indices, mayBeGone }, at) =>
      indices.map((index) => ({ index, documentId, mayBeGone, at })),
    );
    const answers = await readById<Source>(this.#connection, 'reading what is stored', places, FIELDS);
    const known = wanted.map((): Known | null => null);
    for (const [i, found] of answers.entries()) {
      const at = places[i]?.at;
      if (found !== null && at !== undefined) known[at] = knownOf(found);
    }
    return known;
  }
}

function knownOf({ index, seqNo, primaryTerm, source }: Found<Source>): Known {
  return {
    index,
    seqNo,
    primaryTerm,
    revision: source.meta?.revision ?? 0,
    model: source.key?.model ?? '',
    digest: source.key?.digest ?? '',
    removed: source.key?.removed === true,
    at: source.key?.at ?? 0,
    timestamp: source['@timestamp'] ?? '',
    schema: source.schema ?? '',
    case: source.case,
  };
}

function nameOf(index: string, documentId: string): string {
  return `${index}/${documentId}`;
}
