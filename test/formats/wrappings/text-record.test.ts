/**
 * Goal: a bare line that is a record is taken, is the same record as the text of a JSON string, and no other line is taken [F22]. Method: lines as
 * they are written, bare and as JSON strings, through the reader of bodies and the decoder; and lines that logs hold besides.
 */
import { describe, expect, test } from 'vitest';
import { openBody } from '../../../src/adapters/file/body-source.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { decodeSecurity } from '../../../src/formats/security/security-formats.ts';
import { isPaymentLine, isSecurityLine } from '../../../src/formats/wrappings/text-record.ts';
import { recordIdOf } from '../../../src/join/record-id.ts';
import { CONTEXT, only, PLACE } from '../format-context.ts';
import { TEXT_LINES } from '../text-lines.ts';

const decode = (value: unknown) => decodeSecurity(value, PLACE, CONTEXT, decodeNativeEvent);

async function valuesOf(text: string): Promise<unknown[]> {
  const body = { name: 'b', bytes: Buffer.from(text), encoding: 'identity', media: 'json' } as const;
  const values: unknown[] = [];
  for await (const batch of openBody(body, {
    excerpt: (line) => line,
    isTextRecord: isSecurityLine,
  }).records())
    for (const record of batch)
      if (record.kind === 'json') values.push(record.value);
      else values.push(record.kind === 'text' ? record.text : record);
  return values;
}

describe.each(Object.entries(TEXT_LINES))('[F22] %s', (_, { source, line }) => {
  test('is the same record bare and as a JSON string', async () => {
    const [bare, quoted] = [await valuesOf(line), await valuesOf(JSON.stringify(line))];
    const [one, other] = [only(decode(only(bare)).items), only(decode(only(quoted)).items)];
    expect(one.source).toBe(source);
    expect(other).toEqual(one);
    expect(recordIdOf(other)).toBe(recordIdOf(one));
  });

  test('is taken', () => {
    expect(isSecurityLine(line)).toBe(true);
  });
});

test.each([
  '',
  'hello',
  '17',
  '[INFO] up',
  '[2026-03-10] up',
  '[2026-03-10T14:00:00Z] up',
  '2026-03-10T14:00:00.000001Z\tinfo\tenvoy main\tstarting',
  '2026-03-10T14:00:03.001Z stdout F up and running',
  '2026-03-10T14:00:03.001Z stdout F [info] up and running',
  '2026-03-10T14:00:03.001Z stdout F',
  '2026-03-10T14:00:03.001Z stdlog F {"a":1}',
  '<13>Mar 10 14:00:02 node-2 sshd[12]: Accepted publickey for ada',
  '<13>1 2026-03-10T14:00:02Z node-2 sshd - - - Accepted publickey',
  '2026-03-10T14:00:03.001Z Starting {"a":1}',
  '2026-03-10T14:00:03.001Z [info] {"a":1}',
  '[pod/falco-4cvkq/falco] Starting',
  '[pod] {"a":1}',
  'user logged {"a":1}',
  'logged {"a":1}',
  '2026-03-10T14:00:03.001Z logged {"a":1}',
  'falco-4cvkq falco Starting',
  'time="2026-03-10T14:00:02Z" level=info msg="Starting"',
  '14:00:02.1: Hint A shell',
])('[F22] %j is no record', (line) => {
  expect(isSecurityLine(line)).toBe(false);
});

test('[F22] of payments, JSON alone has a prefix', () => {
  expect(isPaymentLine('2026-03-10T14:00:03.001Z stdout F {"id":"p1"}')).toBe(true);
  expect(isPaymentLine('Mar 10 14:00:02 node-2 pay: [{"id":"p1"}]')).toBe(true);
  expect(isPaymentLine(TEXT_LINES['an access log of Istio, inbound']?.line ?? '')).toBe(false);
});

describe('[F22] JSON behind a prefix that is broken', () => {
  const reasons = (line: string): string[] => decode(line).refused.map(({ reason }) => reason);
  test.each([
    '2026-03-10T14:00:03.001Z stdout F ',
    '<5>Mar 10 14:00:03 node-2 falco[7]: ',
    'Mar 10 14:00:03 n a: ',
  ])('is refused as what it is: %s', (prefix) => {
    expect(reasons(`${prefix}{"rule":"Sh`)).toEqual(['truncated']);
    expect(reasons(`${prefix}{"rule":Sh}`)).toEqual(['not_json']);
  });
});

test('[F22] hostile lines cost little', () => {
  const lines = [
    `<1>1 - h a p m ${'[a]'.repeat(100_000)}`,
    `<1>1 - h a p m [${'\\'.repeat(100_000)}`,
    `Mar 10 14:00:03 ${'a'.repeat(500_000)}`,
    `Mar 10 14:00:03 ${'a '.repeat(250_000)}`,
    `2026-03-10T${'1'.repeat(500_000)} stdout F {`,
    `${'falco '.repeat(100_000)}{`,
    `${'a-'.repeat(100_000)} {`,
    `[pod/${'a-.'.repeat(100_000)} {`,
    `time= application= reason=A msg=${' application='.repeat(5_000)}`,
  ];
  const from = process.threadCpuUsage();
  for (const line of lines) for (let i = 0; i < 10; i += 1) isSecurityLine(line);
  const { user, system } = process.threadCpuUsage(from);
  expect((user + system) / 1e6).toBeLessThan(1);
});
