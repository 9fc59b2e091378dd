/**
 * Recognises resources that were seen before: a pod sends the same one with every message, and it is read once.
 *
 * What: two resources are the same when the attributes that are read have the same names and the same bytes, in the same
 * order; then they give the very same object. What nobody reads may differ (`process.pid`). A hash over the ends of the
 * values, where names of pods and ids differ, finds the one candidate, and every byte is compared; two resources with the
 * same hash put each other out, which costs time and nothing else.
 *
 * Only plain texts are remembered, and only those in which redaction changes nothing: what must not be stored must not be
 * kept here either. Any other resource is read anew each time, with the same outcome.
 *
 * Cost: a comparison of some 300 bytes a message; at most MAX_KEPT resources of MAX_BYTES.
 * Worked example: {service.name: "ledger", process.pid: 7} is kept as [service.name, 0a 06 "ledger"].
 */
import { standsAt, type AttributeName } from './attribute-names.ts';
import type { KnownAttribute } from './otlp-attribute-reader.ts';
import type { ProjectedResource, SpanProjection } from './otlp-projection.ts';
import type { SpanContext } from './span-context.ts';

const MAX_KEPT = 50_000;
const MAX_BYTES = 1 << 11;
/** So many bytes of a value's end are hashed. */
const HASHED = 8;
/** How an AnyValue that is a text begins: field 1, bytes. */
const TEXT = 0x0a;

interface KeptResource {
  attributes: { name: AttributeName; value: Uint8Array }[];
  resource: ProjectedResource;
}

export class ResourceTable {
  readonly #redactor: SpanContext['redactor'];
  readonly #projection: SpanProjection<KnownAttribute>;
  readonly #valuesOf: (attribute: KnownAttribute) => readonly string[];
  readonly #kept = new Map<number, KeptResource>();

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
    const hash = hashOf(bytes, attributes);
    const kept = this.#kept.get(hash);
    if (kept !== undefined && isSame(kept, bytes, attributes)) return kept.resource;
    const resource = this.#projection.resource(attributes);
    if (!resource.redacted && this.#mayBeKept(bytes, attributes)) {
      if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
      // Copies: a payload is not kept for the sake of its resource.
      const copy = ({ from, to }: KnownAttribute): Buffer => Buffer.from(bytes.subarray(from, to));
      const values = attributes.map((each) => ({ name: each.name, value: copy(each) }));
      this.#kept.set(hash, { attributes: values, resource });
    }
    return resource;
  }

  #mayBeKept(bytes: Buffer, attributes: readonly KnownAttribute[]): boolean {
    const length = attributes.reduce((sum, { from, to }) => sum + to - from, 0);
    return length <= MAX_BYTES && attributes.every((each) => isPlainText(bytes, each) && this.#isClean(each));
  }

  #isClean(attribute: KnownAttribute): boolean {
    return this.#valuesOf(attribute).every(
      (text) => this.#redactor.text(text) === text && this.#redactor.idValue(text) === text,
    );
  }
}

function hashOf(bytes: Buffer, attributes: readonly KnownAttribute[]): number {
  let hash = attributes.length;
  for (const { from, to } of attributes) {
    hash = Math.imul(hash ^ (to - from), 0x01000193);
    for (let at = Math.max(from, to - HASHED); at < to; at += 1) {
      hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    }
  }
  return hash;
}

function isSame(
  { attributes: kept }: KeptResource,
  bytes: Buffer,
  attributes: readonly KnownAttribute[],
): boolean {
  if (kept.length !== attributes.length) return false;
  for (let i = 0; i < kept.length; i += 1) {
    const a = kept[i];
    const b = attributes[i];
    if (a === undefined || b === undefined || a.name !== b.name) return false;
    if (!standsAt(a.value, bytes, b.from, b.to)) return false;
  }
  return true;
}

/** Whether the value is one text and nothing else, so that its bytes hide nothing; its length may take two bytes. */
function isPlainText(bytes: Buffer, { from, to }: KnownAttribute): boolean {
  if (to - from < 2 || bytes[from] !== TEXT) return false;
  const low = bytes[from + 1] ?? 0;
  if (low < 0x80) return from + 2 + low === to;
  return from + 3 + ((low & 0x7f) | ((bytes[from + 2] ?? 0) << 7)) === to;
}
