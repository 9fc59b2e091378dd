// Goal: the first user can have somebody paged: a running process tells a receiver of what it links, once, over refusals, kills and starts.
// Method: the real process, a real receiver that verifies by the specification.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HookReceiver } from '../adapters/http/hook-receiver.ts';
import { runCli } from '../cli/run-cli.ts';
import { startLive, until, type LiveProcess } from './live-process.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`;
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-webhook-'));
const secretFile = join(folder, 'secret');
const receiver = new HookReceiver(SECRET);
let url = '';

beforeAll(async () => {
  writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
  url = await receiver.listen();
});
afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const data = (name: string): string[] => ['--data', join(folder, name), '--otlp-port', '0'];
const hook = (): string[] => ['--webhook-url', url, '--webhook-secret-file', secretFile];

async function post({ url: to }: LiveProcess, path: string, record: object): Promise<void> {
  const answer = await fetch(`${to}/intake/${path}`, { method: 'POST', body: JSON.stringify(record) });
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ refused: 0 })]);
}

/** A shell in a pod, and a card payment of that pod that can be stopped for another 20 minutes. */
async function incident(live: LiveProcess, pod: string): Promise<void> {
  const time = new Date().toISOString();
  const in20Minutes = new Date(Date.now() + 20 * 60_000).toISOString();
  const where = { cluster: 'c', namespace: 'payments', pod, pod_uid: `uid-${pod}` };
  await post(live, 'events', { id: `ev-${pod}`, time, rule: 'Shell', severity: 80, ...where });
  await post(live, 'payments', {
    id: `pay-${pod}`,
    time,
    state: 'authorized',
    rail: 'card',
    amount: '120.00',
    currency: 'EUR',
    pod_uid: `uid-${pod}`,
    customer: { id: 'secret-customer' },
    attributes: { capture_at: in20Minutes },
  });
}

interface Body {
  type: string;
  data: {
    incident: { id: string; title: string };
    money: { exposures: object[] };
    deadlines: object[];
    link: string;
  };
}
const bodies = (): Body[] => receiver.received.map(({ body }) => JSON.parse(body) as Body);
const typesOf = (title: RegExp): string[] =>
  bodies().flatMap(({ type, data: { incident: told } }) => (title.test(told.title) ? [type] : []));

describe('the webhook of a running process', () => {
  it('tells of an incident and of its deadline, signed, and of no payment and no customer [N1]', async () => {
    const live = await startLive([...data('told'), ...hook()]);
    await incident(live, 'ledger-1');
    await until(() => (receiver.received.length >= 2 ? true : undefined));
    expect(receiver.received.map(({ genuine }) => genuine)).toEqual([true, true]);
    // Begun in this order, and on their way at once.
    expect(typesOf(/./).toSorted()).toEqual(['deadline.near', 'incident.opened']);
    const near = bodies().find(({ type }) => type === 'deadline.near')?.data;
    expect(near?.deadlines).toEqual([expect.objectContaining({ amount: '120.00', currency: 'EUR' })]);
    const page = await fetch(near?.link ?? '');
    expect([page.status, near?.link.startsWith(live.url)]).toEqual([200, true]);
    expect(JSON.stringify(receiver.received)).not.toMatch(/pay-ledger|secret-customer/);
    const metrics = await (await fetch(`${live.url}/metrics`)).text();
    expect(metrics).toContain('counterfoil_notices_total{outcome="delivered"} 2');
    expect(JSON.stringify(live.log)).not.toContain(SECRET.slice(6));
    expect(await live.stop()).toBe(0);
  });

  it('goes on after a kill with the same notice, and tells nothing twice [N2]', async () => {
    receiver.received.splice(0);
    receiver.answer = (response) => void response.writeHead(503, { 'retry-after': '0' }).end();
    const live = await startLive([...data('killed'), ...hook()]);
    await incident(live, 'ledger-2');
    await until(() => (receiver.received.length >= 2 ? true : undefined));
    await live.stop('SIGKILL');
    const before = new Set(receiver.received.map(({ id, body }) => id + body));
    receiver.answer = (response) => void response.writeHead(204).end();
    receiver.received.splice(0);
    const again = await startLive([...data('killed'), ...hook()]);
    await until(() => (receiver.received.length >= before.size ? true : undefined));
    for (const { id, body } of receiver.received) expect(before).toContain(id + body);
    expect(await again.stop()).toBe(0);
    receiver.received.splice(0);
    const third = await startLive([...data('killed'), ...hook()]);
    // What comes after a look through everything is told after it.
    await incident(third, 'ledger-3');
    await until(() => (receiver.received.length >= 2 ? true : undefined));
    expect(typesOf(/./).toSorted()).toEqual(['deadline.near', 'incident.opened']);
    expect(receiver.received.every(({ id }) => ![...before].some((known) => known.startsWith(id)))).toBe(
      true,
    );
    expect(await third.stop()).toBe(0);
  });

  it.each([
    [['--webhook-url', 'http://pager.example.com/'], 'webhook.url: is not https'],
    [['--webhook-url', 'https://user:word@pager.example.com/'], 'webhook.url: holds a user or a password'],
    [['--webhook-url', 'https://pager.example.com/'], 'webhook.secret_file: is not set'],
    [['--webhook-url', 'https://pager.example.com/', '--webhook-secret-file', '/nowhere'], 'cannot be read'],
    [['--webhook-url', 'ftp://pager.example.com/'], '--webhook-url'],
  ])('%j: exit 3, before anything is opened [N1]', async (args, text) => {
    for (const verb of ['run', 'validate']) {
      const { status, stderr } = await runCli([verb, '--data', join(folder, 'never'), ...args]);
      expect([status, stderr]).toEqual([3, expect.stringContaining(text)]);
    }
  });

  /** The whole line, so that there is no room for more. */
  const SAID =
    /\n {2}webhook\.secret_file: (holds no secret|holds more than 2 secrets|must be whsec_ and base64 of 24 to 64 bytes, a line each)\n$/;

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'not a secret', `${SECRET}\n${SECRET}\n${SECRET}`])(
    'the secret %j: exit 3, and nothing of it is said [N1]',
    async (secret) => {
      const file = join(folder, 'bad-secret');
      writeFileSync(file, secret);
      const args = ['--webhook-url', 'https://pager.example.com/', '--webhook-secret-file', file];
      const { status, stderr } = await runCli(['validate', '--data', join(folder, 'never'), ...args]);
      expect([status, stderr]).toEqual([3, expect.stringMatching(SAID)]);
      const env = { COUNTERFOIL_WEBHOOK_SECRET: SECRET };
      expect((await runCli(['validate', '--data', join(folder, 'never'), ...args], { env })).status).toBe(0);
    },
  );
});
