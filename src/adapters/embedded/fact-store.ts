/**
 * The fact store of embedded mode (ports/fact-store.ts): SQLite, in the file of the index and on its connection. Each
 * kind of fact has a file of its own; here is only what they share, the transaction. The methods are as asynchronous as
 * the port asks, and run to their end at once.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { FactStore } from '../../ports/fact-store.ts';
import type { SqliteDeadLetters } from './dead-letters.ts';
import { CarriedFacts } from './fact-store-carried.ts';
import { CorrelatedFacts } from './fact-store-correlated.ts';
import { EventStates } from './fact-store-event-states.ts';
import { InventoryFacts } from './fact-store-inventory.ts';
import { MatchFacts } from './fact-store-matches.ts';
import { PaymentFacts } from './fact-store-payments.ts';
import { ProgressFact, VisibilityFacts } from './fact-store-progress.ts';
import { SetAsideFacts } from './fact-store-set-aside.ts';
import { PaymentSums } from './fact-store-sums.ts';
import { WitnessFacts } from './fact-store-witnesses.ts';
import type { OutboxWriter } from './outbox.ts';
import type { SharedTransaction } from './transaction.ts';

export function createFactStore(
  db: DatabaseSync,
  transaction: SharedTransaction,
  deadLetters: SqliteDeadLetters,
  outbox: OutboxWriter | null,
): FactStore {
  const matches = new MatchFacts(db);
  const correlated = new CorrelatedFacts(db);
  const payments = new PaymentFacts(db);
  const inventory = new InventoryFacts(db);
  const carried = new CarriedFacts(db);
  const witnesses = new WitnessFacts(db);
  const states = new EventStates(db);
  const aside = new SetAsideFacts(db);
  const visibility = new VisibilityFacts(db);
  const paymentSums = new PaymentSums(db);
  const progress = new ProgressFact(db);

  /** A write: it opens the transaction. */
  const write =
    <A extends unknown[], R>(action: (...args: A) => R) =>
    async (...args: A): Promise<R> =>
      transaction.run(() => action(...args));
  const read =
    <A extends unknown[], R>(action: (...args: A) => R) =>
    async (...args: A): Promise<R> =>
      action(...args);

  return {
    addMatches: write((facts) => matches.add(facts)),
    matchesOf: read((eventIds) => matches.ofEvents(eventIds)),
    removeMatches: write((facts) => matches.remove(facts)),
    addCorrelated: write((facts) => correlated.add(facts)),
    correlated: read(() => correlated.all()),
    dropCorrelated: write((recordIds) => correlated.drop(recordIds)),
    eventsOfRequests: read((requestIds) => matches.eventsOfRequests(requestIds)),
    noteRequests: write((facts) => matches.noteRequests(facts)),
    requests: read((requestIds) => matches.requests(requestIds)),

    addPaymentEvents: write((events) => payments.add(events)),
    paymentGroups: read((names) => payments.groups(names)),
    paymentsBetween: read((from, to, limit) => payments.between(from, to, limit)),
    placedPaymentsBetween: read((from, to) => payments.placedBetween(from, to)),

    addIdentities: write((facts) => inventory.addIdentities(facts)),
    addStatements: write((facts) => inventory.addStatements(facts)),
    addAccounts: write((facts) => inventory.addAccounts(facts)),
    inventory: read(() => inventory.all()),

    addCarried: write((facts) => carried.add(facts)),
    carriedOf: read((traceIds) => carried.ofTraces(traceIds)),
    carrying: read((values) => carried.carrying(values)),
    expireCarried: write((before) => carried.expire(before)),

    addWitnesses: write((facts) => witnesses.add(facts)),
    witnessesOf: read((eventIds) => witnesses.ofEvents(eventIds)),
    witnessesOfTraces: read((traceIds) => witnesses.ofTraces(traceIds)),
    eventsOfTraces: read((traceIds) => witnesses.eventsOfTraces(traceIds)),

    saveEventStates: write((facts) => states.save(facts)),
    saveEventLinks: write((links) => states.saveLinks(links)),
    removeEventLinks: write((links) => states.removeLinks(links)),
    eventStates: read(() => states.all()),
    retireEvents: write((eventIds) => states.retire(eventIds)),
    retiredEvents: read((eventIds) => states.retired(eventIds)),
    removeEvents: write((eventIds) => states.remove(eventIds)),

    saveVisibility: write((facts) => visibility.save(facts)),
    visibilityOf: read((paymentIds) => visibility.ofPayments(paymentIds)),

    savePaymentSums: write((sums) => paymentSums.save(sums)),
    removePaymentSums: write((paymentIds) => paymentSums.remove(paymentIds)),
    windowSums: read((windows, services) => paymentSums.windows(windows, services)),

    addSetAside: write((fact) => aside.add(fact)),
    setAside: read((partition, from, to) => aside.between(partition, from, to)),
    dropSetAside: write((before) => aside.dropBefore(before)),

    addDeadLetters: write((letters) => deadLetters.add(letters)),
    markRedriven: write((redriven) => deadLetters.markRedriven(redriven)),
    progress: read(() => progress.read()),

    async commit(reached) {
      transaction.run(() => {
        progress.save(reached);
        outbox?.settle();
      });
      transaction.commit();
    },
    async rollback() {
      transaction.rollback();
    },
  };
}
