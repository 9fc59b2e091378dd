/** An intake over a log on a disk in memory, with the real formats. */
import { openBody } from '../../../src/adapters/file/body-source.ts';
import { openEventLog, type EmbeddedEventLog } from '../../../src/adapters/embedded/event-log.ts';
import { readDataValue } from '../../../src/config/data-files.ts';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { parseAttributeTable } from '../../../src/formats/otlp/transaction-attributes.ts';
import type { InputName } from '../../../src/model/accounting.ts';
import type { IntakeRequest } from '../../../src/ports/intake.ts';
import { createDecoders } from '../../../src/runtime/decoders.ts';
import { Backlog } from '../../../src/runtime/live/backlog.ts';
import { decodeFrame, type Frame } from '../../../src/runtime/live/frame.ts';
import { FrameBuilder } from '../../../src/runtime/live/frame-builder.ts';
import { IntakeService, type IntakeLimits } from '../../../src/runtime/live/intake.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { PAYMENT_READING } from '../../formats/payment-context.ts';
import { shippedTable } from '../../impact/shipped.ts';
import { FaultyDisk } from '../../simulation/faulty-files.ts';

const MIB = 2 ** 20;
const attributes = readDataValue('attributes.yaml');

export const redactor = createRedactor(() => new Uint8Array(32).fill(7));

export function frameBuilder(): FrameBuilder {
  const decoders = createDecoders({
    tenant: 'default',
    cluster: null,
    provenance: 'platform',
    attributes: parseAttributeTable(attributes.value, attributes.file),
    payments: PAYMENT_READING,
    recoverability: shippedTable(),
    redactor,
  });
  return new FrameBuilder(decoders, redactor);
}

export interface IntakeFixture {
  intake: IntakeService;
  log: EmbeddedEventLog;
  disk: FaultyDisk;
  backlog: Backlog;
  frames: () => Promise<Frame[]>;
}

export async function openIntake(limits: Partial<IntakeLimits> = {}): Promise<IntakeFixture> {
  const disk = new FaultyDisk(new SeededRandom(1));
  const surroundings = { files: disk.files(), now: () => 0, salt: () => 7 };
  const log = await openEventLog({ directory: '/data' }, surroundings);
  const backlog = new Backlog();
  const excerpt = (text: string): string => redactor.excerpt(text);
  const intake = new IntakeService({
    builder: frameBuilder(),
    log,
    backlog,
    open: (request) =>
      openBody(
        { ...request, bytes: request.body },
        { excerpt, limits: { decompressedBytes: MIB, ratioFloorBytes: 1024 } },
      ),
    limits: { inFlightBytes: MIB, lagBytes: MIB, ...limits },
  });
  return { intake, log, disk, backlog, frames: () => framesOf(log) };
}

async function framesOf(log: EmbeddedEventLog): Promise<Frame[]> {
  const frames: Frame[] = [];
  const end = await log.end(0);
  const stop = new AbortController();
  if (end === 0) return frames;
  for await (const records of log.read({ partition: 0, offset: 0 }, stop.signal)) {
    frames.push(...records.map(({ value }) => decodeFrame(value)));
    if (frames.length >= end) stop.abort();
  }
  return frames;
}

export function requestOf(
  input: InputName,
  body: string | Uint8Array,
  more: Partial<IntakeRequest> = {},
): IntakeRequest {
  return {
    input,
    name: `/intake/${input}`,
    body: Buffer.from(body),
    encoding: 'identity',
    media: 'json',
    ...more,
  };
}

export const payment = (id: string): string =>
  JSON.stringify({
    id,
    time: '2026-03-10T14:00:00Z',
    state: 'accepted',
    rail: 'sepa_ct',
    amount: '1.00',
    currency: 'EUR',
  });
