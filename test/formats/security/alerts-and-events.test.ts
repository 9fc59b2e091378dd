import { expect, test } from 'vitest';
import { SECURITY_FORMATS } from '../../../src/formats/security/security-formats.ts';
import { loadRules } from '../../../src/rules/compile.ts';
import { matchesOf } from '../../../src/rules/evaluate.ts';
import { CONTEXT, only, PLACE } from '../format-context.ts';
import { SENSOR_RECORDS } from '../sensor-records.ts';

const ALERTS: ReadonlySet<string> = new Set(['falco', 'tetragon', 'events']);

test.each(SECURITY_FORMATS.map((format) => [format.source, format] as const))(
  '%s: an alert makes an event of its own rule, all else waits for rules [F7]',
  (source, { decode }) => {
    const observation = only(decode(SENSOR_RECORDS[source]?.(), PLACE, CONTEXT).items);
    const alert = ALERTS.has(source);
    expect([observation.kind, observation.rule === null]).toEqual(alert ? ['alert', false] : ['event', true]);
    expect(matchesOf(observation, loadRules([]))).toHaveLength(alert ? 1 : 0);
  },
);
