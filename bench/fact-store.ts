/**
 * What the embedded fact store costs: rows a second, CPU a row, commit latency, on a file in the temporary folder.
 *
 *   node bench/fact-store.ts                      200,000 payments of five events, 2,000,000 carried ids
 *   node bench/fact-store.ts --payments 20000 --carried 200000
 *
 * Every part commits as the engine does, once for each batch of about a second's worth. Figures are printed, never
 * kept by hand.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../src/adapters/embedded/embedded-store.ts';
import { contentId } from '../src/model/ids.ts';
import type { PaymentEvent } from '../src/model/payment.ts';
import type { CarriedFact, EngineProgress, EventLinkFact, FactStore } from '../src/ports/fact-store.ts';
import { SeededRandom } from '../tools/seeded-random.ts';

const START = 1_773_144_000_000_000;
const PROGRESS: EngineProgress = { positions: { '0': 1 }, accounting: { inputs: {} }, time: null };
const STATES = ['initiated', 'authorized', 'accepted', 'captured', 'settled'];
const random = new SeededRandom(7);

/** Runs a part; says how many it did a second, what each cost in CPU, and how long its commits took. */
async function part(
  name: string,
  unit: string,
  run: (commit: () => Promise<void>) => Promise<number>,
): Promise<void> {
  const commits: number[] = [];
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const count = await run(async () => {
    const before = performance.now();
    await facts.commit(PROGRESS);
    commits.push(performance.now() - before);
  });
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  const figures = [
    `${Math.round(count / seconds).toLocaleString('en')} ${unit}/s`,
    `${((used.user + used.system) / count).toFixed(1)} us of CPU each`,
  ];
  if (commits.length > 0) {
    commits.sort((a, b) => a - b);
    const at = (share: number): string =>
      `${(commits[Math.floor(share * (commits.length - 1))] ?? 0).toFixed(1)} ms`;
    figures.push(`commit p50 ${at(0.5)}, p99 ${at(0.99)}`);
  }
  process.stdout.write(`${name.padEnd(34)} ${figures.join(', ')}\n`);
}

function payment(number: number, state: number): PaymentEvent {
  return {
    id: contentId('pe', [number, state]),
    tenant: 'default',
    ownId: `pay_${number}`,
    aliases: [
      { type: 'uetr', value: `7f3c2a10-9b1e-4c55-8d21-${String(number).padStart(12, '0')}` },
      { type: 'end_to_end_id', value: `E2E-${number}` },
    ],
    time: START + number * 1_000 + state,
    state: STATES[state] ?? 'settled',
    rail: 'sepa_ct',
    amountMinor: BigInt(number),
    currency: 'EUR',
    customerId: `customer-${number % 1_000}`,
    customerCountry: 'DE',
    merchantId: `merchant-${number % 100}`,
    service: 'ledger',
    traceId: state === 0 ? random.hex(32) : null,
    podUid: null,
    podName: null,
    namespace: null,
    cluster: null,
    containerId: null,
    attributes: { settlement_date: '2026-03-11' },
  };
}

function eventLink(number: number, confidence: number): EventLinkFact {
  return {
    link: {
      id: contentId('lk', [String(number)]),
      tenant: 'default',
      eventId: contentId('ev', ['large']),
      paymentId: `pay_${number}`,
      method: 'container_interval',
      confidence,
      gap: 1_000,
      provenance: 'platform',
      methods: [],
      matched: { field: 'container.id', event: 'c0ffee00c0ff', span: 'c0ffee00c0ff' },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      span: { id: '00f067aa0ba902b7', start: START, end: START },
    },
    service: 'ledger',
  };
}

async function benchCarried(rows: number): Promise<void> {
  const PER_SECOND = 5_000;
  const batches = Math.floor(rows / PER_SECOND);
  const batch = (second: number): CarriedFact[] =>
    Array.from({ length: PER_SECOND }, (_, i) => ({
      traceId: random.hex(32),
      at: START + second * 1_000_000 + i,
      attribute: 'payment.id',
      value: `pay_${random.hex(16)}`,
    }));
  const QUARTERS = 4;
  for (let quarter = 0; quarter < QUARTERS; quarter += 1) {
    const from = Math.floor((quarter * batches) / QUARTERS);
    const made = Array.from({ length: Math.floor(batches / QUARTERS) }, (_, i) => batch(from + i));
    await part(`addCarried, quarter ${quarter + 1}`, 'rows', async (commit) => {
      for (const each of made) {
        await facts.addCarried(each);
        await commit();
      }
      return made.length * PER_SECOND;
    });
    const values = (made[0] ?? []).map(({ value }) => value);
    await part('  carrying', 'values', async () => {
      for (let i = 0; i < values.length; i += 50) await facts.carrying(values.slice(i, i + 50));
      return values.length;
    });
  }
  await part('expireCarried', 'rows', async (commit) => {
    await facts.expireCarried(START + batches * 2_000_000);
    await commit();
    return batches * PER_SECOND;
  });
}

async function benchPayments(payments: number): Promise<void> {
  const BATCH = 1_000;
  for (const [state, name] of STATES.entries()) {
    const batches = Array.from({ length: Math.ceil(payments / BATCH) }, (_, batch) =>
      Array.from({ length: BATCH }, (_event, i) => payment(batch * BATCH + i, state)),
    );
    await part(`addPaymentEvents, ${name}`, 'events', async (commit) => {
      for (const batch of batches) {
        await facts.addPaymentEvents(batch);
        await commit();
      }
      return payments;
    });
  }
  for (const size of [1, 100, 5_000]) {
    const lookups = Math.min(payments, 20_000);
    await part(`paymentGroups, ${size} at once`, 'groups', async () => {
      for (let done = 0; done < lookups; done += size) {
        const strong = Array.from({ length: size }, () => `pay_${random.integer(0, payments - 1)}`);
        await facts.paymentGroups({ strong });
      }
      return lookups;
    });
  }
}

async function benchWitnesses(): Promise<void> {
  const [CHUNKS, BYTES] = [20_000, 4_096];
  const packed = Uint8Array.from({ length: BYTES }, () => random.integer(0, 255));
  const eventId = contentId('ev', ['witnessed']);
  await part('addWitnesses, 4 KiB and 10 traces', 'kB', async (commit) => {
    for (let i = 0; i < CHUNKS; i += 1) {
      const traceIds = Array.from({ length: 10 }, () => random.hex(32));
      await facts.addWitnesses([{ eventId, chunkId: `c:0/${i}`, traceIds, packed }]);
      if (i % 1_000 === 999) await commit();
    }
    return (CHUNKS * BYTES) / 1_000;
  });
  const LINKS = 100_000;
  await part('saveEventLinks of one event', 'links', async (commit) => {
    for (let i = 0; i < LINKS; i += 1_000) {
      await facts.saveEventLinks(Array.from({ length: 1_000 }, (_, j) => eventLink(i + j, 0.7)));
      await commit();
    }
    return LINKS;
  });
}

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '200000' },
    carried: { type: 'string', default: '2000000' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-'));
const store = openEmbeddedStore(folder, 'write', { tenant: 'default' });
const facts: FactStore = store.facts;
try {
  await benchCarried(Number(values.carried));
  await benchPayments(Number(values.payments));
  await benchWitnesses();
  const bytes = statSync(join(folder, 'index.sqlite')).size;
  process.stdout.write(`${'file'.padEnd(34)} ${Math.round(bytes / 1e6).toLocaleString('en')} MB\n`);
} finally {
  store.close();
  rmSync(folder, { recursive: true, force: true });
}
