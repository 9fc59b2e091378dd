/**
 * Who is where (hop 0 of the rendezvous): what spans and records state of pods, containers, accounts and workloads. A part of the
 * fact store (ports/fact-store.ts), whose commit makes it durable: a witness must never name an identity that is not
 * stored. Embedded: SQLite; production: the topic `counterfoil.inventory` with Redis. What follows from all of it
 * is worked out in memory (join/learned.ts): distinct statements are few, some ten thousand.
 */
import type { ServiceAccount, StatedIdentity } from '../model/identity.ts';
import type { Instant } from '../model/instant.ts';
import type { SpanIdentity } from '../model/span-record.ts';

/** One distinct span identity; merging widens the range and adds instants. */
export interface IdentityFact {
  /** 16 hex digits of the hash of its content. */
  identityId: string;
  identity: SpanIdentity;
  first: Instant;
  last: Instant;
  /** Starts of its spans, kept only where the pod may depend on them; capped. */
  instants: readonly Instant[];
}

/** One distinct thing that records state of a pod; merging widens the range and adds instants. */
export interface StatementFact {
  identity: StatedIdentity;
  account: ServiceAccount | null;
  first: Instant;
  last: Instant;
  instants: readonly Instant[];
}

/** An account that a record names together with its cluster. */
export interface AccountFact {
  cluster: string;
  account: ServiceAccount;
}

export interface Inventory {
  identities: IdentityFact[];
  statements: StatementFact[];
  accounts: AccountFact[];
}

/** Facts only add: ranges widen, instants unite, whatever the order and however often. */
export interface InventoryStore {
  addIdentities(identities: readonly IdentityFact[]): Promise<void>;
  addStatements(statements: readonly StatementFact[]): Promise<void>;
  addAccounts(accounts: readonly AccountFact[]): Promise<void>;
  inventory(): Promise<Inventory>;
}
