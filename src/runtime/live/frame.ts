/**
 * What the log keeps of one request: projected, redacted facts of one input, and the account of every record of it.
 *
 * A frame is JSON for people and tools, and packed spans behind it: a length word, the JSON, padding to 8 bytes, rows
 * (join/span-chunk.ts). Why the account stands in the frame: then it is exact after a crash, because it is a function
 * of the log like everything else. Why identities are written out in each frame: a frame means the same read alone.
 *
 * Cost: about 44 bytes a span, 350 a distinct resource. Worked example: 500 spans of 20 pods: 21 KB of rows, 7 KB of JSON.
 */
import { unpackSpans, type SpanRows } from '../../join/span-chunk.ts';
import { emptyInputAccounts, type InputAccounts, type InputName } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { sha256Hex } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import type { Observation } from '../../model/observation.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { SpanIdentity } from '../../model/span-record.ts';
import type { Redriven } from '../../ports/fact-store.ts';
import type { Origin } from './origin.ts';
import { notesOf, writtenNotes, type SpanNotes, type WrittenNotes } from './span-notes.ts';

const VERSION = 1;

/** A transaction id on row `row`. */
export interface CarriedId {
  row: number;
  attribute: string;
  value: string;
}

export interface Frame {
  input: InputName;
  /** What became of the records of the request; items are counted as decoded and, until they are applied, in flight. */
  account: InputAccounts;
  refused: readonly Refusal[];
  /** In bounded mode: nothing more comes of this input. */
  ends: boolean;
  /** The dead letter whose items it puts through again; null: the frame is of a request. */
  redrives: Redriven | null;
  /** Of a worker that read it from a topic; null: it came by HTTP. */
  origin: Origin | null;
  /** What a span worker tells instead of spans; null: the frame is none of such a worker. */
  notes: SpanNotes | null;
  observations: readonly Observation[];
  payments: readonly PaymentEvent[];
  /** Those of the dictionary of `spans`, in its order. */
  identities: readonly SpanIdentity[];
  carried: readonly CarriedId[];
  /** Null: none. */
  spans: SpanRows | null;
}

/** A frame that says nothing of its input. */
export function emptyFrame(input: InputName): Frame {
  return {
    input,
    account: emptyInputAccounts(),
    refused: [],
    ends: false,
    redrives: null,
    origin: null,
    notes: null,
    observations: [],
    payments: [],
    identities: [],
    carried: [],
    spans: null,
  };
}

/** 16 hex digits that stand for the content of an identity. */
export function identityIdOf(identity: SpanIdentity): string {
  return sha256Hex(canonicalJson(Object.values(identity) as Json[])).slice(0, 16);
}

/** What only some frames have, and frames from before there was any of it lack. */
type Some = Pick<Frame, 'redrives' | 'origin' | 'notes'>;
type Head = Omit<Frame, 'spans' | keyof Some> & Partial<Some>;
type WrittenHead = Omit<Head, 'notes'> & { v: number; notes?: WrittenNotes | null };

/** @param packed rows, as SpanRowWriter packs them; null: none */
export function encodeFrame(frame: Head & { packed: Uint8Array | null }): Uint8Array {
  const { packed, notes = null, ...head } = frame;
  const written = { v: VERSION, ...head, ...(notes === null ? {} : { notes: writtenNotes(notes) }) };
  const json = Buffer.from(JSON.stringify(written, bigintAsText));
  const at = align(4 + json.length);
  const bytes = new Uint8Array(at + (packed?.length ?? 0));
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  if (packed !== null) bytes.set(packed, at);
  return bytes;
}

/** @throws CounterfoilError CF_LOG_CORRUPT when the bytes are no frame of this version */
export function decodeFrame(bytes: Uint8Array): Frame {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + 4, length).toString('utf8');
  const { v, redrives = null, origin = null, notes = null, ...head } = JSON.parse(text) as WrittenHead;
  if (v !== VERSION)
    throw new CounterfoilError('CF_LOG_CORRUPT', `The log holds a frame of version ${v}; this is ${VERSION}`);
  const at = align(4 + length);
  const payments = head.payments.map((event) => ({ ...event, amountMinor: minorOf(event.amountMinor) }));
  return {
    ...head,
    redrives,
    origin,
    notes: notes === null ? null : notesOf(notes),
    payments,
    spans: at < bytes.length ? unpackSpans(bytes.subarray(at)) : null,
  };
}

const INPUTS: readonly InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];
/** The input stands near the beginning of the JSON. */
const HEAD_BYTES = 200;

/** The input of a frame, from its head alone, of another version too; null where it names none. */
export function frameInput(bytes: Uint8Array): InputName | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES)).toString(
    'latin1',
  );
  return INPUTS.find((input) => head.includes(`"input":"${input}"`)) ?? null;
}

function align(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Amounts are the only big integers of a frame. */
function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function minorOf(value: unknown): bigint | null {
  return typeof value === 'string' ? BigInt(value) : null;
}
