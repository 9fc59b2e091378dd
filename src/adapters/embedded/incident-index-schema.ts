/**
 * Tables of the embedded incident index, and the checks on opening its file. The tables of facts, which the live
 * engine keeps in the same file, are in fact-store-schema.ts.
 *
 * Documents are kept as the JSON text that was given; beside each stand only the columns that a list is filtered or
 * ordered by. Every list of the port is one index range, so a page costs O(log n + page) and never a sort:
 *
 *   links of a payment    (tenant, payment, start, id)      links of an incident   (tenant, incident, start, id)
 *   links of an event     (tenant, event, start, id)        events of an incident  (tenant, incident, start, id)
 *   incidents, newest     (tenant, age, id)                 payments of an incident: a table of their own, because
 *   incidents of a payment (tenant, payment, age, incident) a payment meets an incident by many links
 *
 * `age` is the start negated: "newest first, then id" is then one ascending row comparison like every other list.
 * `name` holds every text that means a payment, with its rank: 0 for what its source makes unique (own id, superseded
 * ids, UETR, PSP reference), 1 for what merely finds (SPEC J15: a strong id wins over aliases).
 */
import type { DatabaseSync } from 'node:sqlite';
import { CounterfoilError } from '../../model/errors.ts';
import { FACT_TABLES } from './fact-store-schema.ts';

/** Raised with every change of the tables; an index of another version is refused, never migrated in place. */
export const SCHEMA_VERSION = 5;

/** `CFix`: tells our file from any other SQLite file before a table of it is touched. */
const APPLICATION_ID = 0x43466978;

const TABLES = `
  CREATE TABLE event (
    tenant TEXT NOT NULL, id TEXT NOT NULL, start INTEGER NOT NULL, incident TEXT, would_be TEXT NOT NULL,
    document TEXT NOT NULL, UNIQUE (tenant, id)
  );
  CREATE INDEX event_incident ON event (tenant, incident, start, id) WHERE incident IS NOT NULL;
  CREATE INDEX event_would_be ON event (tenant, would_be) WHERE incident IS NOT NULL;

  CREATE TABLE link (
    tenant TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL, payment TEXT NOT NULL, incident TEXT,
    start INTEGER NOT NULL, live INTEGER NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, id)
  );
  CREATE INDEX link_payment ON link (tenant, payment, start, id);
  CREATE INDEX link_event ON link (tenant, event, start, id);
  CREATE INDEX link_incident ON link (tenant, incident, start, id) WHERE incident IS NOT NULL;

  CREATE TABLE payment (
    tenant TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, id)
  );
  CREATE TABLE name (
    tenant TEXT NOT NULL, value TEXT NOT NULL, rank INTEGER NOT NULL, payment TEXT NOT NULL,
    PRIMARY KEY (tenant, value, rank, payment)
  ) WITHOUT ROWID;

  CREATE TABLE incident (
    tenant TEXT NOT NULL, id TEXT NOT NULL, age INTEGER NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, id)
  );
  CREATE INDEX incident_newest ON incident (tenant, age, id);

  CREATE TABLE incident_payment (
    tenant TEXT NOT NULL, incident TEXT NOT NULL, time INTEGER NOT NULL, payment TEXT NOT NULL,
    age INTEGER NOT NULL, PRIMARY KEY (tenant, incident, time, payment)
  ) WITHOUT ROWID;
  CREATE INDEX incident_of_payment ON incident_payment (tenant, payment, age, incident);
`;

/** Creates the tables in an empty file, and checks the version of any other. */
export function prepareForWriting(db: DatabaseSync, place: string): void {
  db.exec('PRAGMA journal_mode = WAL');
  if (isEmpty(db)) {
    db.exec(
      `BEGIN; ${TABLES} ${FACT_TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
    );
  }
  checkVersion(db, place);
}

/**
 * Checks that a file holds an index of this version.
 * @throws CounterfoilError CF_INDEX_VERSION
 */
export function checkVersion(db: DatabaseSync, place: string): void {
  const found = pragma(db, 'user_version');
  if (pragma(db, 'application_id') === APPLICATION_ID && found === SCHEMA_VERSION) return;
  const what =
    pragma(db, 'application_id') === APPLICATION_ID
      ? `${place} has schema version ${found}, this program reads version ${SCHEMA_VERSION}`
      : `${place} is an SQLite file, but no index of Counterfoil`;
  throw new CounterfoilError(
    'CF_INDEX_VERSION',
    `${what}. Move the file away (or choose another data folder) and write the index again from its inputs.`,
  );
}

/** Whether nothing was ever written to the file: another process may have just created it. */
export function isEmpty(db: DatabaseSync): boolean {
  return (
    db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined && pragma(db, 'user_version') === 0
  );
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
