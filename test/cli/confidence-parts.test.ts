import { expect, test } from 'vitest';
import { confidenceParts } from '../../src/cli/texts/confidence-parts.ts';
import { joinSettingsOf } from '../../src/cli/settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { confidenceOf } from '../../src/join/confidence.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import { METHODS } from '../../src/model/link.ts';

const SETTINGS = joinSettingsOf(loadConfig({ file: null, env: {}, flags: {}, cwd: '/', home: '/' }).config);

const linkOf = (part: Partial<LinkDocument['link']>): LinkDocument['link'] => ({
  id: 'lk_1',
  status: 'live',
  method: 'container_interval',
  confidence: 0,
  gap_ms: 0,
  provenance: 'platform',
  methods: [],
  matched: { field: '', event: '', span: '' },
  ...part,
});

test('the worked example: a gap of 90 s, bound by an order id', () => {
  const parts = confidenceParts(linkOf({ confidence: 0.540924, gap_ms: -90_000 }), SETTINGS);
  expect(parts).toMatchObject({ base: 0.7, factor: 0.8, capped: false });
  expect(parts?.decay).toBeCloseTo(0.965936, 6);
});

test('whatever the engine computes is explained by parts that give it', () => {
  for (const method of METHODS) {
    for (const gap of [0, 1, -2_500_000, 899_999_999]) {
      for (const factor of [1, SETTINGS.orderFactor]) {
        for (const capped of [false, true]) {
          const { base } = SETTINGS.methods[method];
          const confidence = confidenceOf(base, method, gap, factor, capped, SETTINGS);
          const provenance = capped ? 'self' : 'platform';
          const parts = confidenceParts(
            linkOf({ method, confidence, gap_ms: gap / 1_000, provenance }),
            SETTINGS,
          );
          expect(parts).not.toBeNull();
          const again = parts && confidenceOf(parts.base, method, gap, parts.factor, parts.capped, SETTINGS);
          expect(again).toBe(confidence);
        }
      }
    }
  }
});

test('a confirmed escape has another base', () => {
  const link = linkOf({ method: 'node_interval', confidence: 0.5 });
  expect(confidenceParts(link, SETTINGS)).toMatchObject({ base: 0.5, decay: 1 });
});

test('a figure of other settings is not explained away', () => {
  expect(confidenceParts(linkOf({ confidence: 0.123456 }), SETTINGS)).toBeNull();
});
