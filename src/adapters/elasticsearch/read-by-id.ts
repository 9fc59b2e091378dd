/**
 * Reads documents by id, many in one request: what was just written is seen, whereas a search sees it up to a second later. That one could
 * not be read is an error, and never taken for one that is not there.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { ElasticConnection } from './connection.ts';
import { notSetUp, safeType } from './server-errors.ts';

export interface Place {
  index: string;
  documentId: string;
  /** The index may have been removed, as those of old months are. */
  mayBeGone?: boolean;
}

export interface Found<T> {
  index: string;
  seqNo: number;
  primaryTerm: number;
  source: T;
}

interface Answer<T> {
  found?: boolean;
  _seq_no?: number;
  _primary_term?: number;
  _source?: T;
  error?: { type?: string };
}

const AT_ONCE = 1_000;

/**
 * One answer for each place, in their order; null: nothing is there.
 * @param fields of the document that are wanted; all where it is not given
 * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP
 */
export async function readById<T>(
  connection: ElasticConnection,
  what: string,
  places: readonly Place[],
  fields?: string[],
): Promise<(Found<T> | null)[]> {
  const found: (Found<T> | null)[] = [];
  for (let from = 0; from < places.length; from += AT_ONCE) {
    const some = places.slice(from, from + AT_ONCE);
    const docs = some.map(({ index, documentId }) => ({
      _index: index,
      _id: documentId,
      ...(fields === undefined ? {} : { _source: fields }),
    }));
    const answer = await connection.ask(what, (client) => client.mget({ docs }));
    const answers = answer.docs as Answer<T>[];
    for (const [i, place] of some.entries())
      found.push(foundOf(answers[i] ?? {}, place, connection.place, what));
  }
  return found;
}

function foundOf<T>(answer: Answer<T>, place: Place, server: string, what: string): Found<T> | null {
  const { found, _seq_no: seqNo, _primary_term: primaryTerm, _source: source, error } = answer;
  const type = error?.type;
  if (type === 'index_not_found_exception' && place.mayBeGone === true) return null;
  if (type === 'index_not_found_exception') throw notSetUp(server, what);
  if (found === false) return null;
  if (seqNo === undefined || primaryTerm === undefined || source === undefined)
    throw new CounterfoilError(
      'CF_UNREACHABLE',
      `Elasticsearch at ${server} could not read from ${place.index} (${safeType(type)}) for ${what}. Look at its health (GET _cluster/health).`,
    );
  return { index: place.index, seqNo, primaryTerm, source };
}
