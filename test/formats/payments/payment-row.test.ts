/** Goal: rows of CSV in our own form are the records that their columns say, however many there are. */
import { describe, expect, test } from 'vitest';
import { withNestedColumns } from '../../../src/formats/payments/payment-row.ts';

describe('columns of our own form', () => {
  test('stand within each other by their dots', () => {
    expect(
      withNestedColumns({ id: 'p', 'customer.id': 'c', 'customer.country': 'DE', 'ids.rrn': '7' }),
    ).toEqual({
      id: 'p',
      customer: { id: 'c', country: 'DE' },
      ids: [{ type: 'rrn', value: '7' }],
    });
  });

  test('take nothing from what stands beside them, in any order', () => {
    const expected = {
      customer: { country: 'DE', id: 'c' },
      ids: [
        { type: 'rrn', value: '7' },
        { type: 'uetr', value: 'u' },
      ],
    };
    const beside = { customer: { country: 'DE' }, ids: [{ type: 'rrn', value: '7' }] };
    const columns = { 'customer.id': 'c', 'ids.uetr': 'u' };
    expect(withNestedColumns({ ...beside, ...columns })).toEqual(expected);
    expect(withNestedColumns({ ...columns, ...beside })).toEqual(expected);
  });

  test('a hundred thousand cost each the same', { timeout: 120_000 }, () => {
    const columns = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`customer.c${i}`, i]));
    const began = process.threadCpuUsage();
    withNestedColumns(columns);
    expect(process.threadCpuUsage(began).user / 1e6).toBeLessThan(3);
  });
});
