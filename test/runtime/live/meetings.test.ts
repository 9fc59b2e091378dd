// Goal: an event that changes after it has met spans meets what it now reaches, as the batch lane has it.
import { expect, it } from 'vitest';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { engineOptions, oneFileEach, runEngine } from '../../guarantees/engine.ts';
import type { Plain } from '../../oracle/text.ts';
import { at, native, payment, settings, span } from '../../oracle/tiny.ts';
import { contentOf, type Content } from '../../simulation/engine-content.ts';
import { EngineDriver } from '../../simulation/engine-driver.ts';
import { FaultyDisk } from '../../simulation/faulty-files.ts';

const POD = { 'k8s.namespace.name': 'pay', 'k8s.pod.name': 'ledger-1', 'k8s.pod.uid': 'uid-1' };
const TRACES = ['1', '2'].map((digit) => `${'a'.repeat(31)}${digit}`);

/** Folds with its like of the same minute. */
function event(seconds: number): Plain {
  const where = { namespace: 'pay', pod: 'ledger-1', pod_uid: 'uid-1' };
  return native({ id: `event-${seconds}`, time: at(seconds), ...where });
}

/** Two spans in one record, each with a trace and a payment of its own. */
function spans(starts: readonly number[]): Plain {
  const each = starts.map((from, i) =>
    span({ n: i, trace: TRACES[i] ?? '', from, to: 906, who: POD, ids: { 'payment.id': `pay_${i}` } }),
  );
  return { resourceSpans: each.flatMap(({ resourceSpans }) => resourceSpans as Plain[]) };
}

/** What both lanes say; the events come after the spans, each settled before the next. */
async function bothLanes(events: Plain[], record: Plain): Promise<{ live: Content; batch: Content }> {
  const payments = [payment({ id: 'pay_0' }), payment({ id: 'pay_1' })];
  const input = { audit: [], alerts: [], events, spans: [record], payments, cluster: null };
  const options = engineOptions(input, settings());
  const files = new FaultyDisk(new SeededRandom(1)).files();
  const driver = await EngineDriver.open({ options, files });
  await driver.send('payments', payments);
  await driver.send('spans', [record]);
  for (const each of events) {
    await driver.send('events', [each]);
    await driver.drain();
  }
  await driver.engine.finish();
  const live = contentOf(await driver.documents());
  await driver.close();
  return { live, batch: contentOf(await runEngine(oneFileEach(input), options)) };
}

it('a later end reaches more spans of a record that it has met', async () => {
  // An event at 0 s reaches spans that begin by 902 s, one that ends at 30 s those that begin by 932 s.
  const { live, batch } = await bothLanes([event(0), event(30)], spans([901, 903]));
  expect(batch.links).toHaveLength(2);
  expect(live).toEqual(batch);
});
