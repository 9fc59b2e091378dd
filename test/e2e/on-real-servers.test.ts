/**
 * Goal: on real Kafka, Redis and Elasticsearch, a process for each worker says what the embedded engine says, byte for byte [S2]; the
 * documents are valid; and an incident is found by the id of a payment within seconds, while records come [S3].
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, test } from 'vitest';
import { DOCUMENT_SCHEMAS } from '../../src/model/documents/json-schemas.ts';
import type { InputName } from '../../src/model/accounting.ts';
import { runCli } from '../cli/run-cli.ts';
import { encodeLogs } from '../conformance/otlp-encodings.ts';
import { Deployment, realServers, type Documents } from './deployment.ts';
import { documentsIn } from './folder-documents.ts';
import { until, type LiveProcess } from './live-process.ts';
import { moverToNow } from './moved-to-now.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/stolen-token/data', import.meta.url));
const FILES: readonly [InputName, string][] = [
  ['audit', 'audit.ndjson'],
  ['alerts', 'falco.ndjson'],
  ['spans', 'spans.ndjson'],
  ['payments', 'payments.ndjson'],
];
/** Records of real clusters and sensors beside it (SOURCES.md). */
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const SAMPLES: readonly [InputName, string][] = [
  ['audit', join(FIXTURES, 'k8s-audit-falco')],
  ['alerts', join(FIXTURES, 'falco-website')],
  ['alerts', join(FIXTURES, 'falcosidekick')],
];
const CLUSTER = { cluster: 'prod-eu' };

const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-servers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const servers = await realServers();

function linesOf(file: string): string[] {
  return readFileSync(join(EXAMPLE, file), 'utf8').trim().split('\n');
}

async function produceAll(deployment: Deployment, move = (text: string): string => text): Promise<void> {
  for (const [input, file] of FILES) await deployment.produce(input, linesOf(file).map(move));
}

/** Each file whole where it is one document, else line by line. */
function sampleValues(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8').trim();
    return name.endsWith('.json') ? [text] : text.split('\n');
  });
}

/** A record in an export of the Collector, beside what an application said. */
const logsOf = (line: string): object => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'k8s.pod.name', value: { stringValue: 'falco-4cvkq' } }] },
      scopeLogs: [
        { logRecords: ['GET /health 200', line].map((stringValue) => ({ body: { stringValue } })) },
      ],
    },
  ],
});

/** What the embedded lane makes of the same files. */
async function embedded(samples: typeof SAMPLES = []): Promise<ReturnType<typeof documentsIn>> {
  const data = mkdtempSync(join(scratch, 'batch-'));
  const files = FILES.map(([input, file]) => [input, join(EXAMPLE, file)] as const);
  const inputs = [...files, ...samples].flatMap(([input, path]) => [`--${input}`, path]);
  const { status } = await runCli([
    'correlate',
    '--cluster',
    'prod-eu',
    ...inputs,
    '--data',
    data,
    '-o',
    'ndjson',
  ]);
  expect(status).toBe(0);
  return documentsIn(data);
}

/** What does not fit the published schemas, in words. */
function misfits(documents: Documents): string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const kinds = { events: 'event', links: 'link', payments: 'payment', incidents: 'incident' } as const;
  return Object.entries(kinds).flatMap(([kind, name]) => {
    const fits = ajv.compile(DOCUMENT_SCHEMAS[`${name}.schema.json`] as object);
    return documents[kind as keyof Documents].flatMap((document) =>
      fits(document) ? [] : [`${name}: ${ajv.errorsText(fits.errors)}`],
    );
  });
}

describe.skipIf(servers === null)('on real servers', () => {
  if (servers === null) return;

  test('[S2] workers say what the embedded engine says', { timeout: 180_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: CLUSTER });
    try {
      await produceAll(deployment);
      for (const [input, folder] of SAMPLES) await deployment.produce(input, sampleValues(folder));
      for (const role of ['spans', 'spans', 'events', 'payments', 'incidents'])
        await deployment.start(role, { bounded: true });
      await deployment.untilFinished();
      await until(async () => ((await deployment.documents()).incidents.length === 1 ? true : undefined));
      const [found, expected] = [await deployment.documents(), await embedded(SAMPLES)];
      expect(expected['events']?.length).toBeGreaterThan(15);
      expect(found.links).toHaveLength(expected['links']?.length ?? 0);
      expect(found).toEqual(expected);
      expect(misfits(await deployment.wholeDocuments())).toEqual([]);
      for (const each of deployment.processes) expect(await each.stop()).toBe(0);
    } finally {
      await deployment.close();
    }
  });

  test(
    '[F21] alerts in logs of OTLP, among lines of applications, say the same',
    { timeout: 180_000 },
    async () => {
      const deployment = await Deployment.open(servers, { options: CLUSTER });
      try {
        const others = FILES.filter(([input]) => input !== 'alerts');
        for (const [input, file] of others) await deployment.produce(input, linesOf(file));
        const producer = await deployment.producer();
        const records = linesOf('falco.ndjson').map((line, at) => ({
          value: at % 2 === 0 ? Buffer.from(encodeLogs(logsOf(line))) : JSON.stringify(logsOf(line)),
          partition: at % deployment.partitions,
        }));
        expect(records.length).toBeGreaterThan(1);
        await producer.send('alerts', records);
        await producer.close();
        for (const role of ['spans', 'events', 'payments', 'incidents'])
          await deployment.start(role, { bounded: true });
        await deployment.untilFinished();
        await until(async () => ((await deployment.documents()).incidents.length === 1 ? true : undefined));
        expect(await deployment.documents()).toEqual(await embedded());
        for (const each of deployment.processes) expect(await each.stop()).toBe(0);
      } finally {
        await deployment.close();
      }
    },
  );

  test('[S4] an incidents worker that stands by takes over', { timeout: 180_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: CLUSTER });
    const published = async (): Promise<number> => (await deployment.documents()).links.length;
    const hasTurn = ({ log }: LiveProcess): true | undefined =>
      log.some((line) => line['event.action'] === 'turn-begun') || undefined;
    try {
      for (const role of ['spans', 'events', 'payments']) await deployment.start(role);
      const first = await deployment.start('incidents', { data: 'first' });
      await until(() => hasTurn(first), 60_000);
      const second = await deployment.start('incidents', { data: 'second' });
      const move = moverToNow('2026-03-10T14:10:00Z');
      const files = FILES.map(([input, file]) => [input, linesOf(file).map(move)] as const);
      for (const [input, lines] of files) await deployment.produce(input, lines.slice(0, lines.length / 2));
      await until(async () => ((await published()) > 0 ? true : undefined), 60_000);
      await first.stop('SIGKILL');
      for (const [input, lines] of files) await deployment.produce(input, lines.slice(lines.length / 2));
      await until(() => hasTurn(second), 60_000);
      const expected = (await embedded())['links']?.length;
      await until(async () => ((await published()) === expected ? true : undefined), 60_000);
      expect((await deployment.documents()).incidents).toHaveLength(1);
    } finally {
      await deployment.close();
    }
  });

  test('[S3] an incident is found by the id of a payment within seconds', { timeout: 120_000 }, async () => {
    const deployment = await Deployment.open(servers, { options: CLUSTER });
    try {
      for (const role of ['spans', 'events', 'payments', 'incidents']) await deployment.start(role);
      const { url } = await deployment.start('api');
      await produceAll(deployment, moverToNow('2026-03-10T14:10:00Z'));
      const incident = await until(async () => {
        const answer = await fetch(`${url}/api/v1/incidents?transaction_id=pay_0299`);
        const { items } = (await answer.json()) as { items: { incident: { id: string } }[] };
        return items[0];
      }, 30_000);
      expect(incident.incident.id).toMatch(/^inc_/);
      await until(async () => {
        const payment = await fetch(`${url}/api/v1/payments/pay_0299`);
        return ((await payment.json()) as { answer: string }).answer === 'linked' || undefined;
      }, 30_000);
    } finally {
      await deployment.close();
    }
  });
});
