// Goal: a server that takes nothing for a while is waited for, and is no reason to end a worker; one that is set up wrong is said at once.
import { describe, expect, it } from 'vitest';
import { faultOf, isPassing } from '../../../src/adapters/redis/faults.ts';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

describe('[W6] an error of Redis', () => {
  it.each([
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
    'ERR max number of clients reached',
    'LOADING Redis is loading the dataset in memory',
  ])('passes: %s', (message) => {
    expect(isPassing(reply(message))).toBe(true);
  });

  it('is shown by its first word where it may repeat what was sent', () => {
    const shown = faultOf(
      reply("ERR unknown command 'EVALSHA', with args beginning with: '4000056655665556'"),
      'r:1',
    );
    expect(shown.message).not.toContain('4000056655665556');
  });
});
