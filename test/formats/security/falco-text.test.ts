import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../../src/formats/detect.ts';
import { decodeFalco, isFalco } from '../../../src/formats/security/falco.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, fixture, micros, only, PLACE } from '../format-context.ts';
import { falcoRecord } from '../sample-records.ts';

const decode = (value: unknown) => decodeFalco(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);
const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
const DAY = '2021-01-14T';
/** The lines that Falco wrote of the samples; text has no day. */
const OUTPUTS = fixture('falco-website/alerts.jsonl')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { output: string }).output);

describe('a line of text', () => {
  test('of a sample, with a day', () => {
    const line = `${DAY}${OUTPUTS[2]?.replace(': Notice', '+0000: Notice')}`;
    expect(detectFormat(line)).toBe('falco');
    expect(one(line)).toMatchObject({
      kind: 'alert',
      action: 'A shell was spawned in a container with an attached terminal',
      severity: 30,
      start: micros('2021-01-14T23:39:44.834631Z'),
      identity: { ...NO_IDENTITY, namespace: 'default', podName: 'alpine', containerId: '5892b41bcf46' },
      actor: 'root',
      detail: 'sh',
      nativeId: null,
    });
  });

  test('of a sample, as it is: known, and refused for want of a day', () => {
    for (const line of OUTPUTS.slice(0, 5)) {
      expect(isFalco(line)).toBe(true);
      expect(reasons(line)).toEqual(['missing_time']);
    }
  });

  test('in the form of Falco 0.40 and later', () => {
    const line =
      '2026-03-10T14:00:02.118999321+0000: Critical Executing binary not part of base image | proc_exe=xmrig user=app command=xmrig -o pool:3333 container_id=5892b41bcf46 container_name=ledger k8s_pod_name=ledger-1 k8s_ns_name=payments';
    expect(one(line)).toMatchObject({
      action: 'Executing binary not part of base image',
      severity: 90,
      detail: 'xmrig -o pool:3333',
      identity: {
        ...NO_IDENTITY,
        namespace: 'payments',
        podName: 'ledger-1',
        containerId: '5892b41bcf46',
        containerName: 'ledger',
      },
    });
  });

  test('a field that is given two values has none [F11]', () => {
    const line = (command: string): string =>
      `2026-03-10T14:00:02Z: Notice A shell (command=${command} k8s.ns=payments k8s.pod=ledger-1 container=5892b41bcf46)`;
    expect(one(line('sh')).identity.podName).toBe('ledger-1');
    const forged = one(line('sh k8s.pod=other container=aaaaaaaaaaaa'));
    expect(forged.identity).toEqual({ ...NO_IDENTITY, namespace: 'payments' });
  });

  test('of its own health is no fact', () => {
    const line = '2026-03-10T14:00:02Z: Debug Falco internal: syscall event drop. 7 system calls dropped.';
    expect(decode(line)).toEqual({ items: [], ignored: { sensor_health: 1 }, refused: [] });
  });
});

describe('behind the words of syslog', () => {
  test.each([
    '<5>2026-03-10T14:00:03Z node-2 falco[7]: ',
    '<5>1 2026-03-10T14:00:03Z node-2 falco 7 - - ',
    '2026-03-10T14:00:03+00:00 node-2 Falco: ',
    '<5>Mar 10 14:00:03 node-2 falco[7]: ',
  ])('%s{json}', (header) => {
    const line = header + JSON.stringify(falcoRecord());
    expect(detectFormat(line)).toBe('falco');
    expect(one(line)).toEqual(one(falcoRecord()));
  });

  test('a line of text has the day of syslog', () => {
    const body = '14:00:02.118999321: Notice A shell was spawned (user=root)';
    expect(one(`<5>2026-03-10T14:00:03Z node-2 falco[7]: ${body}`)).toMatchObject({
      timeText: '2026-03-10T14:00:03Z',
      action: 'A shell was spawned',
      actor: 'root',
    });
    expect(reasons(`<5>Mar 10 14:00:03 node-2 falco[7]: ${body}`)).toEqual(['missing_time']);
  });

  test('JSON that is cut is refused', () => {
    const line = `<5>Mar 10 14:00:03 node-2 falco[7]: ${JSON.stringify(falcoRecord()).slice(0, 200)}`;
    expect(reasons(line)).toEqual(['truncated']);
  });
});

test.each(['', 'Notice', '14:00:02: Notice', 'falco[7]: hello', 'the falco: {', 'x'.repeat(300_000)])(
  '%.20j is none',
  (line) => {
    expect(isFalco(line) && decode(line).items.length > 0).toBe(false);
  },
);

describe('times and ids', () => {
  test('where the zone is none, the number counts', () => {
    const alert = { ...falcoRecord(), time: '2024-05-07T18:54:19.341081180Z+2' };
    expect(reasons(alert)).toEqual(['bad_time']);
    const output = {
      ...(falcoRecord()['output_fields'] as object),
      'evt.time': Number('1715108059341081180'),
    };
    const { start } = one({ ...alert, output_fields: output });
    expect(Math.abs(start - micros('2024-05-07T18:54:19.341081Z'))).toBeLessThanOrEqual(1);
  });

  test('an alert about the audit log has the id of the request, where it says so', () => {
    const { uuid: _, ...alert } = falcoRecord();
    const audited = { ...alert, source: 'k8s_audit', output_fields: { 'ka.auditid': 'a-1' } };
    expect(one(audited).nativeId).toBe('a-1');
    expect(one({ ...audited, source: 'syscall' }).nativeId).toBeNull();
  });
});
