/**
 * What the live lane has learned of who runs where, kept as facts that only add, and sealed anew when they say more.
 *
 * What: the same statements and identities that the batch lane gathers, by content, each with its first and last
 * instant; `knowledge` seals them with the same code. Why sealed whole and not patched: what a name means depends on all
 * statements at once (the only pod so named, the only id with this prefix), and a patch that is wrong once stays wrong.
 * Why that is cheap enough: statements are distinct resources, not records. In a steady cluster nothing new is stated
 * for minutes, and a wider range changes nothing while no pod name is used twice.
 *
 * Cost: sealing some microseconds a statement; memory by distinct statement. Worked example: 20,000 pods, one new pod:
 * sealed once, in about 100 ms, on the engine's thread.
 * Source: DESIGN 4.2.
 */
import type { Instant, Micros } from '../model/instant.ts';
import type { ServiceAccount, StatedIdentity } from '../model/identity.ts';
import type { Observation } from '../model/observation.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { SpanIdentity } from '../model/span-record.ts';
import type { AccountFact, IdentityFact, StatementFact } from '../ports/inventory.ts';
import { placeOfPayment } from './evaluate.ts';
import { Inventory } from './inventory.ts';
import { sealKnowledge, type Knowledge, type VisitStarts } from './knowledge.ts';
import { SpanIdentities } from './span-identities.ts';
import type { SpanRows } from './span-chunk.ts';
import { spanKeyOf } from './span-key.ts';

/** The most instants kept of one statement whose pod depends on them. */
const MAX_INSTANTS = 1_000;

interface Range {
  first: Instant;
  last: Instant;
  instants: Set<Instant>;
}

interface Identity extends Range {
  identityId: string;
  identity: SpanIdentity;
  ordinal: number;
  spanKey: string | null;
}

interface Statement extends Range {
  identity: StatedIdentity;
  account: ServiceAccount | null;
}

/** Facts that are new or say more than when they were last asked for. */
export interface LearnedFacts {
  identities: IdentityFact[];
  statements: StatementFact[];
  accounts: AccountFact[];
}

export class Learned {
  readonly #cluster: string | null;
  readonly #lateHorizon: Micros;
  readonly #identities = new Map<string, Identity>();
  readonly #ordered: Identity[] = [];
  readonly #statements = new Map<string, Statement>();
  readonly #accounts = new Map<string, AccountFact>();
  /** New since they were last handed out, and grown since. */
  readonly #new = { identities: new Set<Identity>(), statements: new Set<Statement>() };
  readonly #grown = { identities: new Set<Identity>(), statements: new Set<Statement>() };
  #unsavedAccounts: AccountFact[] = [];
  #knowledge: Knowledge | null = null;
  #widened = false;

  /** @param cluster of records that name none; null: none configured */
  constructor(cluster: string | null, lateHorizon: Micros) {
    this.#cluster = cluster;
    this.#lateHorizon = lateHorizon;
  }

  /** Facts of an earlier run. */
  restore(facts: LearnedFacts): void {
    this.hear(facts.identities);
    for (const { identity, account, ...range } of facts.statements) {
      const known = this.#statement(identity, account);
      widen(known, range.first, range.last);
      for (const at of range.instants) addInstant(known, at);
    }
    for (const { cluster, account } of facts.accounts) this.#learnAccount(cluster, account);
    this.takeNew();
    this.takeGrown();
    this.#knowledge = null;
  }

  /** What another worker has learned from spans. */
  hear(identities: readonly IdentityFact[]): void {
    for (const { identityId, identity, first, last, instants } of identities) {
      const of = this.#identity(identityId, identity);
      this.#widenIdentity({ of, first, last, instants: new Set(instants) });
    }
  }

  /** @param identities those of the rows' dictionary, in its order */
  seeSpans(rows: SpanRows, identities: readonly SpanIdentity[]): void {
    const seen = rows.dictionary.map((id, at) => this.#seen(id, identities[at]));
    for (let at = 0; at < rows.length; at += 1) {
      const range = seen[rows.identity[at] ?? 0];
      if (range === undefined) continue;
      const start = rows.start[at] ?? 0;
      if (start < range.first) range.first = start;
      if (start > range.last) range.last = start;
      if (range.timed) addInstant(range, start);
    }
    for (const range of seen) if (range.first <= range.last) this.#widenIdentity(range);
  }

  #seen(id: string, identity: SpanIdentity | undefined): Range & { of: Identity; timed: boolean } {
    const known = this.#identities.get(id);
    if (known === undefined && identity === undefined)
      throw new Error('rows name an identity that is not given');
    const of = known ?? this.#identity(id, identity as SpanIdentity);
    const timed = mayDependOnTime(of.identity) && of.instants.size < MAX_INSTANTS;
    return { of, timed, first: Infinity, last: -Infinity, instants: new Set() };
  }

  #widenIdentity({ of, first, last, instants }: Range & { of: Identity }): void {
    const before = of.instants.size;
    for (const at of instants) addInstant(of, at);
    if (!widen(of, first, last) && of.instants.size === before) return;
    this.#grown.identities.add(of);
    this.#widened = true;
  }

  /** What an observation states, and what it proves of other pods (SPEC J4). */
  learnObservation({ identity, serviceAccount, start, sightings }: Observation): void {
    const where = this.#placed(identity);
    this.#learn(where, start, null);
    if (serviceAccount !== null) this.#learnAccount(where.cluster, serviceAccount);
    for (const { identity: seen, at, serviceAccount: account } of sightings)
      this.#learn(this.#placed(seen), at, account);
  }

  learnPayment(event: PaymentEvent): void {
    const identity = placeOfPayment(event, this.#cluster);
    if (identity !== null) this.#learn(identity, event.time, null);
  }

  #placed(identity: StatedIdentity): StatedIdentity {
    return identity.cluster === null ? { ...identity, cluster: this.#cluster } : identity;
  }

  #learn(identity: StatedIdentity, at: Instant, account: ServiceAccount | null): void {
    const known = this.#statement(identity, account);
    const before = known.instants.size;
    if (identity.podUid === null && identity.podName !== null) addInstant(known, at);
    if (!widen(known, at, at) && known.instants.size === before) return;
    this.#grown.statements.add(known);
    this.#widened = true;
  }

  #learnAccount(cluster: string | null, account: ServiceAccount): void {
    if (cluster === null) return;
    const key = `${cluster}\0${account.namespace}\0${account.name}`;
    if (this.#accounts.has(key)) return;
    const fact = { cluster, account };
    this.#accounts.set(key, fact);
    this.#unsavedAccounts.push(fact);
    this.#knowledge = null;
  }

  #identity(identityId: string, identity: SpanIdentity): Identity {
    let known = this.#identities.get(identityId);
    if (known === undefined) {
      const range = { first: Infinity, last: -Infinity, instants: new Set<Instant>() };
      const spanKey = spanKeyOf(identity);
      known = { identityId, identity, ordinal: this.#ordered.length, spanKey, ...range };
      this.#identities.set(identityId, known);
      this.#ordered.push(known);
      this.#new.identities.add(known);
      this.#knowledge = null;
    }
    return known;
  }

  #statement(identity: StatedIdentity, account: ServiceAccount | null): Statement {
    const { cluster, namespace, podName, podUid, containerId } = identity;
    const key = JSON.stringify([cluster, namespace, podName, podUid, containerId, account]);
    let known = this.#statements.get(key);
    if (known === undefined) {
      known = { identity, account, first: Infinity, last: -Infinity, instants: new Set() };
      this.#statements.set(key, known);
      this.#new.statements.add(known);
      this.#knowledge = null;
    }
    return known;
  }

  /** Hands out what is new, once: a witness must never name an identity that is not stored. */
  takeNew(): LearnedFacts {
    const accounts = this.#unsavedAccounts;
    this.#unsavedAccounts = [];
    // As wide as they are now.
    for (const each of this.#new.identities) this.#grown.identities.delete(each);
    for (const each of this.#new.statements) this.#grown.statements.delete(each);
    return { ...taken(this.#new), accounts };
  }

  /** Hands out what says more than it did, once. Costs a row for every pod that is alive, so it is asked for rarely. */
  takeGrown(): LearnedFacts {
    return { ...taken(this.#grown), accounts: [] };
  }

  /** Whether the next `knowledge` says more than the last one. */
  get saysMore(): boolean {
    return this.#knowledge === null || (this.#widened && this.#knowledge.inventory.reusesNames);
  }

  /** Makes the next `knowledge` take every range into account, however little it may change. */
  unseal(): void {
    this.#knowledge = null;
  }

  /** Everything learned so far, sealed. Ordinals of identities never change. */
  knowledge(): Knowledge {
    if (this.#knowledge !== null && !this.saysMore) return this.#knowledge;
    const inventory = new Inventory(this.#lateHorizon);
    for (const each of this.#statements.values())
      inventory.restore({ ...each, instants: [...each.instants] });
    for (const { cluster, account } of this.#accounts.values()) inventory.learnAccount(cluster, account);
    const identities = new SpanIdentities(inventory);
    for (const { identity, ordinal, first, last } of this.#ordered) {
      if (identities.intern(identity) !== ordinal)
        throw new Error('identity ids stand for distinct contents');
      identities.sight(ordinal, first);
      identities.sight(ordinal, last);
    }
    const starts: VisitStarts = (ordinals, visit) => {
      for (const ordinal of ordinals) for (const at of this.instantsOf(ordinal)) visit(ordinal, at);
    };
    this.#knowledge = sealKnowledge(inventory, identities, starts);
    this.#widened = false;
    return this.#knowledge;
  }

  get identityCount(): number {
    return this.#ordered.length;
  }

  /** Null: it was not told of yet. Where workers share the join, spans may be seen before who sent them is heard of. */
  ordinalOf(identityId: string): number | null {
    return this.#identities.get(identityId)?.ordinal ?? null;
  }

  identityIdAt(ordinal: number): string | null {
    return this.#ordered[ordinal]?.identityId ?? null;
  }

  spanKeyAt(ordinal: number): string | null {
    return this.#ordered[ordinal]?.spanKey ?? null;
  }

  spanKeyOfId(identityId: string): string | null {
    return this.#identities.get(identityId)?.spanKey ?? null;
  }

  /** Starts of its spans, where its pod may depend on them. */
  instantsOf(ordinal: number): Iterable<Instant> {
    return this.#ordered[ordinal]?.instants ?? [];
  }
}

function taken({
  identities,
  statements,
}: {
  identities: Set<Identity>;
  statements: Set<Statement>;
}): Omit<LearnedFacts, 'accounts'> {
  const facts = {
    identities: [...identities].map((each) => ({
      ...rangeOf(each),
      identityId: each.identityId,
      identity: each.identity,
    })),
    statements: [...statements].map((each) => ({
      ...rangeOf(each),
      identity: each.identity,
      account: each.account,
    })),
  };
  identities.clear();
  statements.clear();
  return facts;
}

/** A pod name without its uid can mean another pod at another instant; a host name may turn out to be one. */
function mayDependOnTime({ podUid, podName, hostName }: SpanIdentity): boolean {
  return podUid === null && (podName !== null || hostName !== null);
}

/** Whether the range grew. */
function widen(range: Range, first: Instant, last: Instant): boolean {
  const grows = first < range.first || last > range.last;
  if (first < range.first) range.first = first;
  if (last > range.last) range.last = last;
  return grows;
}

function addInstant(range: Range, at: Instant): void {
  if (range.instants.size < MAX_INSTANTS) range.instants.add(at);
}

function rangeOf({ first, last, instants }: Range): Pick<IdentityFact, 'first' | 'last' | 'instants'> {
  return { first, last, instants: [...instants] };
}
