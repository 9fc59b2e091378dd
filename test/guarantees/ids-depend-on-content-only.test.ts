// Goal: ids are what SPEC F1 says, to the letter. Method: the tuples are written out here as text and hashed without
// the code under test, so that another implementation could be checked by the same lines.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodePayment } from '../../src/formats/payments/payment-json.ts';
import { createRedactor } from '../../src/formats/redaction/redact.ts';
import { Fold } from '../../src/join/fold.ts';
import { NO_IDENTITY } from '../../src/model/identity.ts';
import { canonicalJson } from '../../src/model/canonical-json.ts';
import { incidentId, linkId } from '../../src/model/ids.ts';
import { at, match } from '../join/builders.ts';

/** Base32 after RFC 4648, bit by bit. */
function idOf(prefix: string, tuple: string): string {
  const bits = [...createHash('sha256').update(tuple).digest().subarray(0, 16)].map((byte) =>
    byte.toString(2).padStart(8, '0'),
  );
  const groups = bits.join('').match(/.{1,5}/g) ?? [];
  const letters = groups.map(
    (group) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(group.padEnd(5, '0'), 2)],
  );
  return `${prefix}_${letters.join('')}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

it('links and incidents are named by what they connect [F1]', () => {
  expect(linkId('default', 'ev_a', 'pay_1')).toBe(idOf('lk', '["link","default","ev_a","pay_1"]'));
  expect(incidentId('acme', 'ev_a')).toBe(idOf('inc', '["incident","acme","ev_a"]'));
  expect(linkId('default', 'ev_a', 'pay_1')).toMatch(/^lk_[a-z2-7]{26}$/);
});

it('a folded event is named by what its record states, its actor, its command and its minute [F1]', () => {
  const start = at('07:41');
  const identity = {
    ...NO_IDENTITY,
    cluster: 'prod',
    namespace: 'pay',
    podName: 'ledger-1',
    containerId: 'c'.repeat(12),
  };
  const resource = {
    apiGroup: null,
    resource: 'pods',
    subresource: 'exec',
    namespace: 'pay',
    name: 'ledger-1',
  };
  const serviceAccount = { namespace: 'pay', name: 'notify' };
  const fold = new Fold('default', true);
  fold.add(
    match({ start, end: start, identity, resource, serviceAccount, actor: 'mallory', detail: 'sh -i' }),
    false,
  );
  const entities =
    '["prod","pay","ledger-1",null,"cccccccccccc",null,null,"pay","notify",null,"pods","exec","pay","ledger-1",null]';
  const minute = Math.floor(start / 60_000_000);
  const tuple = `["event","default","falco","falco:shell",${entities},"mallory","${sha256('sh -i')}",${minute}]`;
  expect(fold.events()[0]?.id).toBe(idOf('ev', tuple));
});

it('an event that is not folded is named by its native record [F1]', () => {
  const fold = new Fold('default', false);
  fold.add(match({ nativeTuple: ['uuid-1'] }), false);
  expect(fold.events()[0]?.id).toBe(idOf('ev', '["event","default","falco","falco:shell",["uuid-1"]]'));
});

it('a payment event is named by its record, whatever the order of its members [F1]', () => {
  const context = { tenant: 'default', cluster: null, redactor: createRedactor(() => new Uint8Array(32)) };
  const place = { input: 'payments', line: 1, column: 1 };
  const record =
    '{"amount":"1.00","currency":"EUR","id":"p1","rail":"card","state":"authorized","time":"2026-03-10T14:00:00Z"}';
  const turned = Object.fromEntries(Object.entries(JSON.parse(record) as object).toReversed());
  const tuple = `["payment","default","payments",[${JSON.stringify(record)}]]`;
  expect(decodePayment(turned, place, context).items[0]?.id).toBe(idOf('pe', tuple));
});

it('canonical JSON sorts members by UTF-16 units, keeps numbers exact, and knows no undefined [F1]', () => {
  expect(canonicalJson({ b: 1, a: [1e21, -0, 0.1], '\u20ac': null, '\u{1f600}': undefined })).toBe(
    '{"a":[1e+21,0,0.1],"b":1,"\u20ac":null}',
  );
  expect(canonicalJson('\ud800')).toBe('"\ufffd"');
});
