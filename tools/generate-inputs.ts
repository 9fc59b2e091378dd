/**
 * Writes docs/reference/inputs.md: the formats with their routes, a record of each with what is read of it, envelopes, and lines of text.
 * What is shown is what the readers make of the records of the tests. With `--check` it fails when the file is not fresh.
 */
import { RECORD_ROUTES } from '../src/adapters/http/record-routes.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../src/formats/normalized-document.ts';
import { decodePayments, PAYMENT_FORMATS } from '../src/formats/payments/payment-formats.ts';
import { decodeNativeEvent } from '../src/formats/security/native-event.ts';
import { decodeSecurity, SECURITY_FORMATS } from '../src/formats/security/security-formats.ts';
import { ENVELOPES } from '../test/formats/envelopes.ts';
import { CONTEXT, PLACE } from '../test/formats/format-context.ts';
import { PAYMENT_CONTEXT } from '../test/formats/payment-context.ts';
import { PAYMENT_SAMPLES } from '../test/formats/payment-samples.ts';
import { SENSOR_RECORDS } from '../test/formats/sensor-records.ts';
import { TEXT_LINES } from '../test/formats/text-lines.ts';
import { generate } from './generated-file.ts';

const MAX_LINE = 160;

interface Shown {
  source: string;
  text: string;
  documents: unknown[];
}

function security(source: string): Shown {
  const record = SENSOR_RECORDS[source]?.() ?? {};
  const { items } = decodeSecurity(record, PLACE, CONTEXT, decodeNativeEvent);
  const documents = items.map((item) => normalizedObservation(item, 'default'));
  return { source, text: JSON.stringify(record, null, 2), documents };
}

function payment(source: string): Shown {
  const text = PAYMENT_SAMPLES[source]?.() ?? '';
  const record: unknown = text.startsWith('<') ? text : JSON.parse(text);
  const { items } = decodePayments(record, PLACE, PAYMENT_CONTEXT);
  return { source, text, documents: items.map((item) => normalizedPaymentEvent(item)) };
}

function routes(sources: readonly string[]): string {
  const rows = sources.map((source) => {
    const { input = '', what = '' } = RECORD_ROUTES[source] ?? {};
    return `| \`${source}\` | ${what} | \`${input}\` | \`POST /intake/${source}\` |`;
  });
  return ['| format | records | input | over HTTP |', '|---|---|---|---|', ...rows].join('\n');
}

function example({ source, text, documents }: Shown): string {
  if (documents.length === 0) throw new Error(`nothing is read of the record of ${source}`);
  const language = text.startsWith('<') ? 'xml' : 'json';
  const read = documents.map((document) => JSON.stringify(document, null, 2)).join('\n');
  return `### ${source}\n\n<details><summary>a record</summary>\n\n${block(language, text)}\n\n</details>\n\nWhat is read of it:\n\n${block('json', read)}`;
}

const block = (language: string, text: string): string => `\`\`\`${language}\n${text.trim()}\n\`\`\``;

function envelopes(): string {
  const rows = Object.entries(ENVELOPES).map(
    ([name, { says }]) => `| ${name} | ${says === 'nothing' ? '' : says} |`,
  );
  return ['| around the record | what it says |', '|---|---|', ...rows].join('\n');
}

function lines(): string {
  const rows = Object.entries(TEXT_LINES).map(([name, { source, line }]) => {
    const shown = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
    return `| ${name} | \`${source}\` | \`${shown.replaceAll('|', '\\|')}\` |`;
  });
  return ['| line | format | for example |', '|---|---|---|', ...rows].join('\n');
}

const SECURITY = SECURITY_FORMATS.map(({ source }) => source);
const PAYMENTS = PAYMENT_FORMATS.map(({ source }) => source);

const PAGE = `# What is read

<!-- Written by tools/generate-inputs.ts from the tables of formats and the records of the tests; change it there. -->

Of which format a record is shows its content, whatever input it comes by: a topic of alerts may hold those of several sensors. \`inputs.*.formats\`
([configuration](configuration.md)) names the formats that an input takes, and then no other is. Files, folders and standard input
(\`correlate\`, \`normalize\`, \`readiness\`), topics and HTTP take the same: one JSON value, an array, a record a line, lines of text, XML, plain or packed with gzip or zstd.

\`counterfoil normalize FILE\` shows what is read of your own records; \`counterfoil readiness\` what keeps them from being linked. What cannot be read is
refused with a reason, a place and an excerpt without secrets, and counted. Limits: section X of [SPEC.md](../SPEC.md).

## Security records

${routes(SECURITY)}

## Payment records

${routes(PAYMENTS)}

A form of your own is read with \`payments.mapping\`; \`counterfoil init --payments SAMPLE\` proposes one. CSV is read from files.

## Traces and logs

OTLP in protobuf and in every spelling of its JSON: \`POST /v1/traces\`, \`POST /v1/logs\`, topics and files (\`.binpb\`, and those of the Collector's file exporter).
Log records are envelopes of security records and payments.

## What may lie around a record

Several may lie around each other. What a shipper says of a pod is said of the one that wrote the record down, and never of the one that the record is about,
but for access logs, which a workload writes of itself. The cluster and the trace of an envelope are those of a record that names none.
Besides, rows of Azure's tables for audit, audit events in Elastic's form, JSON that Datadog took apart and GKE's entries of requests are read as the events that they were.

${envelopes()}

## Lines of text

${lines()}

## What is read of each: security records

Records that hold every field that is known; \`hunter2\` stands where secrets stand.

${SECURITY.map((source) => example(security(source))).join('\n\n')}

## What is read of each: payment records

${PAYMENTS.map((source) => example(payment(source))).join('\n\n')}
`;

generate({ 'docs/reference/inputs.md': PAGE });
