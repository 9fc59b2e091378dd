/** The story as files, by name: ten minutes of the company, with the attack or without. */
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { Attack } from './attack.ts';
import { AuditLog } from './audit.ts';
import { Background } from './background.ts';
import { buildPods, podNamed } from './company.ts';
import { FalcoLog } from './falco.ts';
import { exportRequests } from './otlp.ts';
import { buildPayments } from './payments.ts';
import { cutShort, deliverTwice, linesOf, paymentRecords } from './records.ts';
import { ATTACKED_LEDGER, TraceWriter } from './traces.ts';

/** How far from their time records arrive. */
const SPREAD_MS = 1_800;
const BROWSING_TRACES = 160;

export interface Telling {
  seed: number;
  /** False: the same company on a day on which nothing happens. */
  attack: boolean;
}

/** The files of the story: the same bytes for the same telling. */
export function story({ seed, attack }: Telling): Record<string, string> {
  const random = new SeededRandom(seed);
  const pods = buildPods(random.fork('pods'));
  const payments = buildPayments(random.fork('payments'));
  const traces = new TraceWriter(pods, random.fork('traces'));
  for (const payment of payments) if (payment.binding !== 'none') traces.payment(payment);
  traces.browsing(BROWSING_TRACES);
  traces.dispatch(payments);
  const audit = new AuditLog(random.fork('audit'));
  const falco = new FalcoLog(random.fork('falco'));
  new Background(pods, audit, falco, random.fork('background')).play();
  if (attack) new Attack(pods, audit, falco, random.fork('attack')).play();
  const states = paymentRecords(payments, podNamed(pods, ATTACKED_LEDGER), random.fork('records'));
  const arrival = random.fork('arrival');
  const auditLines = deliverTwice(linesOf(audit.records, arrival, SPREAD_MS), '/secrets/ledger-db');
  return {
    'audit.ndjson': text(cutShort(auditLines, '"system:node:prod-eu-worker-2"')),
    'falco.ndjson': text(linesOf(falco.records, arrival, SPREAD_MS)),
    'payments.ndjson': text(deliverTwice(linesOf(states, arrival, SPREAD_MS), '"pay_0200"')),
    'spans.ndjson': text(linesOf(exportRequests(traces.spans), arrival, SPREAD_MS)),
  };
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
