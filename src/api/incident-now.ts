/**
 * The money of an incident as of an instant: what the stored impact says, moved to another time.
 *
 * Walks the incident's live links, takes each payment that has one of at least `min_p` (weak ones are in no sum), and
 * adds what remains of it into the class that `recover` gives it at that instant. So per currency
 * linked = stoppable + recallable + final (SPEC M1), in integers. Costs one pass over the links; an incident with more
 * than 20,000 is answered with null instead of a figure that covers part of it.
 */
import { Type, type Static } from 'typebox';
import { ClockPart, type IncidentDocument } from '../model/documents/incident.ts';
import type { LinkDocument } from '../model/documents/link.ts';
import * as part from '../model/documents/parts.ts';
import { formatInstant, parseInstant, type Instant } from '../model/instant.ts';
import { formatAmount, parseAmount } from '../model/money.ts';
import type { Page } from '../ports/incident-index.ts';
import type { ApiContext } from './context.ts';
import { recoverNow } from './recover-now.ts';

const MAX_LINKS = 20_000;
const LINKS_PER_PAGE = 1_000;

export const IncidentNowPart = Type.Object(
  {
    as_of: part.Time,
    exposures: Type.Array(
      Type.Object({
        currency: Type.String(),
        payments: Type.Integer(),
        linked: part.Decimal,
        stoppable: part.Decimal,
        recallable: part.Decimal,
        final: part.Decimal,
      }),
    ),
    clock: Type.Array(ClockPart, { description: 'Deadlines of the stored impact that are still ahead.' }),
  },
  { description: 'The money as of an instant, computed when asked.' },
);

export type IncidentNow = Static<typeof IncidentNowPart>;

interface Sum {
  payments: number;
  stoppable: bigint;
  recallable: bigint;
  final: bigint;
}

/** @returns null where the incident has too many links to be summed while somebody waits */
export async function incidentNow(
  context: ApiContext,
  incident: IncidentDocument,
  asOf: Instant,
): Promise<IncidentNow | null> {
  const payments = await linkedPayments(context, incident.incident.id);
  if (payments === null) return null;
  const sums = new Map<string, Sum>();
  for (const payment of payments) {
    const { currency, remaining } = payment.amount;
    const sum = sums.get(currency) ?? { payments: 0, stoppable: 0n, recallable: 0n, final: 0n };
    sum.payments += 1;
    sum[recoverNow(payment.recover, asOf).class] += parseAmount(remaining, currency) ?? 0n;
    sums.set(currency, sum);
  }
  return {
    as_of: formatInstant(asOf),
    exposures: [...sums]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, sum]) => exposure(currency, sum)),
    clock: incident.impact.clock.filter(({ deadline }) => (parseInstant(deadline) ?? 0) > asOf),
  };
}

function exposure(currency: string, sum: Sum): IncidentNow['exposures'][number] {
  const { payments, stoppable, recallable, final } = sum;
  const text = (minor: bigint): string => formatAmount(minor, currency);
  return {
    currency,
    payments,
    linked: text(stoppable + recallable + final),
    stoppable: text(stoppable),
    recallable: text(recallable),
    final: text(final),
  };
}

/** Payments with a live link of at least `minP`, each once; the links of a payment carry the same payment. */
async function linkedPayments(context: ApiContext, incidentId: string): Promise<part.PaymentPart[] | null> {
  const linked = new Map<string, part.PaymentPart>();
  let seen = 0;
  let cursor: string | null = null;
  do {
    const request = { limit: LINKS_PER_PAGE, cursor };
    const page: Page<LinkDocument> = await context.index.linksOfIncident(context.tenant, incidentId, request);
    seen += page.items.length;
    if (seen > MAX_LINKS) return null;
    for (const { link, payment } of page.items) {
      if (link.status === 'live' && link.confidence >= context.minP) linked.set(payment.id, payment);
    }
    cursor = page.next;
  } while (cursor !== null);
  return [...linked.values()];
}
