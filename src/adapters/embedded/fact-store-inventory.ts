/**
 * What the inventory learned: span identities, statements of records, accounts by cluster.
 *
 * Merging widens [first, last] and unites the instants, of which the 1,000 smallest are kept: the smallest of a union
 * are the smallest of the smallest of its parts, so order and repetition do not show. Most batches say nothing new
 * and then write nothing.
 *
 * Cost: a seek a fact; a merge of instants is linear in both lists, 8 bytes an instant.
 * Worked example: {first 5, last 9, instants 5 9} + {first 7, last 12, instants 7 9} -> {5, 12, 5 7 9}.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ServiceAccount, StatedIdentity } from '../../model/identity.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { sha256Hex } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import type { Instant } from '../../model/instant.ts';
import type { SpanIdentity } from '../../model/span-record.ts';
import type { AccountFact, IdentityFact, StatementFact } from '../../ports/inventory.ts';
import type { Row } from './many-lookup.ts';
import { packHex, unpackHex, type Packed } from './packed-ids.ts';

const MAX_INSTANTS = 1_000;
const STATEMENT_ID_DIGITS = 32;

interface Sightings {
  first: Instant;
  last: Instant;
  instants: readonly Instant[];
}

export class InventoryFacts {
  readonly #identities: SightedTable;
  readonly #statements: SightedTable;
  readonly #addAccount: StatementSync;
  readonly #accounts: StatementSync;

  constructor(db: DatabaseSync) {
    this.#identities = new SightedTable(db, 'fact_identity');
    this.#statements = new SightedTable(db, 'fact_statement');
    this.#addAccount = db.prepare(
      'INSERT OR IGNORE INTO fact_account (cluster, namespace, name) VALUES (?, ?, ?)',
    );
    this.#accounts = db.prepare('SELECT cluster, namespace, name FROM fact_account');
  }

  addIdentities(facts: readonly IdentityFact[]): void {
    for (const fact of facts)
      this.#identities.add(packHex(fact.identityId), JSON.stringify(fact.identity), fact);
  }

  addStatements(facts: readonly StatementFact[]): void {
    for (const fact of facts) {
      const body = canonicalJson([fact.identity, fact.account] as unknown as Json);
      this.#statements.add(packHex(sha256Hex(body).slice(0, STATEMENT_ID_DIGITS)), body, fact);
    }
  }

  addAccounts(facts: readonly AccountFact[]): void {
    for (const { cluster, account } of facts) this.#addAccount.run(cluster, account.namespace, account.name);
  }

  all(): { identities: IdentityFact[]; statements: StatementFact[]; accounts: AccountFact[] } {
    return {
      identities: this.#identities.all().map(({ id, body, sightings }) => ({
        identityId: unpackHex(id),
        identity: JSON.parse(body) as SpanIdentity,
        ...sightings,
      })),
      statements: this.#statements.all().map(({ body, sightings }) => {
        const [identity, account] = JSON.parse(body) as [StatedIdentity, ServiceAccount | null];
        return { identity, account, ...sightings };
      }),
      accounts: this.#accounts.all().map((row) => ({
        cluster: String(row['cluster']),
        account: { namespace: String(row['namespace']), name: String(row['name']) },
      })),
    };
  }
}

/** Things by id, each with when it was seen. */
class SightedTable {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync, table: 'fact_identity' | 'fact_statement') {
    this.#find = db.prepare(`SELECT first, last, instants FROM ${table} WHERE id = ?`);
    this.#insert = db.prepare(
      `INSERT INTO ${table} (first, last, instants, id, body) VALUES (?, ?, ?, ?, ?)`,
    );
    this.#update = db.prepare(`UPDATE ${table} SET first = ?, last = ?, instants = ? WHERE id = ?`);
    this.#all = db.prepare(`SELECT id, first, last, instants, body FROM ${table} ORDER BY id`);
  }

  add(id: Packed, body: string, seen: Sightings): void {
    const row = this.#find.get(id);
    if (row === undefined) {
      this.#insert.run(seen.first, seen.last, pack(smallest(seen.instants)), id, body);
      return;
    }
    const known = sightingsOf(row);
    const instants = smallest([...known.instants, ...seen.instants]);
    const [first, last] = [Math.min(known.first, seen.first), Math.max(known.last, seen.last)];
    const added = instants.some((instant, i) => instant !== known.instants[i]);
    if (!added && first === known.first && last === known.last) return;
    this.#update.run(first, last, pack(instants), id);
  }

  all(): { id: Row[string]; body: string; sightings: Sightings }[] {
    return this.#all.all().map((row) => ({
      id: row['id'] ?? null,
      body: String(row['body']),
      sightings: sightingsOf(row),
    }));
  }
}

function sightingsOf(row: Row): Sightings {
  return { first: Number(row['first']), last: Number(row['last']), instants: unpack(row['instants']) };
}

function smallest(instants: readonly Instant[]): Instant[] {
  return [...new Set(instants)].toSorted((a, b) => a - b).slice(0, MAX_INSTANTS);
}

function pack(instants: readonly Instant[]): Uint8Array {
  return new Uint8Array(Float64Array.from(instants).buffer);
}

function unpack(value: Row[string] | undefined): Instant[] {
  // A copy, because what SQLite hands out need not begin at a multiple of 8.
  return value instanceof Uint8Array ? [...new Float64Array(Uint8Array.from(value).buffer)] : [];
}
