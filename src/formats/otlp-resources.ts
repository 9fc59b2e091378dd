/**
 * Recognises resources that were seen before, so that a pod, which sends the same resource with every message, is read
 * once.
 *
 * What: the names and the raw values of the attributes that are read, in their order, make a key; equal keys give the very
 * same resource. Attributes that nobody reads are no part of it (`process.pid`), nor is their order among the others.
 *
 * Only plain texts make a key, and only those in which redaction changes nothing: a key is kept, and what must not be
 * stored must not be kept here either. Any other resource is read anew each time, with the same outcome.
 *
 * Cost: a copy of some 300 bytes and a look-up in a map per message; at most MAX_KEPT keys of MAX_KEY bytes.
 * Worked example: {service.name: "ledger", process.pid: 7} -> key (ordinal of service.name, 8, "\x0a\x06ledger").
 */
import type { KnownAttribute } from './otlp-attribute-reader.ts';
import type { ProjectedResource, SpanProjection } from './otlp-projection.ts';
import type { SpanContext } from './span-context.ts';

const MAX_KEPT = 50_000;
const MAX_KEY = 1 << 11;
/** Of a name's ordinal and a value's length, two bytes each. */
const HEADER = 4;
/** How an AnyValue that is a text begins: field 1, bytes. */
const TEXT = 0x0a;

export class ResourceTable {
  readonly #redactor: SpanContext['redactor'];
  readonly #projection: SpanProjection<KnownAttribute>;
  readonly #valuesOf: (attribute: KnownAttribute) => readonly string[];
  readonly #known = new Map<string, ProjectedResource>();
  readonly #key = Buffer.alloc(MAX_KEY);

  constructor(
    redactor: SpanContext['redactor'],
    projection: SpanProjection<KnownAttribute>,
    valuesOf: (attribute: KnownAttribute) => readonly string[],
  ) {
    this.#redactor = redactor;
    this.#projection = projection;
    this.#valuesOf = valuesOf;
  }

  /** @param attributes of one resource, within `bytes` */
  resourceOf(bytes: Buffer, attributes: readonly KnownAttribute[]): ProjectedResource {
    const key = this.#keyOf(bytes, attributes);
    const known = key === null ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const resource = this.#projection.resource(attributes);
    if (key !== null && !resource.redacted && attributes.every((each) => this.#isClean(each))) {
      if (this.#known.size >= MAX_KEPT) this.#known.clear();
      this.#known.set(key, resource);
    }
    return resource;
  }

  /** Null where the resource is not to be recognised: too long, or with values other than plain texts. */
  #keyOf(bytes: Buffer, attributes: readonly KnownAttribute[]): string | null {
    const key = this.#key;
    let at = 0;
    for (const { name, from, to } of attributes) {
      const length = to - from;
      if (at + HEADER + length > MAX_KEY || !isPlainText(bytes, from, to)) return null;
      key[at] = name.ordinal >>> 8;
      key[at + 1] = name.ordinal;
      key[at + 2] = length >>> 8;
      key[at + 3] = length;
      at += HEADER;
      for (let i = from; i < to; i += 1) key[at++] = bytes[i] ?? 0;
    }
    return key.toString('latin1', 0, at);
  }

  #isClean(attribute: KnownAttribute): boolean {
    return this.#valuesOf(attribute).every(
      (text) => this.#redactor.text(text) === text && this.#redactor.idValue(text) === text,
    );
  }
}

/** Whether the value is one text and nothing else, so that its bytes hide nothing; its length may take two bytes. */
function isPlainText(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 2 || bytes[from] !== TEXT) return false;
  const low = bytes[from + 1] ?? 0;
  if (low < 0x80) return from + 2 + low === to;
  return from + 3 + ((low & 0x7f) | ((bytes[from + 2] ?? 0) << 7)) === to;
}
