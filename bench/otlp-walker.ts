/**
 * What reading OTLP protobuf costs by the span: the walker (src/formats/otlp/otlp-walker.ts) against protobufjs, which it
 * replaced, on the same messages in one process. They take turns, so that what the machine does meanwhile meets all.
 *
 *   node bench/otlp-walker.ts               messages of 20, 100 and 500 spans
 *   node bench/otlp-walker.ts --seconds 5   longer turns
 *
 * Three figures a size: protobufjs, the decoder that makes records of what the walker tells, and the walker alone, with a
 * sink that only adds up. One span in 25 carries the id of a payment. Spans are those of bench/traffic.ts with the attributes of an HTTP server: about 400 bytes.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { createProtobufSpanDecoder } from '../src/formats/otlp/otlp-protobuf.ts';
import type { WalkedSpan } from '../src/formats/otlp/otlp-span-reader.ts';
import { OtlpWalker, type SpanSink } from '../src/formats/otlp/otlp-walker.ts';
import { createRedactor } from '../src/formats/redaction/redact.ts';
import type { SpanContext } from '../src/formats/otlp/span-context.ts';
import { parseAttributeTable } from '../src/formats/otlp/transaction-attributes.ts';
import type { SpanDecoder } from '../src/ports/span-decoder.ts';
import { createProtobufjsSpanDecoder } from '../test/conformance/protobufjs-span-decoder.ts';
import { ProtobufEncoder } from './span-encoders.ts';
import { Traffic, type BenchSpan } from './traffic.ts';
import { median } from './measure.ts';

const SIZES = [20, 100, 500];
const SPANS = 20_000;
const ROUNDS = 7;
/** Pods that send in turn. */
const PODS = 500;

const SERVER = [
  ['url.scheme', 'https'],
  ['server.address', 'ledger.payments.svc.cluster.local'],
  ['http.route', '/v1/entries/{id}'],
  ['client.address', '10.42.7.113'],
  ['user_agent.original', 'okhttp/4.12.0 (payments-gateway)'],
  ['network.protocol.version', '1.1'],
] as const;

function messagesOf(size: number): Buffer[] {
  const traffic = new Traffic({ spans: SPANS, events: 0, payments: SPANS / 25 });
  const encoder = new ProtobufEncoder();
  const messages: Buffer[] = [];
  let held: Buffer[] = [];
  for (const span of traffic.spans()) {
    held.push(encoder.span(withServer(span)));
    if (held.length < size) continue;
    const pod = traffic.pods[messages.length % PODS];
    if (pod === undefined) throw new Error('there are too few pods');
    messages.push(withoutLength(encoder.request(pod, held)));
    held = [];
  }
  return messages;
}

function withServer(span: BenchSpan): BenchSpan {
  return { ...span, attributes: [...span.attributes, ...SERVER] };
}

/** The message behind the length that the encoder writes in front, in a buffer of its own. */
function withoutLength(delimited: Buffer): Buffer {
  let at = 0;
  while ((delimited[at] ?? 0) >= 0x80) at += 1;
  return Buffer.from(delimited.subarray(at + 1));
}

/** Adds up what it is told, so that nothing of it can be left out. */
class Sum implements SpanSink {
  value = 0;
  spans = 0;

  resource(): void {
    this.value += 1;
  }

  span({ traceId, spanId, start, end, transactionIds }: WalkedSpan): void {
    this.spans += 1;
    this.value += (traceId[0] ?? 0) + (spanId[1] ?? 0) + (end - start) + transactionIds.length;
  }

  refused(reason: string): void {
    throw new Error(reason);
  }

  falcoSpans(): void {
    throw new Error('no such spans');
  }
}

type Read = (payload: Buffer) => number;

function readBy(decoder: SpanDecoder): Read {
  return (payload) => decoder.decode(payload).batches.reduce((sum, { spans }) => sum + spans.length, 0);
}

function readByWalker(context: SpanContext): Read {
  const walker = new OtlpWalker(context);
  const sink = new Sum();
  return (payload) => {
    const before = sink.spans;
    walker.walkTraces(payload, sink);
    return sink.spans - before;
  };
}

/** Microseconds of CPU a span, over as many passes through the messages as fit into the time. */
function turn(read: Read, messages: readonly Buffer[], seconds: number): number {
  const until = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  const before = process.cpuUsage();
  let spans = 0;
  do {
    for (const message of messages) spans += read(message);
  } while (process.hrtime.bigint() < until);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / spans;
}

function contextOf(): SpanContext {
  const file = 'data/attributes.yaml';
  const table: unknown = parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
  return {
    cluster: null,
    provenance: 'platform',
    attributes: parseAttributeTable(table, file),
    redactor: createRedactor(() => Buffer.alloc(32, 1)),
  };
}

/** One line of the outcome: median, range, and how much less than the reference. */
function lineOf(name: string, costs: readonly number[], reference: readonly number[]): string {
  const [least, most] = [Math.min(...costs), Math.max(...costs)].map((cost) => cost.toFixed(3));
  const ratio = (median(reference) / median(costs)).toFixed(1);
  return `  ${name.padEnd(16)} ${median(costs).toFixed(3)} (${least} - ${most})  x${ratio}\n`;
}

/** The costs of each reader, in turns. */
function costsOf(readers: readonly Read[], messages: readonly Buffer[], seconds: number): number[][] {
  const costs = readers.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, read] of readers.entries()) costs[i]?.push(turn(read, messages, seconds));
  }
  return costs;
}

function main(argv: string[]): void {
  const { values } = parseArgs({ args: argv, options: { seconds: { type: 'string', default: '0.5' } } });
  const seconds = Number(values.seconds);
  const context = contextOf();
  const readers = {
    protobufjs: readBy(createProtobufjsSpanDecoder(context)),
    'walker, records': readBy(createProtobufSpanDecoder(context)),
    'walker alone': readByWalker(context),
  };
  const inputs = SIZES.map((size) => ({ size, messages: messagesOf(size) }));
  for (const { messages } of inputs) for (const read of Object.values(readers)) turn(read, messages, seconds);
  process.stdout.write(`us of CPU a span, median of ${ROUNDS} turns (least - most); how many times less\n`);
  for (const { size, messages } of inputs) {
    const bytes = messages.reduce((sum, { length }) => sum + length, 0);
    process.stdout.write(`\n${size} spans a message, ${(bytes / SPANS).toFixed(0)} bytes a span\n`);
    const costs = costsOf(Object.values(readers), messages, seconds);
    for (const [i, name] of Object.keys(readers).entries()) {
      process.stdout.write(lineOf(name, costs[i] ?? [], costs[0] ?? []));
    }
  }
}

main(process.argv.slice(2));
