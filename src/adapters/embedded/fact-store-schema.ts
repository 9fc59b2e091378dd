/**
 * Tables of the facts of one tenant (ports/fact-store.ts), in the file of the index. No name is shared with a table of
 * documents; neither side reads the other's.
 *
 * Columns without a type hold bytes where an id packs and text where it does not (packed-ids.ts). Tables with small
 * rows are WITHOUT ROWID: key and row are one tree. Those with large rows have a rowid, so that seeking a key
 * does not page through bodies.
 */
export const FACT_TABLES = `
  CREATE TABLE fact_owner (one INTEGER PRIMARY KEY CHECK (one = 1), tenant TEXT NOT NULL);

  CREATE TABLE fact_match (event NOT NULL, record NOT NULL, request, body TEXT NOT NULL, UNIQUE (event, record));
  CREATE INDEX fact_match_request ON fact_match (request, event) WHERE request IS NOT NULL;
  CREATE TABLE fact_correlated (record PRIMARY KEY NOT NULL, request, body TEXT NOT NULL);
  CREATE TABLE fact_request (
    request PRIMARY KEY NOT NULL, rank INTEGER NOT NULL, time INTEGER NOT NULL, last_end INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE payment_event (
    seq INTEGER PRIMARY KEY, id NOT NULL UNIQUE, time INTEGER NOT NULL, trace, placed INTEGER NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX payment_event_time ON payment_event (time, id);
  CREATE INDEX payment_event_placed ON payment_event (time, id) WHERE placed = 1;
  CREATE INDEX payment_event_trace ON payment_event (trace) WHERE trace IS NOT NULL;
  CREATE TABLE payment_name (
    name TEXT NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (name, event)
  ) WITHOUT ROWID;

  CREATE TABLE fact_identity (
    id PRIMARY KEY NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, instants BLOB NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE fact_statement (
    id PRIMARY KEY NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, instants BLOB NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE fact_account (
    cluster TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (cluster, namespace, name)
  ) WITHOUT ROWID;

  CREATE TABLE carried_run (run INTEGER PRIMARY KEY, count INTEGER NOT NULL, newest INTEGER NOT NULL);
  CREATE TABLE carried (
    run INTEGER NOT NULL, trace NOT NULL, at INTEGER NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (run, trace, at, attribute, value)
  ) WITHOUT ROWID;
  CREATE INDEX carried_value ON carried (run, value);

  CREATE TABLE witness (event NOT NULL, chunk TEXT NOT NULL, traces BLOB NOT NULL, packed BLOB NOT NULL, UNIQUE (event, chunk));
  CREATE TABLE witness_trace (
    trace NOT NULL, event NOT NULL, witness INTEGER NOT NULL, PRIMARY KEY (trace, event, witness)
  ) WITHOUT ROWID;

  CREATE TABLE event_state (
    event PRIMARY KEY NOT NULL, incident TEXT, retired INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL
  );
  CREATE INDEX event_state_incident ON event_state (incident) WHERE retired = 1 AND incident IS NOT NULL;
  CREATE INDEX event_state_alive ON event_state (event) WHERE retired = 0;
  CREATE TABLE event_link (event NOT NULL, id NOT NULL, link TEXT NOT NULL, PRIMARY KEY (event, id)) WITHOUT ROWID;

  CREATE TABLE visibility (
    payment TEXT PRIMARY KEY NOT NULL, traces INTEGER NOT NULL, spans INTEGER NOT NULL, with_identity INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE payment_sum (
    payment TEXT PRIMARY KEY NOT NULL, time INTEGER NOT NULL, service TEXT NOT NULL, currency TEXT NOT NULL,
    remaining INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX payment_sum_time ON payment_sum (time);

  CREATE TABLE set_aside (
    partition INTEGER NOT NULL, at INTEGER NOT NULL, earlier INTEGER, later INTEGER, PRIMARY KEY (partition, at)
  ) WITHOUT ROWID;

  CREATE TABLE dead_letter (id TEXT NOT NULL UNIQUE, age INTEGER NOT NULL, document TEXT NOT NULL);
  CREATE INDEX dead_letter_newest ON dead_letter (age, id);
  CREATE TABLE dead_letter_dropped (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL);

  CREATE TABLE outbox (kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL UNIQUE, PRIMARY KEY (kind, id)) WITHOUT ROWID;

  CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
`;
