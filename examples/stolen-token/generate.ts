/**
 * Writes the files of the story (data/*.ndjson). The same bytes on every machine: seeded, and no clock.
 *
 *   node examples/stolen-token/generate.ts           writes them
 *   node examples/stolen-token/generate.ts --check   fails when one of them is not what this program would write
 */
import { generate } from '../../tools/generated-file.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { Attack } from './story/attack.ts';
import { AuditLog } from './story/audit.ts';
import { Background } from './story/background.ts';
import { buildPods, podNamed } from './story/company.ts';
import { FalcoLog } from './story/falco.ts';
import { exportRequests } from './story/otlp.ts';
import { buildPayments } from './story/payments.ts';
import { cutShort, deliverTwice, linesOf, paymentRecords } from './story/records.ts';
import { ATTACKED_LEDGER, TraceWriter } from './story/traces.ts';

const FOLDER = 'examples/stolen-token/data';
/** The day of the story. */
const SEED = 20_260_310;
/** How far from their time records arrive. */
const SPREAD_MS = 1_800;
const BROWSING_TRACES = 160;

function story(): Record<string, string> {
  const random = new SeededRandom(SEED);
  const pods = buildPods(random.fork('pods'));
  const payments = buildPayments(random.fork('payments'));
  const traces = new TraceWriter(pods, random.fork('traces'));
  for (const payment of payments) if (payment.binding !== 'none') traces.payment(payment);
  traces.browsing(BROWSING_TRACES);
  traces.dispatch(payments);
  const audit = new AuditLog(random.fork('audit'));
  const falco = new FalcoLog(random.fork('falco'));
  new Background(pods, audit, falco, random.fork('background')).play();
  new Attack(pods, audit, falco, random.fork('attack')).play();
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

generate(
  Object.fromEntries(Object.entries(story()).map(([name, content]) => [`${FOLDER}/${name}`, content])),
);
