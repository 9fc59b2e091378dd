// Goal: part of a frame means what the whole one meant: every span keeps its pod and the ids that it carries.
import { expect, it } from 'vitest';
import { identityIdOf, type Frame } from '../../../src/runtime/live/frame.ts';
import { countItems, pickItems } from '../../../src/runtime/live/frame-items.ts';
import { spanRecord } from '../../cli/small-case.ts';
import { openIntake, requestOf } from './intake-parts.ts';

const MINUTE = 60_000_000;
const AT = Date.parse('2026-03-10T14:00:00Z') * 1_000;

/** Spans in pods a, b, c and b, a minute apart, each with the id of its own payment. */
async function frame(): Promise<Frame> {
  const { intake, frames } = await openIntake();
  const exports = ['a-1', 'b-1', 'c-1', 'b-1'].map((pod, i) =>
    spanRecord(pod, `p${i}`, new Date((AT + i * MINUTE) / 1_000).toISOString(), i + 1),
  );
  const resourceSpans = exports.flatMap((each) => (each as { resourceSpans: object[] }).resourceSpans);
  await intake.submit(requestOf('spans', JSON.stringify({ resourceSpans })));
  const [only] = await frames();
  if (only === undefined) throw new Error('nothing was taken');
  return only;
}

/** Pod and payment of each span. */
function told({ spans, identities, carried }: Pick<Frame, 'spans' | 'identities' | 'carried'>): unknown[] {
  return Array.from({ length: spans?.length ?? 0 }, (_, row) => [
    identities[spans?.identity[row] ?? -1]?.podName,
    carried.filter((each) => each.row === row).map(({ value }) => value),
  ]);
}

it('all of them are the frame itself', async () => {
  const whole = await frame();
  expect(pickItems(whole, () => true)).toMatchObject({ spans: whole.spans, identities: whole.identities });
  expect(countItems(whole)).toBe(4);
});

it('some of them keep their pods, whatever the order in which these were named', async () => {
  const items = pickItems(await frame(), (time) => time > AT);
  expect(told(items)).toEqual([
    ['b-1', ['p1']],
    ['c-1', ['p2']],
    ['b-1', ['p3']],
  ]);
  expect(items.identities.map(identityIdOf)).toEqual(items.spans?.dictionary);
});

it('none of them are nothing', async () => {
  const items = pickItems(await frame(), () => false);
  expect([items.spans, items.carried, countItems(items)]).toEqual([null, [], 0]);
});
