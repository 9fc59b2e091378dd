// Goal: doctor finds nothing wrong where nothing is, changes nothing wherever it looks, and says so in a form that programs
// and people can rely on.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { DOCUMENT_SCHEMAS } from '../../../src/model/documents/json-schemas.ts';
import { until } from '../../e2e/live-process.ts';
import { runCli } from '../run-cli.ts';
import { contentsOf, diagnose, Folders, paymentRecord, post, QUIET_ARGS, startedRun } from './diagnose.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folders = new Folders();
const healthy = folders.fresh();
afterAll(() => folders.remove());

beforeAll(async () => {
  const live = await startedRun(healthy);
  await live.stop();
});

describe('a folder in which all is well', () => {
  it('gives no finding, and is not changed in a byte or a time [D1]', async () => {
    const before = contentsOf(healthy);
    const { status, document, troubles } = await diagnose(['--data', healthy, ...QUIET_ARGS]);
    expect(troubles()).toEqual([]);
    expect(status).toBe(0);
    // Those of servers say nothing where none is configured: servers.test.ts.
    const names = CHECKS.map(({ name }) => name).filter(
      (name) => !/^(kafka|redis|elasticsearch)\.|^clock\.servers$/.test(name),
    );
    expect(new Set(document.findings.map(({ check }) => check))).toEqual(new Set(names));
    expect(contentsOf(healthy)).toEqual(before);
  });

  it('is not changed after a crash either, and what the crash left is read [D1]', async () => {
    const folder = folders.fresh();
    const live = await startedRun(folder);
    await live.stop('SIGKILL');
    const before = contentsOf(folder);
    expect(Object.keys(before)).toContain(join(folder, 'index.sqlite-wal'));
    const { document, of, troubles } = await diagnose(['--data', folder, ...QUIET_ARGS]);
    expect(document.counts.problem).toBe(0);
    expect(troubles().filter((each) => each !== 'warning log.position')).toEqual([]);
    expect(of('index.owner')[0]?.found).toBe('belongs to tenant default');
    expect(contentsOf(folder)).toEqual(before);
    rmSync(join(folder, 'index.sqlite-shm'));
    const without = contentsOf(folder);
    expect((await diagnose(['--data', folder, ...QUIET_ARGS])).of('index.readable')).toMatchObject([
      { level: 'not_checked', found: expect.stringContaining('a crash has left') as string },
    ]);
    expect(contentsOf(folder)).toEqual(without);
  });

  it('a folder that is not there is not made [D1]', async () => {
    const folder = folders.fresh();
    const { status, troubles } = await diagnose(['--data', folder, ...QUIET_ARGS]);
    expect([status, troubles()]).toEqual([0, ['warning folder.there']]);
    expect(() => contentsOf(folder)).toThrow('ENOENT');
  });
});

describe('beside a running process', () => {
  it('sees it, its port, its dead letters and that it is ready, and leaves it and its log alone [D1] [D2]', async () => {
    const folder = folders.fresh();
    const live = await startedRun(folder);
    const { port } = new URL(live.url);
    const args = ['--data', folder, '--log-max-bytes', '16MiB', '--otlp-port', '0', '--http-port', port];
    const before = contentsOf(join(folder, 'log'));
    const { of, troubles } = await diagnose(args);
    expect(troubles()).toEqual([]);
    expect(of('index.writer')[0]?.found).toContain('`run` is alive');
    expect(of('ports.server')[0]?.found).toMatch(/Counterfoil .* answers, and is ready/);
    expect(contentsOf(join(folder, 'log'))).toEqual(before);

    await post(live, '/intake/payments', '{}');
    await until(
      async () => (await diagnose(args)).of('records.dead-letters')[0]?.level === 'warning' || undefined,
    );
    const [letter] = (await diagnose(args)).of('records.dead-letters');
    expect(letter?.found).toMatch(/1 letter; the newest: \w+ in payments, /);

    const later = await diagnose(args, { ahead: 2 * 3_600 * 1_000_000 });
    expect(later.troubles()).toContain('warning records.quiet');
    expect(later.of('records.quiet').map(({ looked_at }) => looked_at)).toEqual([
      'input spans',
      'input payments',
    ]);

    // Another folder, the same port.
    const other = await diagnose(['--data', healthy, ...QUIET_ARGS, '--http-port', port]);
    expect(other.of('ports.server')[0]).toMatchObject({
      level: 'problem',
      found: 'is in use by a Counterfoil with another data folder or port',
    });
    await post(live, '/intake/payments', paymentRecord('pay_2'));
    expect(await live.stop()).toBe(0);
  });

  it('says why the process is not ready [D2]', async () => {
    const folder = folders.fresh();
    const live = await startedRun(folder);
    const { port } = new URL(live.url);
    const args = ['--data', folder, ...QUIET_ARGS, '--http-port', port];
    const answering = async (name: string, detail: string): Promise<FindingPart | undefined> => {
      const checks = { index: { ready: true, detail: 'answers' }, [name]: { ready: false, detail } };
      const notReady = Response.json({ status: 'not_ready', checks }, { status: 503 });
      const real = globalThis.fetch;
      vi.stubGlobal('fetch', async (url: string) => (url.endsWith('/readyz') ? notReady : await real(url)));
      const { of } = await diagnose(args).finally(() => vi.unstubAllGlobals());
      return of('ports.server')[0];
    };
    expect(await answering('intake', 'the process is stopping')).toMatchObject({
      level: 'problem',
      found: expect.stringMatching(/is not ready: intake: the process is stopping$/) as string,
    });
    expect(await answering('engine', 'catching_up')).toMatchObject({ level: 'warning' });
    await live.stop();
  });
});

describe('what is printed', () => {
  it('is one document of its schema, off a terminal, and exit 1 with a problem [D3]', async () => {
    const validate = addFormats
      .default(new Ajv2020({ strict: true }))
      .compile(DOCUMENT_SCHEMAS['diagnosis.schema.json'] ?? {});
    const { status, stdout, stderr } = await runCli([
      'doctor',
      '--data',
      healthy,
      ...QUIET_ARGS,
      '--tenant',
      'other',
    ]);
    expect([status, stderr]).toEqual([1, '']);
    const document: unknown = JSON.parse(stdout);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document).toMatchObject({ schema: 'diagnosis/1', tenant: 'other', status: 'problem' });
  });

  it('for people: problems first and in full, without colour off a terminal [D3]', async () => {
    const { status, stdout } = await runCli([
      'doctor',
      '--data',
      healthy,
      ...QUIET_ARGS,
      '--tenant',
      'other',
      '-o',
      'table',
    ]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Problems\n {2}index\.owner\n {4}looked at .*\n {4}found .*tenant default/);
    expect(stdout).toMatch(/ {4}why .*\n[^]* {4}to do .*\n[^]*\nIn order\n {2}configuration\.loads/);
    expect(stdout).toMatch(/\n1 problem, 0 warnings; \d+ in order, \d+ not checked\.\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('a configuration that is not valid: exit 3, all its faults, as `validate` says them [D3]', async () => {
    const file = join(folders.root, 'wrong.yaml');
    writeFileSync(file, 'tenant: "a b"\nlog: {retention: 60, colour: red}\n');
    const said = await runCli(['validate', '-c', file]);
    expect(said.status).toBe(3);
    expect(said.stderr.match(/wrong\.yaml:\d/g)?.length).toBe(3);
    expect(await runCli(['doctor', '-c', file])).toEqual(said);
  });

  it('a form that it does not have: exit 2 [D3]', async () => {
    const { status, stderr } = await runCli(['doctor', '-o', 'csv']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('-o csv is none of json, table')]);
  });
});
