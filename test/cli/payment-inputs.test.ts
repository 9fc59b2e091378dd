// Goal: files of every payment format are read as users have them. Method: the command line over files on disk.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-payment-inputs-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Printed {
  '@timestamp': string;
  payment: { id?: string; rail: string; state: string; amount?: { value: string; currency: string } };
}

const run = async (args: string[]) => runCli(args, { env: { COUNTERFOIL_DATA: dir } });
const fixturePath = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));

async function normalized(args: string[]) {
  const { status, stdout, stderr } = await run(['normalize', ...args]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const rows = lines.map((line) => {
    const { payment, '@timestamp': time } = JSON.parse(line) as Printed;
    const amount = payment.amount === undefined ? '' : ` ${payment.amount.value} ${payment.amount.currency}`;
    return `${time} ${payment.id ?? '-'} ${payment.rail} ${payment.state}${amount}`;
  });
  return { status, stderr, rows };
}

test('[Y1] a folder of samples, each by its content', async () => {
  const folder = join(dir, 'samples');
  mkdirSync(folder);
  for (const path of [
    'iso20022/pacs008.xml',
    'adyen/authorisationTrue.json',
    'iso8583/iso_reversal_message.xml',
  ])
    copyFileSync(fixturePath(path), join(folder, path.replace('/', '-')));
  writeFileSync(
    join(folder, 'z.csv.gz'),
    gzipSync('id,time,state,rail,ids.rrn\np1,2026-03-10T14:00:02Z,sent,sepa_ct,7\n'),
  );
  // A document as the text of a JSON value, as relays write it: the same record once more.
  const wrapped = JSON.stringify(readFileSync(fixturePath('iso20022/pacs008.xml'), 'utf8'));
  writeFileSync(join(folder, 'zz.ndjson'), `${wrapped}\n`);
  const { status, rows, stderr } = await normalized([
    folder,
    '--inputs-payments-near',
    '2026-03-10T00:00:00Z',
  ]);
  expect(stderr).toContain('5 records: 5 accepted (1 seen before)');
  expect(status).toBe(0);
  expect(rows).toEqual([
    '2017-01-19T15:42:03.000Z 123456789 card authorized 101.00 EUR',
    '2023-07-13T15:29:36.000Z 20230713234567891T1BCXIA01868416991 rtp accepted 46154.49 USD',
    '2026-01-09T08:06:46.000Z 200/003316/2025-09-08T06:45:19 card reversed 300.00 IDR',
    '2026-03-10T14:00:02.000Z p1 sepa_ct sent',
  ]);
});

test('[Y17] CSV with a mapping; a bad row is told with its line', async () => {
  const config = join(dir, 'c.yaml');
  writeFileSync(
    config,
    `payments:
  csv: {delimiter: ;}
  mapping: {id: No, time: When, state: State, states: {Gebucht: settled}, rail_name: sepa_ct, amount: Value, currency_name: EUR}
`,
  );
  const file = join(dir, 'in.csv');
  writeFileSync(
    file,
    'No;When;State;Value;Name\n7;2026-03-10T14:00:02;Gebucht;48000.00;"Ann; Other"\n8;2026-03-10T14:00:02;Gebucht\n9;2026-03-10T14:00:02;Gebucht;1,5;x\n',
  );
  const { status, rows, stderr } = await normalized([file, '--config', config]);
  expect(rows).toEqual(['2026-03-10T14:00:02.000Z 7 sepa_ct settled 48000.00 EUR']);
  expect(stderr).toMatch(/in\.csv:3:1: refused, not_csv/);
  expect(stderr).toMatch(/in\.csv:4:1: refused, bad_amount/);
  expect(stderr).not.toContain('Ann');
  expect(status).toBe(4);
});

test('[Y16] correlate takes XML and CSV as payments, and CSV as nothing else', async () => {
  const csv = join(dir, 'own.csv');
  writeFileSync(csv, 'id,time,state,rail\np1,2026-03-10T14:00:02Z,sent,sepa_ct\n');
  const stats = join(dir, 'stats.json');
  const { stderr, status } = await run([
    'correlate',
    '--payments',
    fixturePath('iso20022/pacs008.xml'),
    '--payments',
    csv,
    '--alerts',
    csv,
    '--stats',
    stats,
  ]);
  expect(stderr).toMatch(/own\.csv:1:1: refused, not_json/);
  expect(status).toBe(0);
  const { inputs } = JSON.parse(readFileSync(stats, 'utf8')) as { inputs: Record<string, object> };
  expect(inputs).toMatchObject({
    payments: { records: 2, dead_lettered: 0, items: { accepted: 2 } },
    alerts: { records: 1, dead_lettered: 1 },
  });
});
