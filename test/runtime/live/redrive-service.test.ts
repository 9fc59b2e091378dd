// Goal: a dead letter is put through again from the log or not at all, and whoever asks is told which. Method: the real formats and
// log on a disk in memory; letters are written by hand.
import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../src/ports/fact-store.ts';
import { decodeFrame } from '../../../src/runtime/live/frame.ts';
import { RedriveService, type RedriveParts } from '../../../src/runtime/live/redrive-service.ts';
import { openIntake, payment, requestOf, type IntakeFixture } from './intake-parts.ts';

const NOW = 5_000;

function letterAt(offset: number, over: Partial<DeadLetter> = {}): DeadLetter {
  const place = `log:0:${offset}:byte 0`;
  const rest = { input: 'payments', at: 0, text: '', excerpt: null, laterThan: null, redrivenAt: null };
  return { id: 'letter', reason: 'unknown_format', place, ...rest, ...over };
}

function serviceOf(
  { log, backlog }: IntakeFixture,
  letter: DeadLetter,
  over: Partial<RedriveParts> = {},
): RedriveService {
  const parts = { letters: { deadLetter: async () => letter }, log, backlog, clock: { now: () => NOW } };
  return new RedriveService({ ...parts, lagBytes: 1_000_000, ...over });
}

describe('a record that could not be read', () => {
  it('goes through whole, with what was refused in it, once it can be read [L12]', async () => {
    const fixture = await openIntake();
    await fixture.intake.submit(requestOf('payments', `${payment('p1')}\nhello\n${payment('p2')}`));
    const answer = await serviceOf(fixture, letterAt(0)).redrive('letter');
    expect(answer).toEqual({ input: 'payments', items: 2, refused: 1, place: 'log:0:1' });
    const [before, after] = await fixture.frames();
    expect(after).toEqual({ ...before, redrives: { letterId: 'letter', at: NOW } });
  });

  it('stays where it is while it cannot [L12]', async () => {
    const fixture = await openIntake();
    await fixture.log.append({ value: Buffer.from('no frame at all'), from: null, to: null });
    await expect(serviceOf(fixture, letterAt(0)).redrive('letter')).rejects.toMatchObject({
      code: 'CF_NOT_REDRIVABLE',
      message: expect.stringContaining('version'),
    });
    expect(await fixture.log.end(0)).toBe(1);
  });
});

describe('a record that is not in the log', () => {
  const gone = { code: 'CF_LOG_GONE', message: expect.stringContaining('send it again') };

  it('because it was dropped, also while it was looked for [L12]', async () => {
    const fixture = await openIntake();
    const { log } = fixture;
    for (const id of ['p1', 'p2']) await fixture.intake.submit(requestOf('payments', payment(id)));
    const kept: RedriveParts['log'] = {
      append: (entry) => log.append(entry),
      begin: async () => 1,
      end: (partition) => log.end(partition),
      read: (from, signal) => log.read(from, signal),
    };
    await expect(serviceOf(fixture, letterAt(0), { log: kept }).redrive('letter')).rejects.toMatchObject(
      gone,
    );
    const dropping = {
      ...kept,
      read: () => log.read({ partition: 0, offset: -1 }, new AbortController().signal),
    };
    const late = serviceOf(fixture, letterAt(1), { log: dropping }).redrive('letter');
    await expect(late).rejects.toMatchObject(gone);
    expect(await log.end(0)).toBe(2);
  });

  it('because the log has begun anew: nobody waits for it [L12]', async () => {
    const fixture = await openIntake();
    await expect(serviceOf(fixture, letterAt(0)).redrive('letter')).rejects.toMatchObject(gone);
  });
});

describe('back-pressure', () => {
  it('one at a time, and none while the engine is behind', async () => {
    const fixture = await openIntake();
    await fixture.intake.submit(requestOf('payments', payment('p1')));
    const behind = serviceOf(fixture, letterAt(0), { lagBytes: 1 });
    await expect(behind.redrive('letter')).rejects.toMatchObject({ code: 'CF_BUSY' });
    const service = serviceOf(fixture, letterAt(0));
    const first = service.redrive('letter');
    await expect(service.redrive('letter')).rejects.toMatchObject({ code: 'CF_BUSY' });
    await first;
    await service.redrive('letter');
    expect(await fixture.log.end(0)).toBe(3);
  });
});

describe('a frame of before there were redrives', () => {
  it('is read as one that redrives nothing', async () => {
    const fixture = await openIntake();
    await fixture.intake.submit(requestOf('payments', payment('p1')));
    for await (const [record] of fixture.log.read(
      { partition: 0, offset: 0 },
      new AbortController().signal,
    )) {
      const text = Buffer.from(record?.value ?? []).toString('latin1');
      // As many bytes as before, of a name that nobody reads.
      const old = Buffer.from(text.replace('"redrives"', '"unknowns"'), 'latin1');
      expect(decodeFrame(old).redrives).toBeNull();
      break;
    }
  });
});
