import { expect, test } from 'vitest';
import { detectFormat } from '../../../src/formats/detect.ts';
import { decodeSpire, isSpire } from '../../../src/formats/security/spire.ts';
import { NO_IDENTITY } from '../../../src/model/identity.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { CONTEXT, micros, only, PLACE } from '../format-context.ts';
import { spireRecord } from '../sensor-records.ts';

const decode = (value: unknown) => decodeSpire(value, PLACE, CONTEXT);
const one = (value: unknown): Observation => only(decode(value).items);

test('a line in JSON', () => {
  expect(one(spireRecord())).toMatchObject({
    kind: 'event',
    dataset: 'spire.audit',
    start: micros('2026-03-10T14:00:02.000000Z'),
    identity: NO_IDENTITY,
    action: 'entry.v1.Entry/BatchDeleteEntry',
    outcome: 'failure',
    severity: null,
    actor: 'spiffe://example.org/ns/spire/sa/registrar',
    serviceAccount: { namespace: 'spire', name: 'registrar' },
    nativeId: 'r-1',
    detail: 'e-1',
    message: 'entry not found',
  });
});

test('a line of text', () => {
  const line =
    'time="2026-03-10T14:00:02Z" level=info msg="API accessed" caller_path=/opt/spire/bin/spire-server caller_uid=0 method=BatchCreateEntry request_id=r-2 selectors="k8s:ns:payments,k8s:sa:ledger" service=entry.v1.Entry spiffe_id="spiffe://example.org/pay" status=success subsystem_name=api type=audit';
  expect(detectFormat(line)).toBe('spire');
  expect(one(line)).toMatchObject({
    action: 'entry.v1.Entry/BatchCreateEntry',
    outcome: 'success',
    actor: '/opt/spire/bin/spire-server',
    serviceAccount: null,
    nativeId: 'r-2',
    detail: 'spiffe://example.org/pay',
  });
});

test('lines of one call are several', () => {
  const [a, b] = [one(spireRecord()), one({ ...spireRecord(), entry_id: 'e-2' })];
  expect(a.nativeId).toBe(b.nativeId);
  expect(a.nativeTuple).not.toEqual(b.nativeTuple);
});

test('who called on the socket by user id', () => {
  expect(one({ ...spireRecord(), caller_id: undefined, caller_uid: 1000 }).actor).toBe('uid:1000');
});

test('other lines of the log are none', () => {
  expect(isSpire({ ...spireRecord(), type: 'other' })).toBe(false);
  expect(isSpire('time="2026-03-10T14:00:02Z" level=info msg="Starting"')).toBe(false);
  const reasons = (value: unknown): string[] => decode(value).refused.map(({ reason }) => reason);
  expect(reasons('time="2026-03-10T14:00:02Z" msg="API accessed" "')).toEqual(['wrong_shape']);
  expect(reasons({ ...spireRecord(), method: '' })).toEqual(['wrong_shape']);
  expect(reasons({ ...spireRecord(), time: '' })).toEqual(['missing_time']);
});
