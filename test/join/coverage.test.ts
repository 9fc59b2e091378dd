import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closedStateOf, coverageOf } from '../../src/join/coverage.ts';
import { TalkRate } from '../../src/join/talk-rate.ts';
import { at } from './builders.ts';
import { EPOCH, inputOf, MINUTE, readAndWrite, SECOND } from './time-builders.ts';

const LEDGER = 'n:prod-eu/payments/ledger-0';
const OTHER = 'n:prod-eu/payments/cart-0';
const UNTIL = at('30:00');

describe('coverage', () => {
  test('[T13] counts partitions by what can be used, and keeps to plain JSON', () => {
    const spans = inputOf(4);
    readAndWrite(spans, 0, [at('10:00')]);
    readAndWrite(spans, 1, [at('07:00')]);
    spans.finish(2, EPOCH);
    const now = at('10:00') + 30 * SECOND;
    const coverage = coverageOf([
      {
        name: 'spans',
        partitions: spans.status(now),
        watermark: spans.watermark,
        late: 3,
        samplingRatio: 0.1,
      },
      { name: 'mesh', partitions: [], watermark: Infinity, late: 0, samplingRatio: null },
    ]);
    expect(coverage).toEqual({
      ratio: 0.5,
      inputs: [
        {
          name: 'mesh',
          partitions: { expected: 0, usable: 0 },
          watermark: 'end',
          unusable: [],
          late: 0,
          sampling_ratio: null,
        },
        {
          name: 'spans',
          partitions: { expected: 4, usable: 2 },
          watermark: 'none',
          unusable: [
            { partition: 1, state: 'stalled', watermark: at('06:55') },
            { partition: 3, state: 'unowned', watermark: 'none' },
          ],
          late: 3,
          sampling_ratio: 0.1,
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(coverage))).toEqual(coverage);
  });

  test('[T13] without any span input nothing is covered', () => {
    expect(coverageOf([])).toEqual({ ratio: 0, inputs: [] });
  });

  test('[T13] the list of what cannot be used has a limit, the counts have none', () => {
    const spans = inputOf(150);
    const [input] = coverageOf([
      {
        name: 'spans',
        partitions: spans.status(0),
        watermark: spans.watermark,
        late: 0,
        samplingRatio: null,
      },
    ]).inputs;
    expect([input?.partitions, input?.unusable.length]).toEqual([{ expected: 150, usable: 0 }, 100]);
  });

  test('[T12] [T14] partial comes before unverified: the retro lane has to read anyway', () => {
    const silent = { spanKey: LEDGER, lastSeen: 1, expectedBy: 2 };
    expect(closedStateOf(false, [])).toBe('final');
    expect(closedStateOf(false, [silent])).toBe('final_unverified');
    expect(closedStateOf(true, [silent])).toBe('partial');
  });
});

/** The example of the file: `spans` in the ten minutes from 14:00, one more at 14:10:20; the other pod at 14:12:30. */
function talk(spans: number, others = at('14:00')): TalkRate {
  const rate = new TalkRate();
  for (let i = 0; i < spans; i += 1)
    rate.observe(LEDGER, at('00:00') + Math.floor((i * 10 * MINUTE) / spans));
  rate.observe(LEDGER, at('10:20'));
  rate.observe(OTHER, others);
  return rate;
}

describe('a pod that fell silent', () => {
  test('[T14] should have talked again after twenty of its usual intervals, and two minutes at least', () => {
    const busy = talk(120).silenceOf(LEDGER, UNTIL, at('20:00'), null);
    expect(busy).toEqual({ spanKey: LEDGER, lastSeen: at('10:20'), expectedBy: at('12:20') });
    const calm = talk(60).silenceOf(LEDGER, UNTIL, at('20:00'), null);
    expect(calm).toEqual({ spanKey: LEDGER, lastSeen: at('10:20'), expectedBy: at('13:40') });
  });

  test('[T14] is not called silent before the watermark has passed that, nor where that lies past the window', () => {
    const rate = talk(120);
    expect(rate.silenceOf(LEDGER, UNTIL, at('12:20'), null)).toBeNull();
    expect(rate.silenceOf(LEDGER, UNTIL, at('12:20') + 1, null)).not.toBeNull();
    expect(rate.silenceOf(LEDGER, at('12:20') - 1, at('20:00'), null)).toBeNull();
  });

  test('[T14] is not called silent when nobody talks: then the pipeline is down, or the data over', () => {
    expect(talk(120, at('12:20')).silenceOf(LEDGER, UNTIL, Infinity, null)).toBeNull();
    expect(talk(120, at('12:20') + 1).silenceOf(LEDGER, UNTIL, Infinity, null)).not.toBeNull();
  });

  test('[T14] is not called silent when it is known to have ended by then', () => {
    const rate = talk(120);
    expect(rate.silenceOf(LEDGER, UNTIL, Infinity, at('12:20'))).toBeNull();
    expect(rate.silenceOf(LEDGER, UNTIL, Infinity, at('12:20') + 1)).not.toBeNull();
  });

  test('[T14] is not called silent where it never talked steadily, or is not known', () => {
    expect(talk(59).silenceOf(LEDGER, UNTIL, Infinity, null)).toBeNull();
    expect(talk(120).silenceOf('n:prod-eu/payments/cron-0', UNTIL, Infinity, null)).toBeNull();
    const bursts = new TalkRate();
    for (let i = 0; i < 700; i += 1) bursts.observe(LEDGER, at('03:00') + (i % 7) * MINUTE);
    bursts.observe(LEDGER, at('10:20'));
    bursts.observe(OTHER, at('29:00'));
    expect(bursts.silenceOf(LEDGER, UNTIL, Infinity, null)).toBeNull();
  });

  test('[T14] and talks again is silent no more', () => {
    const rate = talk(120);
    rate.observe(LEDGER, at('13:00'));
    expect(rate.silenceOf(LEDGER, UNTIL, at('14:00'), null)).toBeNull();
  });

  test('[T14] the order of arrival changes nothing', () => {
    const ends = fc.array(fc.integer({ min: 0, max: 40 * 60 }), { minLength: 300, maxLength: 600 });
    const both = ends.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    const of = (list: readonly number[]): object | null => {
      const rate = new TalkRate();
      for (const second of list) rate.observe(LEDGER, at('00:00') + second * SECOND);
      rate.observe(OTHER, at('59:00'));
      return rate.silenceOf(LEDGER, Infinity, Infinity, null);
    };
    let silent = 0;
    fc.assert(
      fc.property(both, ([list, shuffled]) => {
        const found = of(list);
        if (found !== null) silent += 1;
        expect(of(shuffled)).toEqual(found);
        expect(of(list.toSorted((a, b) => a - b))).toEqual(found);
      }),
      { numRuns: 200 },
    );
    expect(silent).toBeGreaterThan(100);
  });

  test('[T14] keys have a limit: those silent longest are forgotten, counted, and nothing is claimed of them', () => {
    const rate = new TalkRate(16);
    for (let i = 0; i < 20; i += 1) rate.observe(`k${i}`, at('00:00') + i * SECOND);
    expect([rate.keys, rate.evicted]).toEqual([16, 4]);
    for (let i = 0; i < 120; i += 1) rate.observe('k3', at('00:00') + i * 5 * SECOND);
    rate.observe('k3', at('10:20'));
    rate.observe('k19', at('14:00'));
    expect(rate.silenceOf('k3', UNTIL, Infinity, null)).not.toBeNull();
    for (let i = 0; i < 8; i += 1) rate.observe(`new${i}`, at('20:00'));
    expect(rate.silenceOf('k3', UNTIL, Infinity, null)).not.toBeNull();
    for (let i = 0; i < 14; i += 1) rate.observe(`newer${i}`, at('21:00'));
    expect(rate.silenceOf('k3', UNTIL, Infinity, null)).toBeNull();
  });
});
