// Goal: what is in the store after any fault is what was given last, once, with revisions that only grow; what others wrote beside it stays; and
// a lower model version changes nothing. Method: the real server, other writers played by hand, lost answers by the fault proxy.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BULK_DEFAULTS } from '../../../src/adapters/elasticsearch/bulk.ts';
import { connectElastic, type ElasticConnection } from '../../../src/adapters/elasticsearch/connection.ts';
import { ElasticDocumentSink } from '../../../src/adapters/elasticsearch/document-sink.ts';
import { ElasticIncidentIndex } from '../../../src/adapters/elasticsearch/incident-index.ts';
import type { IncidentDocument } from '../../../src/model/documents/incident.ts';
import type { SinkAnswer } from '../../../src/ports/document-sink.ts';
import type { DocumentChanges } from '../../../src/ports/incident-index.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import {
  eventDocument,
  incidentDocument,
  linkDocument,
  paymentDocument,
  story,
  TENANT,
} from '../../conformance/incident-documents.ts';
import { serverFor, START_TIMEOUT_MS } from '../../servers/servers.ts';
import { openFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { openElastic, surroundings, type ElasticFixture } from './servers.ts';

const server = await serverFor('elasticsearch');
const NO_CHANGE: DocumentChanges = {
  events: [],
  links: [],
  payments: [],
  incidents: [],
  removed: { events: [], payments: [], incidents: [] },
};

describe.skipIf(server === null)('the sink [E3]', { timeout: START_TIMEOUT_MS }, () => {
  let elastic: ElasticFixture;
  let proxy: FaultProxy;
  let connection: ElasticConnection;
  let index: ElasticIncidentIndex;
  beforeAll(async () => {
    elastic = await openElastic(server?.url ?? '');
    proxy = await openFaultProxy(server?.url ?? '');
    connection = connectElastic({ nodes: [proxy.url], requestTimeoutMs: 10_000 });
    index = new ElasticIncidentIndex(connection, { names: elastic.names }, surroundings());
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    proxy.faults = () => null;
    await elastic.clear();
  });
  afterAll(async () => {
    await connection.close();
    await proxy.close();
    await elastic.close();
  });

  /** A worker that knows nothing of what earlier ones wrote. */
  const freshSink = (): ElasticDocumentSink =>
    new ElasticDocumentSink(connection, elastic.names, BULK_DEFAULTS, surroundings());
  const given = (title: string, revision: number): IncidentDocument => {
    const document = incidentDocument({ id: 'inc_1', title });
    return { ...document, meta: { ...document.meta, revision, content_hash: `hash of ${title}` } };
  };
  const write = (sink: ElasticDocumentSink, ...incidents: IncidentDocument[]): Promise<SinkAnswer> =>
    sink.write(TENANT, { ...NO_CHANGE, incidents }, 0);
  const remove = (sink: ElasticDocumentSink, id: string): Promise<SinkAnswer> =>
    sink.write(TENANT, { ...NO_CHANGE, removed: { ...NO_CHANGE.removed, incidents: [id] } }, 0);
  const place = () => ({ index: elastic.names.pattern('incidents'), id: `${TENANT}:inc_1` });
  const source = (): Promise<Record<string, unknown>> =>
    elastic.connection.client.getSource<Record<string, unknown>>(place());
  /** An analyst, who reads and writes the whole document as well. */
  const writeCase = async (content: object): Promise<void> => {
    await elastic.connection.client.index({ ...place(), document: { ...(await source()), case: content } });
  };
  const outcome = ({ results }: SinkAnswer): unknown[] =>
    results.map(({ id, outcome: of, revision }) => [id, of, revision]);

  it('writes every kind, to the last member, and says which revision stands', async () => {
    const written = story();
    const { results, stopped } = await freshSink().write(TENANT, { ...NO_CHANGE, ...written }, 0);
    expect(stopped).toBeNull();
    expect(results.every(({ outcome: of, revision }) => of === 'written' && revision === 1)).toBe(true);
    for (const document of written.events)
      expect(await index.event(TENANT, document.event.id)).toEqual(document);
    for (const document of written.links)
      expect(await index.link(TENANT, document.link.id)).toEqual(document);
    for (const document of written.payments)
      expect(await index.payment(TENANT, document.payment.id)).toEqual(document);
    for (const document of written.incidents)
      expect(await index.incident(TENANT, document.incident.id)).toEqual(document);
  });

  it('finds that there is nothing to do, also after a start', async () => {
    const sink = freshSink();
    const all = { ...NO_CHANGE, ...story() };
    await sink.write(TENANT, all, 0);
    for (const again of [sink, freshSink()]) {
      const { results } = await again.write(TENANT, all, 0);
      expect(results.map(({ outcome: of }) => of)).toEqual(results.map(() => 'same'));
    }
  });

  it('never lets a revision go back, not even where the worker lost its own count', async () => {
    const sink = freshSink();
    expect(outcome(await write(sink, given('a', 1)))).toEqual([['inc_1', 'written', 1]]);
    expect(outcome(await write(sink, given('b', 7)))).toEqual([['inc_1', 'written', 7]]);
    expect(outcome(await write(freshSink(), given('c', 1)))).toEqual([['inc_1', 'written', 8]]);
    expect(outcome(await write(freshSink(), given('d', 3)))).toEqual([['inc_1', 'written', 9]]);
    expect((await index.incident(TENANT, 'inc_1'))?.incident.title).toBe('d');
    expect((await index.incident(TENANT, 'inc_1'))?.meta.revision).toBe(9);
  });

  it('writes a state that is new although the content is the same', async () => {
    const sink = freshSink();
    await write(sink, { ...given('a', 1), meta: { ...given('a', 1).meta, state: 'open' } });
    expect(outcome(await write(sink, given('a', 2)))).toEqual([['inc_1', 'written', 2]]);
  });

  it('keeps what an analyst wrote beside it, remembered or not [E4]', async () => {
    const sink = freshSink();
    await write(sink, given('a', 1));
    await writeCase({ status: 'closed', note: 'was a drill' });
    for (const [i, each] of [sink, sink, freshSink()].entries()) {
      expect((await write(each, given(`b${i}`, 2 + i))).results[0]?.outcome).toBe('written');
      expect((await source())['case']).toEqual({ status: 'closed', note: 'was a drill' });
    }
    await writeCase({ status: 'reopened' });
    await write(sink, given('c', 9));
    expect((await source())['case']).toEqual({ status: 'reopened' });
    expect(await index.incident(TENANT, 'inc_1')).toEqual({
      ...given('c', 9),
      meta: { ...given('c', 9).meta },
    });
  });

  it('keeps a case whatever its members are called [E4]', async () => {
    await write(freshSink(), given('a', 1));
    const hostile =
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"key":"x","meta":"y"}';
    const withCase = JSON.stringify(await source()).replace(/}$/, `,"case":${hostile}}`);
    const { index: at, id } = place();
    // Text, because the client would leave `__proto__` out of an object.
    const operations = [JSON.stringify({ index: { _index: at, _id: id } }), withCase];
    await elastic.connection.client.bulk({ operations });
    expect((await write(freshSink(), given('b', 2))).results[0]?.outcome).toBe('written');
    expect(JSON.stringify((await source())['case'])).toBe(hostile);
    expect(await index.incident(TENANT, 'inc_1')).toEqual(given('b', 2));
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('changes nothing that a higher model version wrote', async () => {
    const sink = freshSink();
    const newer = given('by a later version', 4);
    await write(sink, { ...newer, meta: { ...newer.meta, model_version: '10' } });
    expect(outcome(await write(freshSink(), given('old', 9)))).toEqual([['inc_1', 'outdated', 4]]);
    expect(outcome(await remove(freshSink(), 'inc_1'))).toEqual([['inc_1', 'outdated', 4]]);
    expect((await index.incident(TENANT, 'inc_1'))?.incident.title).toBe('by a later version');
    expect(
      outcome(await write(freshSink(), { ...newer, meta: { ...newer.meta, model_version: '11' } })),
    ).toEqual([['inc_1', 'written', 5]]);
  });

  it('removes what is no more, in whatever month, and takes it up again', async () => {
    const sink = freshSink();
    const events = [
      eventDocument({ id: 'ev_old', start: '2025-01-31T23:59:59.999Z' }),
      eventDocument({ id: 'ev_1' }),
    ];
    await sink.write(TENANT, { ...NO_CHANGE, events, payments: [paymentDocument({ id: 'p1' })] }, 0);
    const removed = { events: ['ev_old', 'ev_none'], payments: ['p1'], incidents: [] };
    expect(outcome(await freshSink().write(TENANT, { ...NO_CHANGE, removed }, 0))).toEqual([
      ['ev_old', 'removed', null],
      ['ev_none', 'removed', null],
      ['p1', 'removed', null],
    ]);
    expect([await index.event(TENANT, 'ev_old'), await index.payment(TENANT, 'p1')]).toEqual([null, null]);
    expect(await index.event(TENANT, 'ev_1')).not.toBeNull();
    const again = await sink.write(TENANT, { ...NO_CHANGE, payments: [paymentDocument({ id: 'p1' })] }, 0);
    expect(again.results[0]?.outcome).toBe('written');
    expect((await sink.write(TENANT, { ...NO_CHANGE, removed }, 0)).results[0]?.outcome).toBe('removed');
  });

  it('hides what is no more where an analyst wrote beside it, and goes on from its revision [E4]', async () => {
    const sink = freshSink();
    await write(sink, given('a', 1));
    await writeCase({ note: 'kept' });
    expect(outcome(await remove(sink, 'inc_1'))).toEqual([['inc_1', 'removed', 2]]);
    expect(await index.incident(TENANT, 'inc_1')).toBeNull();
    await elastic.refresh();
    expect((await index.incidents(TENANT, { paymentId: null }, { limit: 10, cursor: null })).items).toEqual(
      [],
    );
    expect((await source())['case']).toEqual({ note: 'kept' });
    expect(outcome(await remove(freshSink(), 'inc_1'))).toEqual([['inc_1', 'removed', 2]]);
    expect(outcome(await write(freshSink(), given('a', 1)))).toEqual([['inc_1', 'written', 3]]);
    expect((await source())['case']).toEqual({ note: 'kept' });
  });

  it('puts events of any time somewhere, in few indices', async () => {
    const starts = ['1970-01-01T00:00:00.000Z', '2019-12-31T23:59:59.999Z', '2100-01-01T00:00:00.000Z'];
    const events = starts.map((start, i) => eventDocument({ id: `ev_${i}`, start }));
    const { results } = await freshSink().write(TENANT, { ...NO_CHANGE, events }, 0);
    expect(results.map(({ outcome: of }) => of)).toEqual(['written', 'written', 'written']);
    for (const event of events) expect(await index.event(TENANT, event.event.id)).toEqual(event);
    const { indices } = await elastic.connection.client.indices.resolveIndex({
      name: `${elastic.names.prefix}-events-*`,
    });
    expect(indices.filter(({ name }) => !name.includes('-20')).map(({ name }) => name)).toEqual([
      `${elastic.names.prefix}-events-other`,
    ]);
  });

  it('takes a document that was removed and given at once for given', async () => {
    const sink = freshSink();
    const removed = { ...NO_CHANGE.removed, incidents: ['inc_1'] };
    const answer = await sink.write(TENANT, { ...NO_CHANGE, incidents: [given('a', 1)], removed }, 0);
    expect(outcome(answer)).toEqual([['inc_1', 'written', 1]]);
  });

  it('names what the server refuses for good, without its value, and writes the rest [E7]', async () => {
    const event = eventDocument({ id: 'ev_1' });
    const bad = {
      ...event,
      event: { ...event.event, id: 'ev_bad', severity: '4111111111111111x' as unknown as number },
    };
    const { results, stopped } = await freshSink().write(TENANT, { ...NO_CHANGE, events: [bad, event] }, 0);
    expect(stopped).toBeNull();
    expect(results).toMatchObject([
      { id: 'ev_bad', outcome: 'dead', why: 'document_parsing_exception' },
      { id: 'ev_1', outcome: 'written', why: null },
    ]);
    expect(JSON.stringify(results)).not.toContain('4111');
  });

  it('says what is left to do when the server takes nothing, and does it later', async () => {
    const all = { ...NO_CHANGE, ...story() };
    proxy.faults = ({ path }) => (path.startsWith('/_bulk') ? { kind: 'answer', status: 403 } : null);
    const sink = freshSink();
    const refused = await sink.write(TENANT, all, 0);
    expect(refused.stopped?.code).toBe('CF_SERVER_SETUP');
    expect(refused.results.every(({ outcome: of }) => of === 'later')).toBe(true);
    proxy.faults = () => null;
    const { results } = await sink.write(TENANT, all, 0);
    expect(results.every(({ outcome: of }) => of === 'written')).toBe(true);
  });

  it('creates a month anew that somebody has removed', async () => {
    const sink = freshSink();
    const event = eventDocument({ id: 'ev_1' });
    await sink.write(TENANT, { ...NO_CHANGE, events: [event] }, 0);
    await elastic.connection.client.indices.delete({ index: `${elastic.names.prefix}-events-2026.03` });
    const other = eventDocument({ id: 'ev_2' });
    const first = await sink.write(TENANT, { ...NO_CHANGE, events: [other] }, 0);
    expect([first.results[0]?.outcome, first.stopped?.code]).toEqual(['later', 'CF_SERVER_SETUP']);
    expect((await sink.write(TENANT, { ...NO_CHANGE, events: [other] }, 0)).results[0]?.outcome).toBe(
      'written',
    );
  });

  it('settles what two workers write at once on one of the two, with a revision for each change', async () => {
    const [one, other] = [freshSink(), freshSink()];
    await write(one, given('a', 1));
    for (let i = 0; i < 5; i += 1) {
      const answers = await Promise.all([
        write(one, given(`one ${i}`, 1)),
        write(other, given(`other ${i}`, 1)),
      ]);
      expect(answers.flatMap(({ results }) => results.map(({ outcome: of }) => of))).toEqual([
        'written',
        'written',
      ]);
    }
    expect((await index.incident(TENANT, 'inc_1'))?.meta.revision).toBe(11);
  });

  it('does not let a worker that was stopped for long write over one that has read further [S4]', async () => {
    const [stopped, successor] = [freshSink(), freshSink()];
    const at = (sink: ElasticDocumentSink, position: number, title: string): Promise<SinkAnswer> =>
      sink.write(TENANT, { ...NO_CHANGE, incidents: [given(title, 1)] }, position);
    expect(outcome(await at(stopped, 100, 'old'))).toEqual([['inc_1', 'written', 1]]);
    expect(outcome(await at(successor, 120, 'new'))).toEqual([['inc_1', 'written', 2]]);
    expect(outcome(await at(stopped, 110, 'stale'))).toEqual([['inc_1', 'later', 2]]);
    const removed = { ...NO_CHANGE.removed, incidents: ['inc_1'] };
    expect(outcome(await stopped.write(TENANT, { ...NO_CHANGE, removed }, 110))).toEqual([
      ['inc_1', 'later', 2],
    ]);
    expect((await index.incident(TENANT, 'inc_1'))?.incident.title).toBe('new');
    // Once it has read as far, it knows as much.
    expect(outcome(await at(stopped, 120, 'newer'))).toEqual([['inc_1', 'written', 3]]);
  });

  it('ends where the last write says, whatever answers are lost and however often it starts anew', async () => {
    const random = new SeededRandom(7);
    const last = new Map<string, string>();
    const revisions = new Map<string, number>();
    let sink = freshSink();
    for (let step = 0; step < 40; step += 1) {
      if (random.chance(0.2)) sink = freshSink();
      proxy.faults = ({ path }) =>
        path.startsWith('/_bulk') && random.chance(0.3)
          ? random.chance(0.5)
            ? { kind: 'lose' }
            : { kind: 'items', statusOf: (i) => (i % 2 === 0 ? 429 : null) }
          : null;
      const ids = [...new Set(Array.from({ length: 3 }, () => `p${random.integer(0, 5)}`))];
      const payments = ids.map((id) => {
        const state = `state ${step} of ${id}`;
        last.set(id, state);
        const document = paymentDocument({ id, state });
        return { ...document, meta: { ...document.meta, revision: 1, content_hash: state } };
      });
      const event = eventDocument({ id: 'ev_1' });
      const links = payments.map((payment) => linkDocument(event, payment));
      const { results, stopped } = await sink.write(
        TENANT,
        {
          ...NO_CHANGE,
          events: [event],
          payments,
          links,
        },
        0,
      );
      expect(stopped).toBeNull();
      for (const { id, kind, outcome: of, revision } of results) {
        expect(['written', 'same']).toContain(of);
        expect(revision).toBeGreaterThanOrEqual(revisions.get(`${kind} ${id}`) ?? 1);
        revisions.set(`${kind} ${id}`, revision ?? 0);
      }
    }
    proxy.faults = () => null;
    for (const [id, state] of last) expect((await index.payment(TENANT, id))?.payment.state).toBe(state);
    await elastic.refresh();
    const { count } = await elastic.connection.client.count({ index: elastic.names.pattern('payments') });
    expect(count).toBe(last.size);
  });
});
