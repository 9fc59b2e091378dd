import { describe, expect, it } from 'vitest';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { normalTransactionId } from '../../../src/model/transaction-id.ts';
import { parseAttributeTable } from '../../../src/formats/otlp/transaction-attributes.ts';
import { realAttributes } from '../span-context.ts';

const row = { name: 'payment.id', type: null, basis: 'observed', source: 'somewhere' };

function problemsOf(value: unknown): string[] {
  try {
    parseAttributeTable(value, 'a.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_DATA_FILE') throw error;
    return error.problems.map(({ at, text }) => `${at}: ${text}`);
  }
}

describe('the table that comes with Counterfoil', () => {
  const table = realAttributes();

  it('types what names a kind of id, and marks what names an order or other things too', () => {
    expect(table.lookup('payment.transaction_id')).toEqual({ type: null, order: false, weak: false });
    expect(table.lookup('iso20022.uetr')).toEqual({ type: 'uetr', order: false, weak: false });
    expect(table.lookup('demo.order.id')).toEqual({ type: 'order_id', order: true, weak: false });
    expect(table.lookup('transaction.id')).toEqual({ type: null, order: false, weak: true });
    expect(table.lookup('http.url')).toBeUndefined();
    expect(table.lookup('__proto__')).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    'NOTPROVIDED',
    'NotProvided',
    'null',
    '<NA>',
    '-',
    '00000000-0000-0000-0000-000000000000',
  ])('takes %j for no id', (value) => expect(table.isPlaceholder(value)).toBe(true));

  it.each(['pay_1', '0', '00000000-0000-0000-0000-000000000001'])('takes %j for an id', (value) => {
    expect(table.isPlaceholder(value)).toBe(false);
  });
});

describe('validation', () => {
  it('takes a table without placeholders', () => {
    expect(problemsOf({ schema: 'attributes/1', attributes: [row] })).toEqual([]);
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({
      schema: 'attributes/2',
      atributes: [],
      attributes: [
        row,
        row,
        { ...row, name: ' x', typ: 1, weak: 'yes' },
        { ...row, name: 'a', type: 'Not a name', basis: 'x' },
        7,
      ],
      placeholders: [{ value: 'X', source: 's' }, { value: 'x', source: 's' }, { value: 'Y' }],
    });
    expect(problems).toEqual([
      'a.yaml#/atributes: unknown key; known are schema, retrieved, attributes, placeholders',
      'a.yaml#/schema: expected attributes/1',
      'a.yaml#/attributes/1/name: this attribute stands twice in the table',
      'a.yaml#/attributes/2/typ: unknown key; known are name, type, order, weak, basis, source',
      'a.yaml#/attributes/2/name: expected a text without blanks around it',
      'a.yaml#/attributes/2/weak: expected true or false',
      'a.yaml#/attributes/3/type: expected null or a name of lower-case letters, digits and _',
      'a.yaml#/attributes/3/basis: expected one of published, observed, assumption',
      'a.yaml#/attributes/4: expected an object',
      'a.yaml#/placeholders/1/value: this placeholder stands twice in the table',
      'a.yaml#/placeholders/2/source: expected a text without blanks around it',
    ]);
    expect(problemsOf(null)).toEqual(['a.yaml#: expected an object']);
    expect(problemsOf({ schema: 'attributes/1' })).toEqual(['a.yaml#/attributes: expected a list']);
  });
});

it('compares ids trimmed, and UUIDs without case', () => {
  expect(normalTransactionId(' Pay_1 ')).toBe('Pay_1');
  expect(normalTransactionId('EB6305C9-1F7F-49DE-AED0-16487C27B42D')).toBe(
    'eb6305c9-1f7f-49de-aed0-16487c27b42d',
  );
});
