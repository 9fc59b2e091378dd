/**
 * The batch lane (DESIGN 4.5): files in, documents out, end of input = final. One process, one pass over the inputs,
 * one over the packed spans.
 *
 * Order of reading: payments first, because ids on spans are resolved while spans are read; then the security inputs;
 * spans last. The result does not depend on the order inside any of them.
 */
import { BatchJoin } from '../join/batch-join.ts';
import { KeyTable, wordsOfHex } from '../join/key-table.ts';
import { recordIdOf } from '../join/record-id.ts';
import { countReason, type Accounting } from '../model/accounting.ts';
import type { EventDocument } from '../model/documents/event.ts';
import type { IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { PaymentEvent } from '../model/payment.ts';
import type { Refusal } from '../model/refusal.ts';
import type { SpanBatch } from '../model/span-record.ts';
import type { RecordSource } from '../ports/record-source.ts';
import { matchesOf } from '../rules/evaluate.ts';
import { correlated, withFacets } from './correlated.ts';
import { assemble } from './assemble.ts';
import type { CorrelateInputs, CorrelateOptions } from './correlate-options.ts';
import type { LazyList } from './lazy-list.ts';
import { countAmbiguous } from './count-ambiguous.ts';
import { createDecoders, type Decoders } from './decoders.ts';
import { Ledger, ingest } from './ingest.ts';

export interface CorrelateResult {
  /** By event start, then link id. */
  links: LazyList<LinkDocument>;
  events: EventDocument[];
  /** By payment id. */
  payments: LazyList<PaymentDocument>;
  incidents: IncidentDocument[];
  accounting: Accounting;
  /** Events without a link, and ids on spans that named no payment, by reason. */
  unlinked: Record<string, number>;
  /** Matches that made no event because somebody said so, by the id of the rule. */
  suppressed: Record<string, number>;
  /** Matches that correlation rules left out, by reason. */
  uncorrelated: Record<string, number>;
  refusals: Refusal[];
  refusalCount: number;
  asOf: Instant;
  spans: number;
}

/** Reads all inputs and joins them. The span log is closed whatever happens. */
export async function correlate(
  inputs: CorrelateInputs,
  options: CorrelateOptions,
): Promise<CorrelateResult> {
  const log = options.openSpanLog();
  try {
    const { rules } = options;
    let uncorrelated: Record<string, number> = {};
    const join = new BatchJoin({
      ...(rules.correlations.length === 0
        ? {}
        : {
            correlate: (settled) => {
              const { matches, losses } = correlated(settled, rules);
              uncorrelated = losses;
              return matches;
            },
          }),
      tenant: options.tenant,
      cluster: options.cluster,
      paymentsProvenance: options.identity.payments,
      settings: options.settings,
      fold: options.fold,
      rank: (rail, state) => options.recoverability.rank(rail, state),
      attribute: (name) => options.attributes.lookup(name),
      log,
    });
    const ledger = new Ledger();
    const decoders = createDecoders({ ...options, provenance: options.identity.spans });
    await readPayments(inputs.payments, decoders, join, ledger, options);
    for (const input of ['audit', 'alerts', 'events'] as const)
      await readObservations(input, inputs[input], decoders, join, ledger, options);
    await readSpans(inputs.spans, decoders, join, ledger, options);
    const joined = join.finish();
    countAmbiguous(joined.table.payments, ledger.account('payments'));
    const spans = ledger.accounting.inputs.spans;
    if (spans !== undefined) spans.items.duplicate = joined.duplicateSpans;
    const { refusals, refusalCount, accounting } = ledger;
    return {
      ...assemble(joined, options),
      accounting,
      uncorrelated,
      suppressed: ledger.suppressed,
      refusals,
      refusalCount,
      spans: spans?.items.accepted ?? 0,
    };
  } finally {
    log.close();
  }
}

async function readPayments(
  sources: RecordSource[],
  decoders: Decoders,
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  const seen = new Set<string>();
  await ingest<PaymentEvent>(sources, {
    input: 'payments',
    ledger,
    decode: decoders.payments,
    accept: (event) => {
      if (seen.has(event.id)) return true;
      seen.add(event.id);
      join.addPaymentEvent(event);
      return false;
    },
    redactor: options.redactor,
    ...progressOf(options),
  });
}

async function readObservations(
  input: 'audit' | 'alerts' | 'events',
  sources: RecordSource[],
  decoders: Decoders,
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  const seen = new KeyTable();
  await ingest<Observation>(sources, {
    input,
    ledger,
    decode: decoders[input],
    accept: (observation) => {
      // Joined all the same: it may differ in what its id does not tell, and folding does not mind repeats.
      const repeat = isRepeat(seen, observation);
      const matches = matchesOf(observation, options.rules, (ruleId) => {
        if (!repeat) countReason(ledger.suppressed, ruleId);
      });
      join.addObservation(
        observation,
        matches.map((match) => withFacets(match, options.rules)),
      );
      return repeat;
    },
    redactor: options.redactor,
    ...progressOf(options),
  });
}

/** Whether this record (of a stage, this stage) was seen before; 128 bits of its hash are kept. */
function isRepeat(seen: KeyTable, observation: Observation): boolean {
  const known = seen.size;
  seen.insert(...wordsOfHex(recordIdOf(observation)));
  return seen.size === known;
}

async function readSpans(
  sources: RecordSource[],
  decoders: Decoders,
  join: BatchJoin,
  ledger: Ledger,
  options: CorrelateOptions,
): Promise<void> {
  await ingest<SpanBatch>(sources, {
    input: 'spans',
    ledger,
    decode: decoders.spans,
    accept: (batch) => {
      join.addSpans(batch);
      return false;
    },
    size: (batch) => batch.spans.length,
    redactor: options.redactor,
    ...progressOf(options),
  });
}

function progressOf(options: CorrelateOptions): Pick<CorrelateOptions, 'onProgress'> {
  return options.onProgress === undefined ? {} : { onProgress: options.onProgress };
}
