import { expect, it } from 'vitest';
import { runFolder } from '../kit.ts';
import { privateServer, serverFor } from '../servers.ts';

const shared = await serverFor('redis');

it('fails', async () => {
  const own = await privateServer('redis');
  process.stdout.write(`${JSON.stringify({ folder: runFolder(), urls: [shared?.url, own.address.url] })}\n`);
  expect(shared).toBeNull();
});
