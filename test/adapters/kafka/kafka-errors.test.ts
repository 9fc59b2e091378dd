// Goal: a topic or a right that is missing is said to be that, and not a matter of addresses.
import { expect, it } from 'vitest';
import { protocolError } from '../../../src/adapters/kafka/driver.ts';
import { kafkaFailed } from '../../../src/adapters/kafka/kafka-errors.ts';

it.each([
  [3, 'CF_UNREACHABLE', /does not know a topic .* `counterfoil setup`/],
  [30, 'CF_SERVER_SETUP', /does not allow to join group g .* kafka-acls/],
])('[K9] error %i of the protocol', (code, ours, text) => {
  const failed = kafkaFailed('127.0.0.1:1', 'to join group g', protocolError(code));
  expect(failed).toMatchObject({ code: ours, message: expect.stringMatching(text) });
  expect((failed as Error).message).not.toContain('address');
});
