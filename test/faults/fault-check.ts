/** What of a run is lost, double or wrong, in words; nothing where all is right. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { accountingErrors, type Accounting, type InputName } from '../../src/model/accounting.ts';
import type { Documents } from '../e2e/deployment.ts';
import type { Expected } from './records.ts';

const KINDS = ['events', 'links', 'payments', 'incidents'] as const;
const SHOWN = 5;

/** While records come: the accounts add up, and nothing is counted that was not produced. */
export function wrongAccounts(
  accounting: Accounting,
  produced: Readonly<Record<InputName, number>>,
): string[] {
  const tooMany = Object.entries(accounting.inputs).flatMap(([input, { records }]) =>
    records > produced[input as InputName]
      ? [`${input}: ${records} records counted, ${produced[input as InputName]} produced`]
      : [],
  );
  return [...accountingErrors(accounting), ...tooMany];
}

/** In the end: each record is counted once, and as what the batch lane counts it. */
export function wrongCounts(found: Accounting, expected: Accounting): string[] {
  const names = new Set([...Object.keys(found.inputs), ...Object.keys(expected.inputs)]);
  const wrong = [...names].flatMap((name) => {
    const [is, should] = [found, expected].map((each) => countsOf(each, name as InputName));
    return is === should ? [] : [`${name}: counted ${is}, it should be ${should}`];
  });
  return [...accountingErrors(found), ...wrong];
}

/** Which items came twice or late the lanes see each in its own way. */
function countsOf({ inputs }: Accounting, name: InputName): string {
  const account = inputs[name];
  if (account === undefined || account.records === 0) return 'nothing';
  const { records, decoded, ignored, dead_lettered: dead, items } = account;
  return JSON.stringify({
    records,
    decoded,
    ignored,
    dead,
    accepted: items.accepted,
    refused: items.refused,
  });
}

/** @param except ids of documents that the server would not take, and that were named for it */
export function wrongDocuments(
  found: Documents,
  { documents }: Expected,
  except: ReadonlySet<string>,
): string[] {
  return KINDS.flatMap((kind) => {
    const [is, should] = [byId(found[kind], except), byId(documents[kind] ?? [], except)];
    const lost = [...should.keys()].filter((id) => !is.has(id));
    const surplus = [...is.keys()].filter((id) => !should.has(id));
    const other = [...is].filter(([id, each]) => should.has(id) && !isDeepStrictEqual(each, should.get(id)));
    return [
      ...named(`${kind} lost`, lost),
      ...named(`${kind} too many`, surplus),
      ...named(
        `${kind} that differ`,
        other.map(([id, each]) => differenceOf(id, each, should.get(id))),
      ),
    ];
  });
}

/** Each incident stands in the feed as it stands in the index. */
export function wrongFeed(
  feed: ReadonlyMap<string, object>,
  { incidents }: Documents,
  except: ReadonlySet<string>,
): string[] {
  const wrong = [...byId(incidents, except)].filter(([id, each]) => !isDeepStrictEqual(feed.get(id), each));
  return named(
    'incidents that the feed has otherwise',
    wrong.map(([id]) => id),
  );
}

/** What the incidents worker has left on its disk. */
export function accountingIn(folder: string): Accounting {
  const db = new DatabaseSync(join(folder, 'index.sqlite'), { readOnly: true });
  const row = db.prepare('SELECT body FROM progress').get();
  db.close();
  return (JSON.parse(String(row?.['body'])) as { accounting: Accounting }).accounting;
}

function named(what: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${what}: ${ids.slice(0, SHOWN).join(', ')}`];
}

function byId(documents: readonly object[], except: ReadonlySet<string>): Map<string, object> {
  const all = documents.map((each) => [idOf(each), each] as const);
  return new Map(all.filter(([id]) => !except.has(id)));
}

/** Members that differ, and how. */
function differenceOf(id: string, is: object, should: object | undefined): string {
  const names = new Set([...Object.keys(is), ...Object.keys(should ?? {})]);
  const members = [...names].filter((name) => !isDeepStrictEqual(memberOf(is, name), memberOf(should, name)));
  const texts = members.map(
    (name) =>
      `${name} is ${JSON.stringify(memberOf(is, name))}, not ${JSON.stringify(memberOf(should, name))}`,
  );
  return `${id} (${texts.join('; ')})`;
}

function memberOf(document: object | undefined, name: string): unknown {
  return (document as Record<string, unknown> | undefined)?.[name];
}

/** Links name their event, payment and incident, payments and events their incidents. */
function idOf(document: object): string {
  const { link, incident, payment, event } = document as Partial<
    Record<'link' | 'incident' | 'payment' | 'event', { id: string }>
  >;
  if (link !== undefined) return link.id;
  return (payment ?? event ?? incident)?.id ?? '';
}
