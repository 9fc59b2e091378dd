/**
 * What reading a record costs, by format: from its text to the document that `normalize` prints, redaction and all, beside what `JSON.parse` alone
 * costs on the same text. They take turns in one process, so that what the machine does meanwhile meets both.
 *
 *   node bench/normalize.ts            prints the table
 *   node bench/normalize.ts --write    writes docs/reference/benchmarks-normalize.md too
 *
 * One record of each format, the one that the tests know in full, read over and over; the median of the rounds. XML has no `JSON.parse`.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { normalizedObservation, normalizedPaymentEvent } from '../src/formats/normalized-document.ts';
import { decodePayments } from '../src/formats/payments/payment-formats.ts';
import { decodeNativeEvent } from '../src/formats/security/native-event.ts';
import { decodeSecurity } from '../src/formats/security/security-formats.ts';
import { CONTEXT, PLACE } from '../test/formats/format-context.ts';
import { PAYMENT_CONTEXT } from '../test/formats/payment-context.ts';
import { PAYMENT_SAMPLES } from '../test/formats/payment-samples.ts';
import { SENSOR_RECORDS } from '../test/formats/sensor-records.ts';
import { median, ROOT } from './measure.ts';

const ROUNDS = 7;
const ROUND_MS = 150;

interface Subject {
  format: string;
  text: string;
  isXml: boolean;
  read: (text: string) => number;
}

interface Row extends Subject {
  microsEach: number;
  /** Null: the text is no JSON. */
  parseMicrosEach: number | null;
}

function security([format, record]: [string, () => object]): Subject {
  const read = (text: string): number => {
    const { items } = decodeSecurity(JSON.parse(text), PLACE, CONTEXT, decodeNativeEvent);
    for (const item of items) normalizedObservation(item, 'default');
    return items.length;
  };
  return { format, text: JSON.stringify(record()), isXml: false, read };
}

function payments(format: string, text: string): Subject {
  const isXml = text.trimStart().startsWith('<');
  const read = (of: string): number => {
    const { items } = decodePayments(isXml ? of : JSON.parse(of), PLACE, PAYMENT_CONTEXT);
    for (const item of items) normalizedPaymentEvent(item);
    return items.length;
  };
  // A record takes a line.
  return { format, text: isXml ? text : JSON.stringify(JSON.parse(text)), isXml, read };
}

function subjects(): Subject[] {
  return [
    ...Object.entries(SENSOR_RECORDS).map((entry) => security(entry)),
    ...Object.entries(PAYMENT_SAMPLES).map(([format, text]) => payments(format, text())),
  ];
}

/** Microseconds of one call, over a round. */
function round(run: () => unknown): number {
  const began = performance.now();
  let calls = 0;
  let now = began;
  while (now - began < ROUND_MS) {
    for (let i = 0; i < 50; i += 1) run();
    calls += 50;
    now = performance.now();
  }
  return ((now - began) * 1_000) / calls;
}

function measured(subject: Subject): Row {
  const { format, text, isXml, read } = subject;
  if (read(text) === 0) throw new Error(`nothing is read of ${format}`);
  const [reads, parses]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i += 1) {
    reads.push(round(() => read(text)));
    if (!isXml) parses.push(round(() => JSON.parse(text) as unknown));
  }
  return { ...subject, microsEach: median(reads), parseMicrosEach: isXml ? null : median(parses) };
}

function table(rows: readonly Row[]): string {
  const head =
    '| format | bytes | read, µs | records/s | MB/s | JSON.parse, µs | times |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |';
  const lines = rows.map(({ format, text, microsEach, parseMicrosEach }) => {
    const bytes = Buffer.byteLength(text);
    const parse = parseMicrosEach === null ? '-' : parseMicrosEach.toFixed(1);
    const times = parseMicrosEach === null ? '-' : (microsEach / parseMicrosEach).toFixed(1);
    const perSecond = Math.round(1e6 / microsEach).toLocaleString('en');
    return `| ${format} | ${bytes} | ${microsEach.toFixed(1)} | ${perSecond} | ${(bytes / microsEach).toFixed(1)} | ${parse} | ${times} |`;
  });
  return [head, ...lines].join('\n');
}

function page(rows: readonly Row[]): string {
  return `# Reading records

<!-- Written by \`node bench/normalize.ts --write\`; do not edit. -->

From the text of one record to the document that \`normalize\` prints, with redaction; beside it \`JSON.parse\` of the same text. One thread of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}, the median
of ${ROUNDS} rounds in turns. Command: \`node bench/normalize.ts --write\`.

${table(rows)}
`;
}

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const rows: Row[] = [];
for (const subject of subjects()) {
  process.stderr.write(`${subject.format}\n`);
  rows.push(measured(subject));
}
process.stdout.write(`${table(rows)}\n`);
if (values.write) writeFileSync(join(ROOT, 'docs/reference/benchmarks-normalize.md'), page(rows));
