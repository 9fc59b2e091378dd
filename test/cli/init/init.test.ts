// Goal: from a sample of somebody's payment records to a configuration that reads them, in one command. Method: the command line over files, the
// configuration that it wrote given to the verbs that use one, and what they print compared with what the records say.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startLive } from '../../e2e/live-process.ts';
import { runCli } from '../run-cli.ts';
import { bankCsv, changesJson, PRIVATE, pspNdjsonGz } from './samples.ts';

// Many processes, one after another, on machines that have other things to do.
vi.setConfig({ testTimeout: 90_000 });

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-init-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const run = async (args: string[], stdin?: string) =>
  runCli(args, {
    env: { COUNTERFOIL_DATA: join(dir, 'data') },
    cwd: dir,
    ...(stdin === undefined ? {} : { stdin }),
  });

function put(name: string, content: string | Buffer): string {
  writeFileSync(join(dir, name), content);
  return name;
}

const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));

describe('[Z1] the starter', () => {
  test('is valid, starts, and says each option once with its prose', async () => {
    const { status, stderr } = await run([
      'init',
      '-o',
      'start.yaml',
      '--tenant',
      'acme',
      '--join-before',
      '2m',
    ]);
    expect([status, stderr]).toEqual([0, 'Written: start.yaml\n']);
    const text = readFileSync(join(dir, 'start.yaml'), 'utf8');
    expect(text).toContain('\ntenant: acme\n');
    expect(text).toContain('\njoin:\n');
    expect(text).toContain('\n  before: 2m\n');
    expect(text).toContain('\n#  port: 8686\n');
    // The third is COUNTERFOIL_DATA.
    expect((await run(['validate', '-c', 'start.yaml'])).stderr).toMatch(
      /^start\.yaml: valid; 3 options set/,
    );
    const live = await startLive([
      '-c',
      join(dir, 'start.yaml'),
      '--data',
      join(dir, 'live'),
      '--otlp-port',
      '0',
    ]);
    expect(await live.stop()).toBe(0);
  });

  test('goes to standard output; a file that is there is written over only when that is asked for', async () => {
    const printed = await run(['init']);
    expect(printed).toMatchObject({ status: 0, stderr: '' });
    put('mine.yaml', 'tenant: mine\n');
    const refused = await run(['init', '-o', 'mine.yaml']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('mine.yaml is there already');
    expect(readFileSync(join(dir, 'mine.yaml'), 'utf8')).toBe('tenant: mine\n');
    expect((await run(['init', '-o', 'mine.yaml', '--force'])).status).toBe(0);
    expect(readFileSync(join(dir, 'mine.yaml'), 'utf8')).toBe(
      printed.stdout.replaceAll('counterfoil.yaml', 'mine.yaml'),
    );
    const nowhere = await run(['init', '--payments', 'none.csv', '-o', 'no/such/folder.yaml']);
    expect(nowhere.stderr).toContain('no/such/folder.yaml cannot be written: no/such is not there');
    expect(await run(['init', '-o', '-'])).toMatchObject({ status: 0, stdout: printed.stdout, stderr: '' });
    expect(existsSync(join(dir, '-'))).toBe(false);
    expect((await run(['init', '--force'])).status).toBe(2);
  });
});

interface Printed {
  '@timestamp': string;
  payment: { id: string; rail: string; state: string; amount: { value: string; currency: string } };
}

describe('[Z5] from a sample to payments', () => {
  test.each<[name: string, content: () => string | Buffer, lines: string[], first: string]>([
    [
      'bank.csv',
      bankCsv,
      [
        '    id: Zahlungs-ID  # in all records, 20 different',
        '    amount_form: decimal_comma',
        '#      Q-17:  # 13 records',
        '    delimiter: ";"',
        '    zone: UTC',
      ],
      '2026-03-10T14:00:00.000Z Z0 sepa_ct settled 1000.50 EUR',
    ],
    [
      'psp.ndjson.gz',
      pspNdjsonGz,
      [
        '    time_form: unix_ms',
        '    amount: /data/payment/amount/value  # in all records, 40 different; whole numbers',
      ],
      '2026-03-10T14:00:00.000Z pay_0 card authorized 1.00 EUR',
    ],
    [
      'changes.json',
      changesJson,
      ['    id: payment_id  # in all records, 20 different; whole numbers', '    time_form: unix_us'],
      '2026-03-10T14:00:00.000Z 1000 sepa_ct settled 0.00 EUR',
    ],
  ])('%s', async (name, content, lines, first) => {
    const sample = put(name, content());
    const config = `${name}.yaml`;
    const made = await run(['init', '--payments', sample, '-o', config]);
    expect(made.status).toBe(0);
    expect(made.stderr).toMatch(/Looked at 40 records of 1 input\.\n/);
    expect(made.stderr).toMatch(
      / {2}read as payments +40\n {2}refused +0\n {2}with an id +40, 20 different\n/,
    );
    const text = readFileSync(join(dir, config), 'utf8');
    for (const line of lines) expect(text.split('\n')).toContain(line);
    for (const secret of PRIVATE) expect(text + made.stderr).not.toContain(secret);
    expect((await run(['validate', '-c', config])).status).toBe(0);
    const normalized = await run(['normalize', '-c', config, sample]);
    expect([normalized.status, normalized.stderr]).toEqual([
      0,
      '40 records: 40 accepted (0 seen before), 0 refused\n',
    ]);
    const [document = '{}'] = normalized.stdout.split('\n');
    const { '@timestamp': time, payment } = JSON.parse(document) as Printed;
    const { id, rail, state, amount } = payment;
    expect(`${time} ${id} ${rail} ${state} ${amount.value} ${amount.currency}`).toBe(first);
    const correlated = await run(['correlate', '-c', config, '--payments', sample, '--stats', 'stats.json']);
    expect(correlated.status).toBe(0);
    const stats = JSON.parse(readFileSync(join(dir, 'stats.json'), 'utf8')) as {
      inputs: { payments: { items: object; dead_lettered: number } };
    };
    expect(stats.inputs.payments).toMatchObject({ items: { accepted: 40, refused: 0 }, dead_lettered: 0 });
  });

  test('a file that is not in UTF-8 is told, with what to do', async () => {
    const sample = put('latin.csv', Buffer.from(bankCsv(), 'latin1'));
    const { stderr } = await run(['init', '--payments', sample]);
    expect(stderr).toContain('The sample is not in UTF-8');
    expect(stderr).toContain('iconv -f WINDOWS-1252 -t UTF-8');
    const whole = await run(['init', '--payments', put('utf8.csv', bankCsv())]);
    expect(whole.stderr).not.toContain('UTF-8');
  });

  test('from standard input, as one of several inputs', async () => {
    const one = put(
      'one.ndjson',
      '{"payment_id":"p1","status":"settled","occurred_at":"2026-03-10T14:00:02Z"}\n',
    );
    const other = '{"payment_id":"p2","status":"sent","occurred_at":"2026-03-10T14:00:02Z"}\n';
    const made = await run(['init', '--payments', one, '--payments', '-'], other);
    expect(made.status).toBe(0);
    expect(made.stderr).toContain('Looked at 2 records of 2 inputs.\n');
    expect(made.stdout).toContain('    id: payment_id  # in all records, 2 different\n');
    expect(made.stderr).toContain('not found: rail; set payments.mapping.rail_name');
    expect(made.stdout).toContain('    rail_name: unknown  # no field tells the rail');
  });

  test('CSV without a header, whose first row holds a card number', async () => {
    const row = (i: number): string => `tx-${i}|2026-03-10T14:00:${10 + i}Z|settled|EUR|4111111111111111\n`;
    const sample = put('bare.csv', Array.from({ length: 20 }, (_, i) => row(i)).join(''));
    const made = await run(['init', '--payments', sample, '-o', 'bare.yaml']);
    expect(made.status).toBe(0);
    const text = readFileSync(join(dir, 'bare.yaml'), 'utf8');
    expect(text).toContain('\n    header: false\n');
    expect(text).toContain('\n    delimiter: "|"\n');
    expect(text).toContain('told by its values alone');
    expect(text + made.stderr).not.toContain('4111');
    expect((await run(['normalize', '-c', 'bare.yaml', sample])).status).toBe(0);
  });

  test('of many records the first, and it says so', async () => {
    const record = (i: number): string =>
      `{"payment_id":"p${i}","status":"settled","occurred_at":"2026-03-10T14:00:02Z"}\n`;
    const sample = put('many.ndjson', Array.from({ length: 10_001 }, (_, i) => record(i)).join(''));
    const { stderr } = await run(['init', '--payments', sample]);
    expect(stderr).toContain('Looked at the first 10,000 records of 1 input.\n');
  });
});

describe('[Z6] where no mapping is needed, or none is found', () => {
  test('records of a known format are read as they are', async () => {
    const { status, stdout, stderr } = await run([
      'init',
      '--payments',
      fixture('stripe/event.json'),
      '--payments',
      fixture('iso20022/pacs008.xml'),
    ]);
    expect(status).toBe(0);
    expect(stderr).toContain('The records are read as they are (iso20022, stripe); no mapping is needed:\n');
    expect(stdout).not.toContain('\npayments:\n');
  });

  test('our own form with states of another is told, and the mapping is off', async () => {
    const own =
      '{"id":"p1","time":"2026-03-10T14:00:02Z","state":"BOOKED","rail":"sepa_ct","amount":"1.00","currency":"EUR"}\n';
    const { status, stdout, stderr } = await run(['init', '--payments', put('own.ndjson', own)]);
    expect(status).toBe(0);
    expect(stderr).toContain('States or rails are not those of data/recoverability.yaml');
    expect(stdout).toContain('\n#      BOOKED: settled  # 1 record\n');
  });

  test('without an id there is no mapping: 4, with what to do, and a file that is valid', async () => {
    const sample = put(
      'no-id.ndjson',
      '{"customer":{"id":"c1"},"status":"settled","occurred_at":"2026-03-10T14:00:02Z"}\n',
    );
    const made = await run(['init', '--payments', sample, '-o', 'no-id.yaml']);
    expect(made.status).toBe(4);
    expect(made.stderr).toContain('not found: id; set payments.mapping.id');
    expect(readFileSync(join(dir, 'no-id.yaml'), 'utf8')).toContain(
      '\n#    state: status  # in all records, 1 different\n',
    );
    expect((await run(['validate', '-c', 'no-id.yaml'])).status).toBe(0);
  });

  test('all records in one list: 4, and how to take them apart', async () => {
    const record = (i: number): object => ({
      payment_id: `p${i}`,
      status: 'settled',
      occurred_at: '2026-03-10T14:00:02Z',
    });
    const sample = put('list.json', JSON.stringify({ payments: [record(1), record(2)] }));
    const { status, stderr } = await run(['init', '--payments', sample]);
    expect(status).toBe(4);
    expect(stderr).toContain(
      "payments is a list of 2 objects: if these are the payments, give each as a record of its own (jq -c '.payments[]')",
    );
  });

  test('records that are no payments are called what they are', async () => {
    const { status, stderr } = await run(['init', '--payments', fixture('falco-website')]);
    expect(status).toBe(4);
    expect(stderr).toContain('These look like records of falco, which are no payments.');
  });

  test.each([
    ['a zip archive', 'x.zip', 'PK\u0003\u0004'],
    ['text', 'x.txt', 'hello\n'],
    ['nothing', 'x.ndjson', ''],
  ])('%s: 4, and nothing is written', async (_, name, content) => {
    const { status, stderr } = await run(['init', '--payments', put(name, content), '-o', 'none.yaml']);
    expect(status).toBe(4);
    expect(stderr).toContain('The sample holds no record that can be read');
    expect(existsSync(join(dir, 'none.yaml'))).toBe(false);
  });
});
