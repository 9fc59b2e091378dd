import { expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/log.ts';

const clock = { now: () => 1_773_151_785_176_684, elapsedMs: () => 0 };

function linesOf(plain: boolean): string[] {
  const lines: string[] = [];
  const logger = createLogger({ write: (text) => lines.push(text), clock, plain, version: '1.2.3' });
  logger.log('info', 'listening', 'API on http://127.0.0.1:1', { 'url.original': 'http://127.0.0.1:1' });
  logger.log('error', 'engine-failed');
  return lines;
}

it('for programs: ECS JSON, a line each, time, level and message first', () => {
  const [first = '', second = ''] = linesOf(false);
  expect(Object.keys(JSON.parse(first) as object).slice(0, 4)).toEqual([
    '@timestamp',
    'log.level',
    'message',
    'ecs.version',
  ]);
  expect(JSON.parse(first)).toMatchObject({
    '@timestamp': '2026-03-10T14:09:45.176684Z',
    'log.level': 'info',
    message: 'Listening: API on http://127.0.0.1:1',
    'service.version': '1.2.3',
    'event.action': 'listening',
    'url.original': 'http://127.0.0.1:1',
  });
  expect(JSON.parse(second)).toMatchObject({ 'log.level': 'error' });
  expect(first.endsWith('}\n')).toBe(true);
});

it('for people: words', () => {
  expect(linesOf(true)).toEqual([
    'Listening: API on http://127.0.0.1:1\n',
    'error: The engine has stopped because of an error\n',
  ]);
});
