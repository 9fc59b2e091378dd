/**
 * Documents on stdout in the form that was asked for. Off a terminal the default is what programs read (one JSON
 * document a line); on a terminal, what people read.
 */
import { usage, type Arguments, type Flag, type VerbSpec } from './arguments.ts';
import { csvLine } from './csv.ts';
import { cellOf, cellText, valueAt, type DocumentColumn } from './document-columns.ts';
import { tableLines } from './table.ts';
import type { Out } from './terminal.ts';
import { didYouMean } from '../config/suggest.ts';

/** What JSON leaves as it is and a terminal obeys. */
const STEERING = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const FORMS = ['json', 'ndjson', 'table', 'csv'] as const;
export type OutputForm = (typeof FORMS)[number];

export const OUTPUT_FLAG: Flag = {
  name: 'output',
  short: 'o',
  value: 'FORM',
  help: 'json, ndjson, table or csv; the default is for people on a terminal, and for programs elsewhere.',
};

/** Of a verb that prints one document, which has no rows. */
export const DOCUMENT_OUTPUT_FLAG: Flag = {
  ...OUTPUT_FLAG,
  help: 'json, ndjson or table; the default is for people on a terminal, and for programs elsewhere.',
};

/** The form that the flags ask for. */
export function outputForm(
  spec: VerbSpec,
  args: Arguments,
  onTerminal: OutputForm,
  elsewhere: OutputForm,
  out: Out,
): OutputForm {
  const asked = args.text('output');
  if (asked === undefined) return out.isTTY ? onTerminal : elsewhere;
  const form = FORMS.find((known) => known === asked);
  if (form === undefined)
    throw usage(spec, `-o ${asked} is none of ${FORMS.join(', ')}${didYouMean(asked, FORMS)}`);
  return form;
}

/** JSON for `out`: on a terminal, what could steer it is escaped, which does not change the value. */
export function jsonText(document: object, out: Out, indent?: number): string {
  const text = JSON.stringify(document, null, indent);
  return out.isTTY ? withoutSteering(text) : text;
}

/** JSON text, or a text in its quotes, with escapes for what could steer a terminal. */
export function withoutSteering(json: string): string {
  return json.replaceAll(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** How documents of a kind look as rows. */
export interface RowForm {
  columns: readonly DocumentColumn[];
  fields: readonly string[];
}

/** Prints documents; stops early when the reader has left. */
export async function printDocuments(
  documents: Iterable<object> | AsyncIterable<object>,
  form: OutputForm,
  rows: RowForm,
  out: Out,
): Promise<void> {
  if (form === 'table') return printTable(documents, rows.columns, out);
  if (form === 'json') return printArray(documents, out);
  // A title that began with @ would be a formula too.
  if (form === 'csv') await out.write(csvLine(rows.fields.map((field) => field.replace('@', ''))));
  for await (const document of documents) {
    if (out.gone) return;
    const cells = (): string[] => rows.fields.map((field) => cellText(valueAt(document, field)));
    await out.write(form === 'csv' ? csvLine(cells()) : `${jsonText(document, out)}\n`);
  }
}

async function printArray(documents: Iterable<object> | AsyncIterable<object>, out: Out): Promise<void> {
  let open = '[\n';
  for await (const document of documents) {
    if (out.gone) return;
    await out.write(open + jsonText(document, out, 2));
    open = ',\n';
  }
  await out.write(open === '[\n' ? '[]\n' : '\n]\n');
}

/** Columns that are empty in every row are left out: they say nothing and cost width. */
async function printTable(
  documents: Iterable<object> | AsyncIterable<object>,
  columns: readonly DocumentColumn[],
  out: Out,
): Promise<void> {
  const rows: string[][] = [];
  for await (const document of documents) rows.push(columns.map((column) => cellOf(document, column)));
  if (rows.length === 0) return;
  const used = columns.map((_, index) => rows.some((row) => row[index] !== ''));
  const kept = <T>(row: readonly T[]): T[] => row.filter((_, index) => used[index]);
  const [titles = '', ...lines] = tableLines(
    kept(columns),
    rows.map((row) => kept(row)),
    out.width,
  );
  await out.write([out.bold(titles), ...lines, ''].join('\n'));
}
