/**
 * A sample of payment records: the first of each input, at most so many and so large. CSV files are looked at first, because a file read with
 * another delimiter than its own is one column of nonsense.
 */
import type { CsvForm } from '../../adapters/file/csv-rows.ts';
import type { Config } from '../../config/options.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { formsOf, type ValueForm } from '../../formats/payments/mapping-proposal/value-form.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatPlace } from '../../model/place.ts';
import type { Refusal } from '../../model/refusal.ts';
import type { RecordSource } from '../../ports/record-source.ts';
import { valueOf } from '../../runtime/decoders.ts';
import { csvForm, openFiles, textRecordsOf } from '../compose.ts';

export const MAX_RECORDS = 10_000;
const MAX_BYTES = 32 * 2 ** 20;
const SNIFFED_ROWS = 50;
const MAX_SHOWN = 5;
/** How an input of payments is read. */
const AS_PAYMENTS = { exact: true, isTextRecord: textRecordsOf('payments') };
const CSV = /\.csv(?:\.gz|\.zst)?$/i;
const DELIMITERS = [',', ';', '\t', '|'];
/** Such a text is no name of a column. */
const DATA: readonly ValueForm[] = [
  'rfc3339',
  'local_time',
  'uuid',
  'trace_id',
  'iban',
  'decimal',
  'decimal_comma',
  'unix_seconds',
  'unix_ms',
];

export interface Sample {
  values: unknown[];
  inputs: number;
  /** Records that were no records at all. */
  refused: number;
  /** There was more than was looked at. */
  cut: boolean;
  /** How CSV files were read; null: there were none. */
  csv: CsvForm | null;
}

/**
 * @throws CounterfoilError CF_INPUT when a path cannot be read, or nothing in it
 */
export async function takeSample(
  paths: readonly string[],
  { config, layers }: LoadedConfig,
  redactor: Redactor,
): Promise<Sample> {
  const opened = await openFiles(paths, config, redactor, { ...AS_PAYMENTS, csv: csvForm(config) });
  const hasCsv = opened.some(({ name }) => CSV.test(name));
  const csv = hasCsv ? await formOf(paths, config, layers, redactor) : csvForm(config);
  const sources = hasCsv ? await openFiles(paths, config, redactor, { ...AS_PAYMENTS, csv }) : opened;
  const sample: Sample = {
    values: [],
    inputs: sources.length,
    refused: 0,
    cut: false,
    csv: hasCsv ? csv : null,
  };
  const refusals: Refusal[] = [];
  let bytes = 0;
  for (const [index, source] of sources.entries()) {
    const share = Math.ceil((MAX_RECORDS - sample.values.length) / (sources.length - index));
    const taken = await firstOf(source, share, MAX_BYTES - bytes);
    for (const value of taken.values) sample.values.push(value);
    bytes += taken.bytes;
    refusals.push(...taken.refusals);
    sample.cut ||= taken.cut;
  }
  sample.refused = refusals.length;
  if (sample.values.length === 0) throw nothingIn(refusals);
  return sample;
}

function nothingIn(refusals: readonly Refusal[]): CounterfoilError {
  return new CounterfoilError(
    'CF_INPUT',
    'The sample holds no record that can be read; give payment records as JSON, NDJSON, XML or CSV (a name that ends in .csv)',
    refusals
      .slice(0, MAX_SHOWN)
      .map(({ place, reason, text }) => ({ at: formatPlace(place), text: `${reason}: ${text}` })),
  );
}

interface Taken {
  values: unknown[];
  refusals: Refusal[];
  bytes: number;
  cut: boolean;
}

async function firstOf(source: RecordSource, records: number, maxBytes: number): Promise<Taken> {
  const taken: Taken = { values: [], refusals: [], bytes: 0, cut: false };
  for await (const batch of source.records()) {
    for (const record of batch) {
      if (taken.values.length + taken.refusals.length >= records || taken.bytes >= maxBytes)
        return { ...taken, cut: true };
      taken.bytes += record.bytes;
      if (record.kind === 'refused') taken.refusals.push(record.refusal);
      else if (record.kind === 'protobuf') taken.refusals.push({ ...BINARY, place: record.place });
      else taken.values.push(valueOf(record));
    }
  }
  return taken;
}

const BINARY = {
  reason: 'not_json',
  text: 'Payments come as JSON, XML or CSV; the record is binary.',
  excerpt: null,
} as const;

/** What somebody has set is not looked for. */
async function formOf(
  paths: readonly string[],
  config: Config,
  layers: LoadedConfig['layers'],
  redactor: Redactor,
): Promise<CsvForm> {
  const set = csvForm(config);
  const delimiters = layers['payments.csv.delimiter'] === 'default' ? DELIMITERS : [set.delimiter];
  const headers = layers['payments.csv.header'] === 'default' ? [true, false] : [set.header];
  for (const header of headers) {
    const looks = await Promise.all(
      delimiters.map(async (delimiter) => lookedAt(paths, config, redactor, { delimiter, header })),
    );
    const best = looks.reduce((most, look) => (look.weight > most.weight ? look : most));
    if (best.weight > 0 && !(headers.length > 1 && header && best.names.some(isData))) return best.form;
  }
  return set;
}

interface Look {
  form: CsvForm;
  /** Columns that are filled, less where rows were refused; 0: nothing could be read. */
  weight: number;
  names: string[];
}

async function lookedAt(
  paths: readonly string[],
  config: Config,
  redactor: Redactor,
  form: CsvForm,
): Promise<Look> {
  const files = paths.filter((path) => path !== '-');
  const sources = await openFiles(files, config, redactor, { ...AS_PAYMENTS, csv: form });
  const names = new Set<string>();
  let [rows, refused] = [0, 0];
  for (const source of sources.filter(({ name }) => CSV.test(name)).slice(0, SNIFFED_ROWS)) {
    const taken = await firstOf(source, SNIFFED_ROWS, MAX_BYTES);
    rows += taken.values.length;
    refused += taken.refusals.length;
    for (const row of taken.values) for (const name of Object.keys(row as object)) names.add(name);
  }
  const weight = rows === 0 ? 0 : (names.size * rows) / (rows + refused);
  return { form, weight, names: [...names] };
}

function isData(name: string): boolean {
  return formsOf(name).some((form) => DATA.includes(form));
}
