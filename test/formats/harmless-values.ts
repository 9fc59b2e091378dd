/** Values that are no secrets and no card numbers, at random: what must come through redaction as it is, or joins break. */
import type { Dice } from './dice.ts';

const HEX = '0123456789abcdef';
const DIGITS = '0123456789';
/** What Kubernetes makes random names of. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** Makers of values, by what they are. */
export function harmlessValues(dice: Dice): Readonly<Record<string, () => string | number>> {
  const digits = (n: number): string => dice.text(n, DIGITS);
  const hex = (n: number): string => dice.text(n, HEX);
  const instant = (): Date =>
    new Date(Date.UTC(2020, 0, 1) + dice.below(10 * 365 * 86_400) * 1000 + dice.below(1000));
  const uuid = (): string =>
    `${hex(8)}-${hex(4)}-4${hex(3)}-${dice.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
  const rfc3339 = (): string => {
    const fraction = dice.pick(['', '.', '.', ',']);
    const time =
      instant().toISOString().slice(0, 19) + (fraction === '' ? '' : fraction + digits(dice.pick([3, 6, 9])));
    return time + dice.pick(['Z', '+02:00', '-0530', '+05:30']);
  };
  const pod = (): string =>
    dice.pick([
      `ledger-${dice.text(10, SAFE)}-${dice.text(5, SAFE)}`,
      `ledger-${digits(8)}${digits(2)}-${dice.text(5, SAFE)}`,
      `backup-${28_000_000 + dice.below(1_000_000)}-${dice.text(5, SAFE)}`,
      `ledger-${dice.below(30)}`,
    ]);
  const address = (): string => Array.from({ length: 4 }, () => dice.below(256)).join('.');
  const nanos = (): string => `${instant().getTime()}${digits(6)}`;
  return {
    'trace id': () => hex(32),
    traceparent: () => `00-${hex(32)}-${hex(16)}-01`,
    'span id': () => hex(16),
    UUID: uuid,
    'UUID in a name': () => `pvc-${uuid()}`,
    'UUID and a number': () => `${uuid()} ${digits(4)}`,
    'container id': () => hex(64),
    'container id with its runtime': () => `containerd://${hex(64)}`,
    'container id in a cgroup': () =>
      `/kubepods/pod${dice.pick([uuid(), uuid().replaceAll('-', '_')])}/cri-containerd-${hex(64)}.scope`,
    'short container id': () => hex(12),
    'digest of an image': () => `registry.example/pay/ledger@sha256:${hex(64)}`,
    'RFC 3339 time': rfc3339,
    'a time and a number': () => `${rfc3339()} ${dice.below(100_000)} ${digits(4)}`,
    'nanoseconds as text': nanos,
    'nanoseconds as a number': () => Number(nanos()),
    'milliseconds as a number': () => instant().getTime(),
    'microseconds as a number': () => instant().getTime() * 1000 + dice.below(1000),
    'amount as text': () => `${dice.below(10_000_000)}.${digits(2)}`,
    'amount as a number': () => dice.below(1_000_000_000) / 100,
    'address and port': () => `${address()}:${dice.below(65_536)}`,
    connection: () => `${address()}:${dice.below(65_536)}->${address()}:443`,
    'order id': () => `ORD-${2020 + dice.below(10)}-${digits(6)}`,
    'pod name': pod,
    'request URI': () =>
      `/api/v1/namespaces/payments/pods/${pod()}/exec?command=sh&container=c${dice.below(9)}&limit=${dice.below(1000)}&resourceVersion=${dice.below(1e9)}`,
    'URL-encoded query': () =>
      `/pay?order=ORD%2D${digits(6)}&at=${encodeURIComponent(rfc3339())}&id=${uuid()}`,
    'IBAN without spaces': () => `DE${digits(2)}${digits(18)}`,
    'command line': () =>
      `${dice.pick(['ssh -p', 'psql -h db -p', 'mysql -h db -P', 'nc -l -p', 'docker run -p'])} ${dice.below(65_536)} ${pod()}`,
    'name of a secret': () => `/api/v1/namespaces/payments/secrets/${pod()}-token-${dice.text(5, SAFE)}`,
    'IPv6 address': () => Array.from({ length: 8 }, () => hex(4)).join(':'),
    'list of addresses': () => `["${address()}","${address()}","${address()}"]`,
    'list of amounts': () => JSON.stringify(Array.from({ length: 6 }, () => dice.below(10_000_000) / 100)),
    'list of counters': () => JSON.stringify(Array.from({ length: 24 }, () => dice.below(2000))),
    'list of many numbers': () => JSON.stringify(Array.from({ length: 40 }, () => 1000 + dice.below(9000))),
    'row of CSV': () =>
      [rfc3339(), `ORD-${digits(6)}`, `${dice.below(100_000)}.${digits(2)}`, 'EUR', digits(4), pod()].join(
        ',',
      ),
  };
}

/** Numbers that nothing but their meaning tells from card numbers, and that no join needs: some are taken for one. */
export function lookalikes(dice: Dice): Readonly<Record<string, () => string>> {
  const digits = (n: number): string => dice.text(n, DIGITS);
  return {
    'phone number': () =>
      dice.pick([`+49 151 ${digits(8)}`, `+1 415 555 ${digits(4)}`, `+44 7700 ${digits(6)}`]),
    'IBAN in groups': () => (`DE${digits(2)}${digits(18)}`.match(/.{1,4}/g) ?? []).join(' '),
    'list of four ports': () => JSON.stringify(Array.from({ length: 4 }, () => 1024 + dice.below(9000))),
    'random number of 16 digits': () => dice.pick([...'123456789']) + digits(15),
  };
}
