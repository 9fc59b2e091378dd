/**
 * Reads CSV: each row becomes one JSON object of its columns, empty fields left out.
 *
 * Fields may be quoted, and then hold delimiters, line breaks and doubled quotes (RFC 4180). What is not so is refused and not
 * repaired: text behind a closing quote, or a row with more or fewer fields than there are columns, where a field that
 * slipped would be another one's value. A broken row costs itself; the next begins with the next line.
 *
 * Cost: one look at each character of a row. Limits: bytes of a row (limits.record_bytes), columns.
 * Worked example: `id;note` LF `7;"a ""b"";c"` with delimiter `;` -> `{"id":"7","note":"a \"b\";c"}` at 2:1.
 * Source: RFC 4180.
 */
import { ByteWindow } from './byte-window.ts';
import type { RecordSink } from './record-sink.ts';
import { recordTooLarge, type SourceLimits } from './source-limits.ts';

export interface CsvForm {
  /** One character of ASCII. */
  delimiter: string;
  /** Whether the first row names the columns; else they are called 1, 2, 3… */
  header: boolean;
}

const LF = 0x0a;
const QUOTE = 0x22;
/** No bytes. */
const BEGINS = -1;
const OTHER = -2;
const MAX_COLUMNS = 1_000;

export class CsvRows {
  readonly #window: ByteWindow;
  readonly #sink: RecordSink;
  readonly #limits: SourceLimits;
  readonly #form: CsvForm;
  #columns: string[] | null = null;
  #stopped = false;
  /** Where the row begins, and up to where it was looked at. */
  #start: number;
  #searched: number;
  #line = 1;
  #startLine = 1;
  /** Within a quoted field: a line break belongs to the row. */
  #quoted = false;
  readonly #delimiter: number;
  /** What was looked at last: a quote, something behind which a field begins, or anything else. */
  #last = BEGINS;
  #skipping = false;

  /** @param offset of the first byte: behind a byte order mark, if there was one */
  constructor(sink: RecordSink, limits: SourceLimits, form: CsvForm, offset: number) {
    this.#window = new ByteWindow(offset);
    this.#sink = sink;
    this.#limits = limits;
    this.#form = form;
    this.#delimiter = form.delimiter.charCodeAt(0);
    this.#start = offset;
    this.#searched = offset;
  }

  /** Nothing more of the input will be read. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** @param chunk given away by the caller */
  push(chunk: Buffer): void {
    const window = this.#window;
    window.append(chunk);
    while (this.#searched < window.end && !this.#stopped) {
      const byte = window.bytes[window.index(this.#searched)];
      this.#searched += 1;
      // Quotes count where a field begins, within a quoted one, and behind one that closed it: two are one that stays.
      if (byte === QUOTE && (this.#quoted || this.#last !== OTHER)) this.#quoted = !this.#quoted;
      this.#last = byte === QUOTE ? QUOTE : byte === this.#delimiter || byte === LF ? BEGINS : OTHER;
      if (byte === LF) this.#lineEnds();
      else if (this.#searched - this.#start > this.#limits.recordBytes) this.#tooLarge();
    }
    window.release(this.#skipping ? this.#searched : this.#start);
  }

  end(): void {
    if (this.#stopped || this.#start === this.#window.end) return;
    if (this.#quoted && !this.#skipping) {
      const bytes = this.#window.end - this.#start;
      const text = 'a quoted field does not end';
      this.#sink.refuse({ reason: 'truncated', text, line: this.#startLine, column: 1 }, bytes, null);
    } else this.#rowEnds(this.#window.end);
  }

  #lineEnds(): void {
    this.#line += 1;
    // A row that is refused already ends with its line, whatever its quotes say.
    if (this.#quoted && !this.#skipping) return;
    this.#rowEnds(this.#searched - 1);
    this.#start = this.#searched;
    this.#startLine = this.#line;
    this.#quoted = false;
    this.#last = BEGINS;
    this.#skipping = false;
  }

  #tooLarge(): void {
    if (this.#skipping) return;
    const text = recordTooLarge('the row', this.#limits);
    const { recordBytes } = this.#limits;
    this.#sink.refuse({ reason: 'too_large', text, line: this.#startLine, column: 1 }, recordBytes, null);
    this.#skipping = true;
  }

  #rowEnds(to: number): void {
    if (this.#skipping) return;
    const text = this.#window.text(this.#start, to).replace(/\r$/, '');
    if (text.trim() === '') return;
    const bytes = to - this.#start;
    const fields = fieldsOf(text, this.#form.delimiter);
    if (fields === null)
      return this.#refuse('text stands behind a closing quote, or a quote within a field', bytes);
    if (fields.length > MAX_COLUMNS)
      return this.#refuse(`the row has more than ${MAX_COLUMNS} fields; leave out columns`, bytes);
    if (this.#columns === null) {
      this.#columns = this.#form.header
        ? fields.map((name) => name.trim())
        : fields.map((_, i) => String(i + 1));
      if (this.#form.header) return this.#checkHeader(this.#columns, bytes);
    }
    if (fields.length !== this.#columns.length) {
      const what = `the row has ${fields.length} fields, and there are ${this.#columns.length} columns`;
      return this.#refuse(`${what}; is the delimiter right (payments.csv.delimiter)?`, bytes);
    }
    this.#sink.json(rowOf(this.#columns, fields), this.#startLine, 1, bytes);
  }

  /** Without columns that differ no row can be read: the input ends here. */
  #checkHeader(columns: readonly string[], bytes: number): void {
    const twice = new Set(columns).size < columns.length;
    if (!twice && !columns.includes('')) return;
    this.#refuse(
      `the header has ${twice ? 'a column twice' : 'a column without a name'}; no row is read`,
      bytes,
    );
    this.#stopped = true;
  }

  #refuse(text: string, bytes: number): void {
    this.#sink.refuse({ reason: 'not_csv', text, line: this.#startLine, column: 1 }, bytes, null);
  }
}

/** The fields of one row; null where it is none of RFC 4180. */
function fieldsOf(row: string, delimiter: string): string[] | null {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (row[at] === '"') {
      const quoted = quotedField(row, at);
      if (quoted === null) return null;
      fields.push(quoted.text);
      at = quoted.end;
    } else {
      const end = row.indexOf(delimiter, at);
      const field = row.slice(at, end === -1 ? row.length : end);
      if (field.includes('"')) return null;
      fields.push(field);
      at = end === -1 ? row.length : end;
    }
    if (at >= row.length) return fields;
    if (row[at] !== delimiter) return null;
    at += 1;
  }
}

/** A field that begins with a quote at `from`, and where it ends. */
function quotedField(row: string, from: number): { text: string; end: number } | null {
  let at = from + 1;
  for (let quote = row.indexOf('"', at); quote !== -1; quote = row.indexOf('"', at)) {
    if (row[quote + 1] !== '"')
      return { text: row.slice(from + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    at = quote + 2;
  }
  return null;
}

function rowOf(columns: readonly string[], fields: readonly string[]): Record<string, string> {
  const row = Object.create(null) as Record<string, string>;
  for (const [i, name] of columns.entries()) {
    const field = fields[i] ?? '';
    if (field !== '') row[name] = field;
  }
  return row;
}
