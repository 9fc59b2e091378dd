// Goal: doctor says where run would not start because nobody knows who is let in, or how people are told.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { diagnose, Folders, QUIET_ARGS } from './diagnose.ts';
import { trouble } from './look-at-servers.ts';

const folders = new Folders();
const folder = folders.fresh();
afterAll(() => folders.remove());

it('a listener that all can reach [D13]', async () => {
  const { of } = await diagnose(['--data', folder, ...QUIET_ARGS, '--server-host', '0.0.0.0']);
  expect(of('configuration.access')).toMatchObject([
    {
      ...trouble('problem', 'nothing says who they may be', 'counterfoil validate'),
      looked_at: 'server.host',
    },
  ]);
});

it('a file of keys that is none, and a webhook without a secret [D13]', async () => {
  const keys = join(folder, 'keys.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(keys, '[]', { mode: 0o600 });
  const flags = ['--auth-keys-file', keys, '--webhook-url', 'https://pager.example.com/hook'];
  const { of } = await diagnose(['--data', folder, ...QUIET_ARGS, ...flags]);
  expect(of('configuration.access')).toMatchObject([
    {
      ...trouble('problem', 'is no file of API keys', 'counterfoil validate'),
      looked_at: 'auth.keys_file',
    },
    { ...trouble('problem', 'is not set', 'counterfoil validate'), looked_at: 'webhook.secret_file' },
  ]);
});
