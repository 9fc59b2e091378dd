import { describe, expect, it } from 'vitest';
import { reportExposure } from '../../src/impact/report-exposure.ts';
import type { Exposure } from '../../src/model/incident.ts';

function exposure(currency: string, stoppable: bigint, recallable = 0n, final = 0n, unseen = 0n): Exposure {
  const linkedMinor = stoppable + recallable + final;
  return {
    currency,
    linkedMinor,
    stoppableMinor: stoppable,
    recallableMinor: recallable,
    finalMinor: final,
    upperMinor: linkedMinor + unseen,
    payments: 1,
  };
}

describe('exposure in one currency', () => {
  it('is the sum of all, at rates that stand beside it', () => {
    const rows = [
      exposure('EUR', 100n, 20n, 3n, 7n),
      exposure('USD', 1_000n, 0n, 100n),
      exposure('JPY', 0n, 500n),
    ];
    const rates = { 'USD/EUR': '0.90', 'JPY/EUR': '0.0061', 'CHF/EUR': '1.05' };
    expect(reportExposure(rows, 'EUR', rates)).toEqual({
      report: {
        currency: 'EUR',
        stoppableMinor: 1_000n,
        // 0.20 EUR and 500 JPY at 0.0061 = 3.05 EUR
        recallableMinor: 325n,
        finalMinor: 93n,
        linkedMinor: 1_418n,
        upperMinor: 1_425n,
        rates: { 'JPY/EUR': '0.0061', 'USD/EUR': '0.90' },
      },
    });
  });

  it('is rounded once, half to even, after the sum', () => {
    const rates = { 'USD/EUR': '0.90', 'GBP/EUR': '1.30' };
    const one = (rows: Exposure[]): bigint | undefined =>
      reportExposure(rows, 'EUR', rates).report?.stoppableMinor;
    expect(one([exposure('USD', 5n), exposure('GBP', 5n)])).toBe(11n);
    expect(one([exposure('USD', 5n)])).toBe(4n);
    expect(one([exposure('USD', 15n)])).toBe(14n);
    expect(one([exposure('GBP', 5n)])).toBe(6n);
  });

  it('adds up as it is printed, also where each figure was rounded', () => {
    const { report } = reportExposure([exposure('USD', 1n, 1n, 1n)], 'EUR', { 'USD/EUR': '0.60' });
    expect(report).toMatchObject({
      stoppableMinor: 1n,
      recallableMinor: 1n,
      finalMinor: 1n,
      linkedMinor: 3n,
    });
  });

  it('is not given with a rate missing; the inverse rate is no rate', () => {
    const rows = [exposure('USD', 1n), exposure('CHF', 1n), exposure('EUR', 1n)];
    expect(reportExposure(rows, 'EUR', { 'EUR/USD': '1.1' })).toEqual({
      report: undefined,
      missing: ['CHF/EUR', 'USD/EUR'],
    });
    expect(reportExposure(rows, 'EUR', { 'USD/EUR': 'x', 'CHF/EUR': '1' })).toEqual({
      report: undefined,
      missing: ['USD/EUR'],
    });
  });

  it('needs no rate for a currency without money in it', () => {
    expect(reportExposure([exposure('XXX', 0n), exposure('EUR', 5n)], 'EUR', {}).report?.linkedMinor).toBe(
      5n,
    );
    expect(reportExposure([], 'EUR', {}).report).toMatchObject({
      linkedMinor: 0n,
      upperMinor: 0n,
      rates: {},
    });
    expect(reportExposure([exposure('USD', 0n, 0n, 0n, 1n)], 'EUR', {})).toMatchObject({
      missing: ['USD/EUR'],
    });
  });
});
