/**
 * What lies around a record when it comes: shippers, clouds and connectors wrap what they carry, often several times over, and as text.
 *
 * What: opens wrapping after wrapping until something is of a format, in at most MAX_STEPS steps. Why here and not in each format: every format
 * comes in every wrapping, and what a wrapping says of itself must never be taken for what the record says. So the pod that
 * an envelope names is the *emitter's* (the Falco, Tetragon or Vault pod), kept apart, and never the affected one; only a format whose
 * emitter is the workload itself, such as an access log, looks at it.
 *
 * Traps: text that ends in the middle (`P` of the container runtime's log, cut by the shipper) is refused as truncated; control messages of a
 * log service are counted, not refused, as are lines of a log that are no records; a record that a shipper merged into its own keys is no envelope, since the format knows it as it is.
 *
 * Cost: a look at a few keys; JSON text inside is measured for its depth, and parsed once. Worked example: a CloudWatch subscription of a Fluent Bit record with a line
 * of the container runtime with an audit event is opened in four steps, and gives the event and the emitter's pod.
 * Source: reference/formats 3.1 (clouds), 3.12.
 */
import { gunzipSync } from 'node:zlib';
import type { Refusal } from '../../model/refusal.ts';
import { parseRuntimeLine } from '../../model/runtime-line.ts';
import { AZURE_TABLES } from './azure-tables.ts';
import { CLOUD_WRAPPINGS } from './cloud-wrappings.ts';
import { ignoredAs, merged, type Decoded } from '../decoded.ts';
import { isObject } from '../fields.ts';
import { brokenJson, isLikeJson, parseJsonText } from '../json-text.ts';
import { parseKubectlPrefix } from './kubectl-prefix.ts';
import type { LogRecord, LogRecords } from '../otlp/otlp-logs.ts';
import type { Redactor } from '../redaction/redact.ts';
import { SHIPPER_WRAPPINGS } from './shipper-wrappings.ts';
import { STORE_WRAPPINGS } from './store-wrappings.ts';
import { parseSyslog } from './syslog.ts';
import { nestsDeeper } from '../text-depth.ts';
import type { Said, SaidBeside, Step, Wrapped } from './wrapping.ts';

/** What was inside, with what the wrappings said. */
export interface Unwrapped<F> extends Wrapped {
  /** What it is a record of; undefined: of nothing that is known. */
  format: F | undefined;
}

export interface Opened<F> {
  inside: Unwrapped<F>[];
  ignored: Record<string, number>;
  refused: Pick<Refusal, 'reason' | 'text'>[];
}

/** Four wrappings, each of which may be packed text in text. */
const MAX_STEPS = 10;
/** Records in one envelope; the log service of AWS sends at most 10,000. */
const MAX_INSIDE = 50_000;
/** Of all compressed messages in one record: the log service of AWS sends at most 1 MiB, which unpacks to several. */
const MAX_UNPACKED_BYTES = 32 * 2 ** 20;
/** Of one compressed message, as of the batches of Kafka; below the floor whatever it is. */
const MAX_RATIO = 250;
const RATIO_FLOOR_BYTES = 2 ** 20;
const WRAPPINGS = [...CLOUD_WRAPPINGS, ...AZURE_TABLES, ...STORE_WRAPPINGS, ...SHIPPER_WRAPPINGS];
const NOTHING_SAID = { emitter: null, cluster: null, traceId: null, isLog: false };
const ODD_LOG = {
  reason: 'wrong_shape',
  text: 'A part of the log export (OTLP) is not what its place asks for: a list, or an object.',
} as const;

/** An envelope that holds nothing, or a record without an item: each becomes something that is counted. */
const EMPTY = 'empty_list';

/** Of a pod or a cluster; a longer one is none, and would be looked through again for each of the records inside. */
const MAX_NAME = 512;

/** What is asked of records inside, as of those that came without wrapping. */
export interface Inner {
  /** Levels that JSON text may be nested. */
  depth: number;
  /** How JSON text is read. @throws SyntaxError */
  parse: (text: string) => unknown;
}

/** @param formatOf what a value is a record of: then nothing is opened any further */
export function unwrap<F>(
  value: unknown,
  formatOf: (value: unknown) => F | undefined,
  inner: Inner,
): Opened<F> {
  const opening = new Opening(formatOf, inner);
  opening.open({ ...NOTHING_SAID, value }, MAX_STEPS);
  return opening.opened;
}

/** How what is inside is read. */
export interface InsideReading<F, T> extends Pick<Inner, 'parse'> {
  /** Undefined: it is a record of nothing that is known. */
  formatOf: (value: unknown) => F | undefined;
  decode: (value: unknown, format: F | undefined) => Decoded<T>;
  /** The item with what the wrappings said, where it says nothing itself. */
  told: (item: T, said: Said) => T;
  /** Redacts what the wrappings said; the records redact themselves. Its depth is that of text within. */
  redactor: Pick<Redactor, 'depth' | 'text'>;
}

/** Decodes each record that is inside, and puts what came of them together. */
export function decodeInside<F, T>(value: unknown, reading: InsideReading<F, T>): Decoded<T> {
  const { redactor, parse } = reading;
  const { inside, ignored, refused } = unwrap(value, reading.formatOf, { depth: redactor.depth, parse });
  const read = inside.map((each) => {
    const decoded = counted(reading.decode(each.value, each.format));
    const isSilent = each.emitter === null && each.cluster === null && each.traceId === null;
    if (isSilent || decoded.items.length === 0) return decoded;
    const said = redacted(each, redactor);
    return { ...decoded, items: decoded.items.map((item) => reading.told(item, said)) };
  });
  const [only, ...others] = read;
  const isAlone = others.length === 0 && refused.length === 0 && Object.keys(ignored).length === 0;
  return only !== undefined && isAlone ? only : merged([{ items: [], ignored, refused }, ...read]);
}

/** A record that holds no item is counted as well. */
function counted<T>(decoded: Decoded<T>): Decoded<T> {
  const { items, ignored, refused } = decoded;
  const isNothing = items.length + refused.length + Object.keys(ignored).length === 0;
  return isNothing ? ignoredAs(EMPTY) : decoded;
}

/**
 * Names of pods and clusters are as free as any text; ids of containers and traces are hex and no more. Sixteen decimal digits are hex too, and
 * likelier a card number than a container.
 */
function redacted(said: Said, { text }: Pick<Redactor, 'text'>): Said {
  const clean = (name: string | null): string | null =>
    name === null || name.length > MAX_NAME ? null : text(name);
  const { emitter, cluster } = said;
  if (emitter === null) return { ...said, cluster: clean(cluster) };
  const { containerId } = emitter;
  const names = {
    containerId: clean(containerId) === containerId ? containerId : null,
    cluster: clean(emitter.cluster),
    namespace: clean(emitter.namespace),
    podName: clean(emitter.podName),
    podUid: clean(emitter.podUid),
    containerName: clean(emitter.containerName),
    node: clean(emitter.node),
  };
  return { ...said, cluster: clean(cluster), emitter: { ...emitter, ...names } };
}

class Opening<F> {
  readonly opened: Opened<F> = { inside: [], ignored: {}, refused: [] };
  readonly #formatOf: (value: unknown) => F | undefined;
  readonly #inner: Inner;
  readonly #room: number;
  #unpackedBytes: number;

  constructor(
    formatOf: (value: unknown) => F | undefined,
    inner: Inner,
    room: number = MAX_INSIDE,
    unpackedBytes = 0,
  ) {
    this.#formatOf = formatOf;
    this.#inner = inner;
    this.#room = room;
    this.#unpackedBytes = unpackedBytes;
  }

  open(wrapped: Wrapped, steps: number): void {
    const { inside, refused } = this.opened;
    if (this.#isFull()) return this.#noteTooMany();
    const format = this.#formatOf(wrapped.value);
    const step = format !== undefined || steps === 0 ? null : this.#step(wrapped.value);
    if (step === null && wrapped.isLog && format === undefined) this.#ignore('no_record');
    else if (step === null) inside.push({ ...wrapped, format });
    else if ('ignored' in step) this.#ignore(step.ignored);
    else if ('refused' in step) {
      const isNone = step.isText === true || step.refused.reason === 'not_json';
      if (wrapped.isLog && isNone) this.#ignore('no_record');
      else refused.push(step.refused);
    } else if ('logs' in step) this.#openLogs(step.logs, wrapped, steps - 1);
    else if (step.values.length === 0) this.#ignore(EMPTY);
    // What lies further inside knows better. Not `map`, which passes over what a list does not hold.
    else
      for (const each of step.values) this.open({ ...wrapped, ...stated(step.said), value: each }, steps - 1);
  }

  #openLogs(logs: LogRecords, wrapped: Wrapped, steps: number): void {
    if (logs.length === 0) this.#ignore(EMPTY);
    for (const log of logs) {
      if (this.#isFull()) return this.#noteTooMany();
      if (log === undefined) this.opened.refused.push(ODD_LOG);
      else this.#add(this.#openFirst(log, wrapped, steps));
    }
  }

  /** The first value that holds a record; where none does, the first that is refused, or else the first. */
  #openFirst({ values, ...said }: LogRecord, wrapped: Wrapped, steps: number): Opened<F> {
    let best: Opened<F> | null = null;
    for (const value of values) {
      const room = this.#room - this.#held();
      const opening = new Opening(this.#formatOf, this.#inner, room, this.#unpackedBytes);
      opening.open({ ...wrapped, ...stated(said), value, isLog: true }, steps);
      this.#unpackedBytes = opening.#unpackedBytes;
      const { opened } = opening;
      if (opened.inside.length > 0) return opened;
      if (best === null || (best.refused.length === 0 && opened.refused.length > 0)) best = opened;
    }
    return best ?? { inside: [], ignored: {}, refused: [] };
  }

  #add({ inside, ignored, refused }: Opened<F>): void {
    for (const each of inside) this.opened.inside.push(each);
    for (const each of refused) this.opened.refused.push(each);
    for (const [reason, count] of Object.entries(ignored)) this.#ignore(reason, count);
  }

  #held(): number {
    return this.opened.inside.length + this.opened.refused.length;
  }

  #isFull(): boolean {
    return this.#held() >= this.#room;
  }

  #ignore(reason: string, count = 1): void {
    const { ignored } = this.opened;
    ignored[reason] = (ignored[reason] ?? 0) + count;
  }

  #step(value: unknown): Step | null {
    const isPacked = typeof value === 'string' && GZIP_IN_BASE64.test(value.trim());
    return isPacked ? this.#unpack(value) : stepInto(value, this.#inner);
  }

  #unpack(base64: string): Step {
    const packed = Buffer.from(base64, 'base64');
    const most = Math.max(RATIO_FLOOR_BYTES, MAX_RATIO * packed.length);
    try {
      const maxOutputLength = Math.max(1, Math.min(most, MAX_UNPACKED_BYTES - this.#unpackedBytes));
      const bytes = gunzipSync(packed, { maxOutputLength });
      this.#unpackedBytes += bytes.length;
      return { values: [bytes.toString('utf8')] };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      return { refused: code === 'ERR_BUFFER_TOO_LARGE' ? PACKED_TOO_LARGE : BAD_PACKING };
    }
  }

  /** Told once. */
  #noteTooMany(): void {
    const { refused } = this.opened;
    if (refused.at(-1)?.reason === 'too_many_items') return;
    refused.push({
      reason: 'too_many_items',
      text: `An envelope holds at most ${MAX_INSIDE} records; those beyond are not read. Split it.`,
    });
  }
}

function stated(said: SaidBeside = {}): SaidBeside {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/** Null: it is no envelope that is known. */
function stepInto(value: unknown, inner: Inner): Step | null {
  if (typeof value === 'string') return stepIntoText(value, inner);
  // An empty list is no envelope: it would be taken without a word.
  if (Array.isArray(value)) return value.length > 0 ? { values: value } : null;
  if (!isObject(value)) return null;
  for (const kind of WRAPPINGS) {
    const step = kind(value);
    if (step !== null) return step;
  }
  return null;
}

// --- text

const GZIP_IN_BASE64 = /^H4sI[A-Za-z0-9+/]+=*$/;
const TRUNCATED = {
  reason: 'truncated',
  text: 'The record was cut by the container runtime; join partial lines where they are collected.',
} as const;
const BAD_PACKING = {
  reason: 'decompression',
  text: 'The gzip message inside is damaged, or breaks off; have it sent again.',
} as const;
const PACKED_TOO_LARGE = {
  reason: 'decompression',
  text: `The gzip message inside becomes more than ${MAX_RATIO} times larger, or all of one record more than ${MAX_UNPACKED_BYTES} bytes; send less in one record.`,
} as const;

function stepIntoText(text: string, inner: Inner): Step | null {
  const trimmed = text.trim();
  const line = parseRuntimeLine(trimmed);
  const inside = line ?? parseSyslog(trimmed) ?? parseKubectlPrefix(trimmed);
  if (inside !== null) return stepIntoLine(inside.content, line?.partial === true, inner);
  const step = stepIntoJson(trimmed, inner);
  if (step !== null) return step;
  const lines = trimmed.split('\n');
  if (lines.length < 2) return null;
  const values = lines.map((each) => parseJsonText(each, inner.parse));
  return values.includes(undefined) ? null : { values };
}

/** What the container runtime, syslog or kubectl put a prefix before. */
function stepIntoLine(content: string, isPartial: boolean, inner: Inner): Step {
  const step = stepIntoJson(content, inner);
  if (step !== null) return step;
  if (isPartial) return { refused: TRUNCATED, isText: !isLikeJson(content) };
  return isLikeJson(content) ? { refused: brokenJson(content) } : { values: [content] };
}

/** Null: it is no JSON. */
function stepIntoJson(text: string, { depth, parse }: Inner): Step | null {
  if (!/^[{[]/.test(text)) return null;
  if (nestsDeeper(text, depth)) return { refused: tooDeep(depth) };
  const value = parseJsonText(text, parse);
  return value === undefined ? null : { values: [value] };
}

function tooDeep(levels: number): Pick<Refusal, 'reason' | 'text'> {
  const text = `The record within the text is nested deeper than ${levels} levels; flatten it, or raise limits.depth.`;
  return { reason: 'too_deep', text };
}
