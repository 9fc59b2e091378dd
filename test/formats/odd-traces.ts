/**
 * OTLP traces as bytes, valid and not, such as no encoder writes them: fields in any order, missing and repeated, with
 * other wire types, longer than they need to be, unknown ones and groups between them, texts that are no UTF-8.
 */
import { CARD } from './span-context.ts';
import type { Dice } from './dice.ts';

type Bytes = number[];

const KEYS = [
  'payment.id',
  'payment.transaction_id',
  'order.id',
  'transaction.id',
  'http.request.header.x-transaction-id',
  'db.system',
  'db.system.name',
  'db.name',
  'dbxsystem',
  'k8s.pod.name',
  'pod',
  'k8s.cronjob.name',
  'container.id',
  'host.name',
  'service.name',
  'telemetry.sdk.name',
  'payment.ie',
  'http.route',
  '',
];
const TEXTS = [
  'P1',
  ' P2 ',
  'NOTPROVIDED',
  '',
  '-',
  CARD,
  `card ${CARD}`,
  'Elastic',
  'ü€😀',
  'x'.repeat(130),
];
const FRAGMENTS: readonly Bytes[] = [
  [0xc3],
  [0xff, 0x41],
  [0xed, 0xa0, 0x80],
  [0xe2, 0x82],
  [0xef, 0xbb, 0xbf, 0x41],
];

/** How much of a message is odd: 0 makes only what an encoder could have made, 1 hardly anything of it. */
export class OddTraces {
  readonly #dice: Dice;
  readonly #oddness: number;

  constructor(dice: Dice, oddness: number) {
    this.#dice = dice;
    this.#oddness = oddness;
  }

  payload(): Buffer {
    return Buffer.from(this.#message(this.#some(1, 2, () => this.#field(1, this.#resourceSpans()))));
  }

  #resourceSpans(): Bytes {
    const resource = this.#some(1, 1, () =>
      this.#field(1, this.#message(this.#some(0, 4, () => this.#field(1, this.#keyValue())))),
    );
    return this.#message([...resource, ...this.#some(1, 1, () => this.#field(2, this.#scopeSpans()))]);
  }

  #scopeSpans(): Bytes {
    const scope = this.#some(0, 1, () => {
      const name = this.#field(1, bytesOf(this.#dice.pick(['falco-event', 'lib', 'lib', 'falco-even', ''])));
      return this.#field(
        1,
        this.#message([name, ...this.#some(0, 1, () => this.#field(3, this.#keyValue()))]),
      );
    });
    return this.#message([...scope, ...this.#some(1, 3, () => this.#field(2, this.#span()))]);
  }

  #span(): Bytes {
    return this.#message([
      ...this.#some(1, 1, () => this.#field(1, this.#id(16))),
      ...this.#some(1, 1, () => this.#field(2, this.#id(8))),
      ...this.#some(0, 1, () => this.#field(3, bytesOf('a=b'))),
      ...this.#some(1, 1, () => this.#field(5, bytesOf('POST /pay'))),
      ...this.#some(1, 1, () => this.#number(6, this.#dice.below(6))),
      ...this.#some(1, 1, () => this.#fixed64(7)),
      ...this.#some(1, 1, () => this.#fixed64(8)),
      ...this.#some(0, 3, () => this.#field(9, this.#keyValue())),
      ...this.#some(0, 2, () =>
        this.#field(11, this.#message([this.#fixed64(1), this.#field(3, this.#keyValue())])),
      ),
      ...this.#some(0, 1, () =>
        this.#field(13, this.#message([this.#field(1, this.#id(16)), this.#field(4, this.#keyValue())])),
      ),
      ...this.#some(0, 1, () => this.#field(15, this.#message([this.#number(3, 1)]))),
      ...this.#some(0, 1, () => [...this.#tag(16, 5), 1, 1, 0, 0]),
    ]);
  }

  #keyValue(): Bytes {
    const key = this.#odd(8) ? this.#text() : bytesOf(this.#dice.pick(KEYS));
    const keys = this.#some(1, 1, () => this.#field(1, key));
    return this.#message([...keys, ...this.#some(1, 1, () => this.#field(2, this.#anyValue(2)))]);
  }

  #anyValue(depth: number): Bytes {
    const most = this.#oddness > 0 && this.#dice.below(3) === 0 ? 4 : 1;
    return this.#message(this.#some(1, most, () => this.#oneValue(depth)));
  }

  #oneValue(depth: number): Bytes {
    const list = (): Bytes =>
      this.#message(this.#some(0, 3, () => this.#field(1, this.#anyValue(depth - 1))));
    const kind = this.#dice.below(12);
    if (kind < 5 || (depth === 0 && kind > 7)) return this.#field(1, this.#text());
    if (kind < 6) return this.#number(2, 1);
    if (kind < 8) return this.#number(3, this.#dice.pick([0, 7, 2 ** 31, 2 ** 53 - 1, -1]));
    if (kind < 11) return this.#field(this.#dice.pick([5, 5, 5, 6]), list());
    return this.#dice.below(2) === 0 ? this.#fixed64(4) : this.#field(7, this.#id(3));
  }

  #text(): Bytes {
    return this.#odd(4) ? [...bytesOf('P'), ...this.#dice.pick(FRAGMENTS)] : bytesOf(this.#dice.pick(TEXTS));
  }

  #id(length: number): Bytes {
    const size = this.#odd(4) ? this.#dice.below(40) : length;
    const byte = this.#odd(8) ? 0 : 255;
    return Array.from({ length: size }, () => this.#dice.below(byte + 1));
  }

  /** Times around one another, none, and beyond what can be. */
  #fixed64(field: number): Bytes {
    const near = [0x00, 0x00, this.#dice.below(8), this.#dice.below(256), 0x9e, 0x2c, 0x6f, 0x15];
    const far = Array.from({ length: 8 }, () => this.#dice.below(256));
    const none = [this.#dice.below(256), this.#dice.below(5), 0, 0, 0, 0, 0, 0];
    const value = this.#dice.pick([near, near, near, near, near, near, far, none]);
    return [...this.#tag(field, 1), ...value];
  }

  #number(field: number, value: number): Bytes {
    return [...this.#tag(field, 0), ...this.#varint(BigInt.asUintN(64, BigInt(value)), 10)];
  }

  #field(field: number, content: Bytes): Bytes {
    // A length may lie, and a field may have the wire type of another.
    const length = this.#odd(30) ? this.#dice.below(300) : content.length;
    if (this.#odd(20)) return [...this.#tag(field, this.#dice.below(8)), ...content];
    return [...this.#tag(field, 2), ...this.#varint(BigInt(length), 5), ...content];
  }

  #tag(field: number, wireType: number): Bytes {
    return this.#varint(BigInt(field * 8 + wireType), 5);
  }

  /** Now and then longer than it need be, even than it may be. */
  #varint(value: bigint, longest: number): Bytes {
    const bytes: Bytes = [];
    let left = value;
    for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
    bytes.push(Number(left));
    if (!this.#odd(10)) return bytes;
    const more = this.#dice.below(longest - bytes.length + (this.#odd(3) ? 3 : 1));
    for (let i = 0; i < more; i += 1) {
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
      bytes.push(0);
    }
    // Bits for which there is no room.
    if (this.#odd(3)) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | (1 << this.#dice.below(7));
    return bytes;
  }

  /** The fields one after the other; or in another order, some of them twice, with others in between, or cut short. */
  #message(fields: readonly Bytes[]): Bytes {
    const mixed = this.#oddness > 0 && this.#dice.below(3) === 0 ? this.#mixed(fields) : [...fields];
    if (this.#odd(4)) mixed.splice(this.#dice.below(mixed.length + 1), 0, this.#stranger(3));
    const bytes = mixed.flat();
    if (this.#odd(10)) bytes.length = Math.max(0, bytes.length - 1 - this.#dice.below(9));
    return bytes;
  }

  /** Valid still: encoders need not keep to an order, and what stands twice is joined or replaced. */
  #mixed(fields: readonly Bytes[]): Bytes[] {
    const mixed = [...fields, ...fields.slice(this.#dice.below(fields.length + 1))];
    for (let i = mixed.length - 1; i > 0; i -= 1) {
      const j = this.#dice.below(i + 1);
      const [a, b] = [mixed[i] ?? [], mixed[j] ?? []];
      mixed[i] = b;
      mixed[j] = a;
    }
    return mixed;
  }

  #stranger(depth: number): Bytes {
    const field = this.#dice.pick([17, 99, 536_870_911, 4, 1, this.#odd(10) ? 0 : 2]);
    const kind = this.#dice.below(depth > 0 ? 6 : 4);
    if (kind === 0) return this.#number(field, this.#dice.pick([0, 300, -1]));
    if (kind === 1) return this.#fixed64(field);
    if (kind === 2) return this.#field(field, this.#text());
    if (kind === 3) return [...this.#tag(field, 5), 1, 2, 3, 4];
    const inner = this.#some(0, 2, () => this.#stranger(depth - 1)).flat();
    const end = this.#odd(10) ? field + 1 : field;
    return [...this.#tag(field, 3), ...inner, ...this.#tag(end, 4)];
  }

  /** So many, seldom others than `low` to `high`. */
  #some(low: number, high: number, make: () => Bytes): Bytes[] {
    const count = this.#odd(6) ? this.#dice.below(high + 2) : low + this.#dice.below(high - low + 1);
    return Array.from({ length: count }, make);
  }

  /** True once in so many times at full oddness. */
  #odd(onceIn: number): boolean {
    return this.#dice.below(1_000) < (1_000 * this.#oddness) / onceIn;
  }
}

function bytesOf(text: string): Bytes {
  return [...Buffer.from(text)];
}

/** Changes a few bytes, takes some out, puts some in, or cuts the end off. */
export function damaged(payload: Buffer, dice: Dice): Buffer {
  const bytes = [...payload];
  for (let left = 1 + dice.below(4); left > 0; left -= 1) {
    const at = dice.below(bytes.length + 1);
    const kind = dice.below(8);
    if (kind < 4) bytes[Math.min(at, Math.max(0, bytes.length - 1))] = dice.below(256);
    else if (kind < 5) bytes.splice(at, 1 + dice.below(3));
    else if (kind < 6) bytes.splice(at, 0, dice.below(256));
    else if (kind < 7) bytes.length = at;
    else bytes[at] = (bytes[at] ?? 0) + dice.pick([1, -1, 2, 8]);
  }
  return Buffer.from(bytes);
}

/** A payload that holds, beside a span, so many groups in one another: in the payload, a span or an attribute. */
export function groupsWithin(levels: number, where: 'payload' | 'span' | 'attribute'): Buffer {
  const field = (number: number, content: Bytes): Bytes => {
    const { length } = content;
    const size = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
    return [number * 8 + 2, ...size, ...content];
  };
  const groups = [
    ...Array.from({ length: levels }, () => 0x7b),
    ...Array.from({ length: levels }, () => 0x7c),
  ];
  const at = (place: string): Bytes => (where === place ? groups : []);
  const id = (length: number): Bytes => Array.from({ length }, () => 7);
  const attribute = [...field(1, bytesOf('payment.id')), ...at('attribute'), ...field(2, [10, 1, 80])];
  const times = [0x39, 0, 0, 0, 0, 1, 0, 0, 0];
  const span = [...field(1, id(16)), ...field(2, id(8)), ...times, ...at('span'), ...field(9, attribute)];
  return Buffer.from([...at('payload'), ...field(1, field(2, field(2, span)))]);
}
