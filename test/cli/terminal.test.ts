import { expect, test } from 'vitest';
import { LINK_COLUMNS, LINK_FIELDS } from '../../src/cli/document-columns.ts';
import { printDocuments } from '../../src/cli/output.ts';
import { Out } from '../../src/cli/terminal.ts';
import { FakeStream } from './fakes.ts';

const ROWS = { columns: LINK_COLUMNS, fields: LINK_FIELDS };
const epipe = (): Error => Object.assign(new Error('broken pipe'), { code: 'EPIPE' });

test('colour only on a terminal, and not with NO_COLOR or a dumb one', () => {
  expect(new Out(new FakeStream(true), {}).bold('x')).toBe('\u001b[1mx\u001b[22m');
  expect(new Out(new FakeStream(false), {}).bold('x')).toBe('x');
  expect(new Out(new FakeStream(true), { NO_COLOR: '1' }).bold('x')).toBe('x');
  expect(new Out(new FakeStream(true), { TERM: 'dumb' }).bold('x')).toBe('x');
});

test('waits for a reader that is behind', async () => {
  const stream = new FakeStream(false);
  const out = new Out(stream, {});
  stream.ready = false;
  let done = false;
  const writing = out.write('x').then(() => (done = true));
  await Promise.resolve();
  expect(done).toBe(false);
  stream.emit('drain');
  await writing;
  expect(done).toBe(true);
});

test('a reader that leaves ends the output quietly, also while it was waited for', async () => {
  const stream = new FakeStream(false);
  const out = new Out(stream, {});
  function* documents(): Iterable<object> {
    for (let index = 0; ; index++) {
      if (index === 2) stream.emit('error', epipe());
      yield { index };
    }
  }
  await printDocuments(documents(), 'ndjson', ROWS, out);
  expect(stream.written).toEqual(['{"index":0}\n', '{"index":1}\n']);

  const slow = new FakeStream(false);
  slow.ready = false;
  const waiting = new Out(slow, {}).write('x');
  slow.emit('error', epipe());
  await waiting;
});

test('another fault of the output is an error', async () => {
  const stream = new FakeStream(false);
  const out = new Out(stream, {});
  stream.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  await expect(out.write('x')).rejects.toThrow('no space left');
});

test('documents in each form', async () => {
  const document = {
    event: { start: 'T' },
    payment: { id: '=1', amount: { value: '1.00', currency: 'EUR' } },
    link: { confidence: 0.9 },
  };
  const printed = async (form: 'json' | 'ndjson' | 'table' | 'csv', documents: object[]): Promise<string> => {
    const stream = new FakeStream(false);
    await printDocuments(documents, form, ROWS, new Out(stream, {}));
    return stream.text;
  };
  expect(JSON.parse(await printed('json', [document, document]))).toEqual([document, document]);
  expect(await printed('json', [])).toBe('[]\n');
  expect(await printed('ndjson', [document])).toBe(`${JSON.stringify(document)}\n`);
  expect(await printed('csv', [])).toBe(`${LINK_FIELDS.join(',').replace('@', '')}\r\n`);
  expect(await printed('csv', [document])).toContain(",'=1,");
  expect((await printed('table', [document])).split('\n')[0]).toBe(
    'event  payment    amount  next step  sure',
  );
});

test('on a terminal JSON holds nothing that steers it, and is the same JSON', async () => {
  const stream = new FakeStream(true);
  await printDocuments([{ name: 'a\u009b31m\u202e' }], 'ndjson', ROWS, new Out(stream, {}));
  expect(stream.text).toBe('{"name":"a\\u009b31m\\u202e"}\n');
  expect(JSON.parse(stream.text)).toEqual({ name: 'a\u009b31m\u202e' });
});
