import { describe, expect, test } from 'vitest';
import { AuditStages } from '../../src/join/audit-stages.ts';
import type { Observation } from '../../src/model/observation.ts';
import { at, match } from './builders.ts';

const CAP = 8 * 3600 * 1_000_000;

function stage(rank: number, end: string, over: Partial<Observation> = {}): ReturnType<typeof match> {
  const staged = { auditId: 'a1', rank, session: true };
  return match({ start: at('00:00'), end: at(end), stage: staged, action: 'create pods/exec', ...over });
}

function settle(stages: { one: ReturnType<typeof match>; matched: boolean }[], latest: string): object[] {
  const table = new AuditStages();
  for (const { one, matched } of stages) {
    const { stage: staged } = one.observation;
    if (staged !== null) table.add(one.observation, staged, matched ? [one] : []);
  }
  const settled = table.settle(at(latest), CAP);
  return settled.map(({ match: { observation }, ongoing }) => ({ end: observation.end, ongoing }));
}

describe('audit stages', () => {
  const started = { one: stage(1, '00:01'), matched: true };
  const complete = { one: stage(2, '05:00'), matched: true };

  test('[F4] a session without an end is ongoing until the latest time of the input', () => {
    expect(settle([started], '09:00')).toEqual([{ end: at('09:00'), ongoing: true }]);
  });

  test('[F4] but not for longer than the cap, and never back before its last stage', () => {
    const table = new AuditStages();
    const { one } = started;
    if (one.observation.stage !== null) table.add(one.observation, one.observation.stage, [one]);
    expect(table.settle(at('00:00') + 2 * CAP, CAP)[0]?.match.observation.end).toBe(at('00:00') + CAP);
    expect(table.settle(at('00:00'), CAP)[0]?.match.observation.end).toBe(at('00:01'));
  });

  test('[F3] the latest stage stands for the request, whichever came first', () => {
    const expected = [{ end: at('05:00'), ongoing: false }];
    expect(settle([started, complete], '09:00')).toEqual(expected);
    expect(settle([complete, started], '09:00')).toEqual(expected);
  });

  test('[F3] a stage that matched is dropped when the latest one does not match', () => {
    expect(settle([started, { ...complete, matched: false }], '09:00')).toEqual([]);
  });

  test('[F3] another request under the same auditID, which a client may choose, hides nothing', () => {
    const decoy = { one: stage(2, '06:00', { action: 'get pods', detail: '/healthz' }), matched: false };
    expect(settle([complete, decoy], '09:00')).toEqual([{ end: at('05:00'), ongoing: false }]);
  });
});
