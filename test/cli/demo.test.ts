import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, startCli } from './run-cli.ts';

test('--once prints the incident: money, deadlines, payments, what to look at; exit 0', async () => {
  const { status, stdout } = await runCli(['demo', '--once']);
  expect(status).toBe(0);
  expect(stdout).toContain('Money');
  expect(stdout).toContain(
    'linked = stoppable (we alone decide) + recallable (another party must agree) + final',
  );
  for (const currency of ['EUR', 'USD', 'JPY', 'all in EUR']) expect(stdout).toContain(currency);
  expect(stdout).toContain('Deadlines, as of');
  expect(stdout).toMatch(/What to look at next\n {2}1\. Act first on /);
  expect(stdout).not.toContain('\u001b');
});

test('--once with --data keeps an index that explain reads', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'counterfoil-demo-'));
  const { stdout } = await runCli(['demo', '--once', '--data', dir]);
  const id = /inc_[a-z2-7]{26}/.exec(stdout)?.[0] ?? 'none';
  const explained = await runCli(['explain', id, '--data', dir, '-o', 'table']);
  expect([explained.status, explained.stdout.includes(id)]).toEqual([0, true]);
  rmSync(dir, { recursive: true });
});

test('serves page and API until it is interrupted, then exits 0', async () => {
  const child = startCli(['demo', '--http-port', '0']);
  const closed = new Promise((resolve) => child.on('close', resolve));
  let talk = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      talk += text;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(talk)?.[0];
      if (address !== undefined && talk.includes('Ctrl-C')) resolve(address);
    });
    child.on('close', () => reject(new Error(`it ended: ${talk}`)));
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const incidents = (await (await fetch(`${url}/api/v1/incidents`)).json()) as { items: object[] };
  expect(incidents.items.length).toBeGreaterThan(0);
  child.kill('SIGINT');
  expect(await closed).toBe(0);
});

test('a port that is taken: exit 5, and the flag to use', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const { status, stderr } = await runCli(['demo', '--http-port', String(port)]);
  server.close();
  expect(status).toBe(5);
  expect(stderr).toContain('--http-port N');
  expect(stderr).toContain('[CF_PORT_IN_USE]');
});
