// Goal: an answer `taken` is only given for what is in the log; any other answer says truly what to do. Method: the real formats
// and log on a disk in memory.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { accountingErrors } from '../../../src/model/accounting.ts';
import { fixture, jsonOf } from '../../formats/format-context.ts';
import { openIntake, payment, requestOf } from './intake-parts.ts';

describe('what is taken', () => {
  it.each([
    ['one value', payment('p1'), 1],
    ['lines', `${payment('p1')}\n${payment('p2')}\n`, 2],
    ['an array', `[${payment('p1')},\n ${payment('p2')}]`, 2],
    ['one value without an end of line, printed', JSON.stringify(JSON.parse(payment('p1')), null, 2), 1],
  ])('%s is in the log when the answer comes', async (_what, body, count) => {
    const { intake, frames } = await openIntake();
    const answer = await intake.submit(requestOf('payments', body));
    expect(answer).toEqual({ kind: 'taken', records: count, items: count, refusedItems: 0, refusals: [] });
    const [frame] = await frames();
    expect(frame?.payments).toHaveLength(count);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s bodies', async (encoding, compress) => {
    const { intake } = await openIntake();
    const body = compress(Buffer.from(payment('p1')));
    expect(await intake.submit(requestOf('payments', body, { encoding }))).toMatchObject({
      kind: 'taken',
      items: 1,
    });
  });

  it('one bad record does not hold up the others: it becomes a dead letter of the same frame', async () => {
    const { intake, frames } = await openIntake();
    const answer = await intake.submit(requestOf('payments', `${payment('p1')}\n{"id":\n${payment('p2')}`));
    expect(answer).toMatchObject({ kind: 'taken', records: 3, items: 2, refusedItems: 1 });
    expect(answer).toMatchObject({ refusals: [{ reason: 'truncated', at: '/intake/payments:2:7' }] });
    const [frame] = await frames();
    expect(frame?.refused).toHaveLength(1);
  });

  it('nothing: no frame, and no complaint', async () => {
    const { intake, log } = await openIntake();
    for (const media of ['json', 'protobuf'] as const)
      expect(await intake.submit(requestOf('spans', '', { media }))).toMatchObject({
        kind: 'taken',
        records: 0,
      });
    expect(await log.end(0)).toBe(0);
  });

  it('requests that come together share a flush', async () => {
    const { intake, disk } = await openIntake();
    let flushes = 0;
    disk.faultOf = ({ operation }) => {
      if (operation === 'sync') flushes += 1;
      return null;
    };
    const ids = Array.from({ length: 50 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => intake.submit(requestOf('payments', payment(id)))));
    expect(flushes).toBeLessThan(10);
  });
});

describe('[PF16] XML', () => {
  it('is taken as payments; of other inputs it is refused', async () => {
    const { intake, frames } = await openIntake();
    const xml = fixture('iso20022/pacs008.xml');
    const answer = await intake.submit(requestOf('payments', xml));
    expect(answer).toMatchObject({ kind: 'taken', records: 1, items: 1 });
    for (const input of ['audit', 'alerts', 'events', 'spans'] as const)
      expect(await intake.submit(requestOf(input, xml))).toMatchObject({ kind: 'refused' });
    const [frame] = await frames();
    expect(jsonOf(frame)).not.toMatch(/GREEN|Broadway/);
  });
});

describe('what is refused', () => {
  it('a body of which nothing can be read; its dead letters are kept', async () => {
    const { intake, frames } = await openIntake();
    const answer = await intake.submit(requestOf('payments', 'hello'));
    expect(answer).toMatchObject({ kind: 'refused', refusals: [{ reason: 'not_json' }] });
    const [frame] = await frames();
    expect([frame?.account.dead_lettered, frame?.refused.length]).toEqual([1, 1]);
  });

  it('protobuf that is none, without guessing what else it may be', async () => {
    const { intake } = await openIntake();
    const answer = await intake.submit(requestOf('spans', payment('p1'), { media: 'protobuf' }));
    expect(answer).toMatchObject({ kind: 'refused', refusals: [{ reason: 'not_protobuf' }] });
  });

  it.each([
    ['what is not compressed', payment('p1'), 'says gzip'],
    ['what breaks off', gzipSync(payment('p1')).subarray(0, 20), 'damaged or breaks off'],
    ['what becomes too large', gzipSync(Buffer.alloc(3 * 2 ** 20, ' ')), 'larger'],
  ])('compressed: %s', async (_what, body, text) => {
    const { intake } = await openIntake();
    const answer = await intake.submit(requestOf('payments', body, { encoding: 'gzip' }));
    expect(answer).toMatchObject({ kind: 'refused', refusals: [{ reason: 'decompression' }] });
    expect(JSON.stringify(answer)).toContain(text);
  });

  it('no text of a record is in the answer', async () => {
    const { intake } = await openIntake();
    const answer = await intake.submit(requestOf('payments', `{"card":"4111111111111111",\n`));
    expect(JSON.stringify(answer)).not.toContain('4111');
  });
});

describe('back-pressure', () => {
  it('more bytes than may wait: busy, and nothing of it was kept', async () => {
    const { intake, log } = await openIntake({ inFlightBytes: 300 });
    const answers = await Promise.all(
      ['p1', 'p2', 'p3'].map((id) => intake.submit(requestOf('payments', payment(id)))),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(['taken', 'taken', 'busy']);
    expect(answers[2]).toEqual({ kind: 'busy', retryAfterSeconds: 1 });
    expect(await log.end(0)).toBe(2);
    expect((await intake.submit(requestOf('payments', payment('p3')))).kind).toBe('taken');
  });

  it('a request larger than the bound is taken when it is alone', async () => {
    const { intake } = await openIntake({ inFlightBytes: 10 });
    expect((await intake.submit(requestOf('payments', payment('p1')))).kind).toBe('taken');
  });

  it('an engine that is behind: busy until it has applied', async () => {
    const { intake, backlog } = await openIntake({ lagBytes: 500 });
    const kinds: string[] = [];
    for (const id of ['p1', 'p2', 'p3'])
      kinds.push((await intake.submit(requestOf('payments', payment(id)))).kind);
    expect(kinds).toEqual(['taken', 'busy', 'busy']);
    backlog.appliedUpTo(1);
    expect((await intake.submit(requestOf('payments', payment('p2')))).kind).toBe('taken');
  });

  it('a full disk: full, and taken again when there is room', async () => {
    const { intake, disk } = await openIntake();
    disk.capacityBytes = 0;
    const answer = await intake.submit(requestOf('payments', payment('p1')));
    expect(answer).toMatchObject({ kind: 'full', retryAfterSeconds: 30 });
    disk.capacityBytes = Infinity;
    expect((await intake.submit(requestOf('payments', payment('p1')))).kind).toBe('taken');
  });
});

describe('the backlog', () => {
  it('counts as in flight what is appended and not applied, and no longer once it is', async () => {
    const { intake, backlog } = await openIntake();
    await intake.submit(requestOf('payments', `${payment('p1')}\n${payment('p2')}`));
    await intake.submit(requestOf('audit', 'hello'));
    const before = backlog.addedTo({ inputs: {} });
    expect(accountingErrors(before)).toEqual([]);
    expect(before.inputs.payments?.items.in_flight).toBe(2);
    expect(before.inputs.audit?.dead_lettered).toBe(1);
    backlog.appliedUpTo(1);
    expect(Object.keys(backlog.addedTo({ inputs: {} }).inputs)).toEqual(['audit']);
    backlog.appliedUpTo(2);
    expect([backlog.addedTo({ inputs: {} }), backlog.bytes]).toEqual([{ inputs: {} }, 0]);
  });

  it('does not take up what the engine applied before the answer came', async () => {
    const { intake, backlog } = await openIntake();
    backlog.appliedUpTo(1);
    await intake.submit(requestOf('payments', payment('p1')));
    expect(backlog.bytes).toBe(0);
  });
});
