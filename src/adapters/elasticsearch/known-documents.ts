/**
 * What the store has of some documents: remembered from our own last write, or read by id, which sees what was just written.
 * What is remembered may be old: the store then answers with a conflict, and it is read.
 *
 * Cost: some 300 bytes a document remembered; one request for up to 1,000 that are read.
 */
import type { ElasticConnection } from './connection.ts';
import { safeType } from './server-errors.ts';
import type { Known } from './sink-decision.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { DocumentKey } from './stored-document.ts';

const MAX_REMEMBERED = 100_000;
const READ_AT_ONCE = 1_000;
const FIELDS = ['@timestamp', 'schema', 'meta.revision', 'key', 'case'];

/** Where a document may be. */
export interface Whereabouts {
  documentId: string;
  indices: readonly string[];
}

interface Answer {
  _index: string;
  found?: boolean;
  _seq_no?: number;
  _primary_term?: number;
  _source?: {
    '@timestamp'?: string;
    schema?: string;
    meta?: { revision?: number };
    key?: DocumentKey;
    case?: unknown;
  };
  error?: { type?: string };
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
    const places = wanted.flatMap(({ documentId, indices }, at) =>
      indices.map((index) => ({ _index: index, _id: documentId, at })),
    );
    const found = wanted.map((): Known | null => null);
    for (let from = 0; from < places.length; from += READ_AT_ONCE) {
      const some = places.slice(from, from + READ_AT_ONCE);
      const docs = some.map(({ _index, _id }) => ({ _index, _id, _source: FIELDS }));
      const answer = await this.#connection.ask('reading what is stored', (client) => client.mget({ docs }));
      for (const [i, each] of (answer.docs as Answer[]).entries()) {
        const known = knownOf(each, this.#connection.place);
        const at = some[i]?.at;
        if (known !== null && at !== undefined) found[at] = known;
      }
    }
    return found;
  }
}

function knownOf(answer: Answer, place: string): Known | null {
  const { _index: index, _seq_no: seqNo, _primary_term: primaryTerm, _source: source, error } = answer;
  if (error !== undefined && error.type !== 'index_not_found_exception')
    throw new CounterfoilError(
      'CF_UNREACHABLE',
      `Elasticsearch at ${place} could not read from ${index} (${safeType(error.type)}). Look at its health.`,
    );
  if (answer.found !== true || seqNo === undefined || primaryTerm === undefined) return null;
  return {
    index,
    seqNo,
    primaryTerm,
    revision: source?.meta?.revision ?? 0,
    model: source?.key?.model ?? '',
    digest: source?.key?.digest ?? '',
    removed: source?.key?.removed === true,
    timestamp: source?.['@timestamp'] ?? '',
    schema: source?.schema ?? '',
    case: source?.case,
  };
}

function nameOf(index: string, documentId: string): string {
  return `${index}/${documentId}`;
}
