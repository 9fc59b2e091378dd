// Goal: dead letters are listed with what people need, and put through again by them and not by pages of other sites. Method: the API
// over letters and an engine that answers as it is told; what the engine does is in test/guarantees and test/e2e.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api, LiveContext } from '../../src/api/context.ts';
import { openIncidentIndex } from '../../src/adapters/embedded/incident-index.ts';
import { createApi } from '../../src/api/server.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { IncidentIndex } from '../../src/ports/incident-index.ts';
import type { DeadLetter } from '../../src/ports/fact-store.ts';
import type { RedriveAnswer } from '../../src/ports/redrives.ts';
import { NOW, instant } from './fixture.ts';

const LETTER: DeadLetter = {
  id: 'abc',
  input: 'spans',
  at: instant(NOW),
  reason: 'skewed',
  text: 'Too early.',
  place: 'log:0:17',
  excerpt: null,
  laterThan: instant(NOW),
  redrivenAt: null,
};
const REDRIVEN: RedriveAnswer = { input: 'spans', items: 3, refused: 0, place: 'log:0:18' };

let letter: DeadLetter;
let answer: RedriveAnswer | CounterfoilError;
let asked: string[];
let index: IncidentIndex;
let app: Api;

beforeEach(() => {
  [letter, answer, asked] = [LETTER, REDRIVEN, []];
  index = openIncidentIndex(':memory:', 'write');
  const live: Partial<LiveContext> = {
    deadLetters: {
      deadLetters: async () => ({ items: [letter], next: null }),
      deadLetter: async () => letter,
      deadLetterCount: async () => ({ kept: 1, dropped: 0 }),
    },
    redrives: {
      redrive: async (id) => {
        asked.push(id);
        if (answer instanceof CounterfoilError) throw answer;
        return answer;
      },
    },
  };
  const clock = { now: () => 0, elapsedMs: () => 0 };
  app = createApi({ index, tenant: 'default', clock, version: '1', live: live as LiveContext });
});

afterEach(async () => {
  await app.close();
  await index.close();
});

const redrive = (headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/v1/dead-letters/abc/_redrive', headers });

describe('the list', () => {
  it('says of each letter when it was redriven, and nothing that is for the engine alone', async () => {
    const shown = { id: 'abc', input: 'spans', time: NOW, reason: 'skewed', text: 'Too early.' };
    const rest = { place: 'log:0:17', excerpt: null };
    const list = async () => (await app.inject('/api/v1/dead-letters')).json();
    const counts = { next: null, kept: 1, dropped: 0 };
    expect(await list()).toEqual({ items: [{ ...shown, ...rest, redriven_at: null }], ...counts });
    letter = { ...LETTER, redrivenAt: LETTER.at };
    expect(await list()).toMatchObject({ items: [{ redriven_at: NOW }] });
  });
});

describe('a redrive', () => {
  it('is answered 202 with what was put through', async () => {
    const response = await redrive();
    expect([response.statusCode, response.json()]).toEqual([202, REDRIVEN]);
    expect(asked).toEqual(['abc']);
  });

  it.each([
    ['CF_NOT_FOUND', 404],
    ['CF_NOT_REDRIVABLE', 409],
    ['CF_LOG_GONE', 410],
    ['CF_BUSY', 429],
    ['CF_STOPPING', 503],
  ] as const)('%s is a problem of status %i', async (code, status) => {
    answer = new CounterfoilError(code, 'What, and what to do.');
    const response = await redrive();
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(response.json()).toMatchObject({ code, detail: 'What, and what to do.' });
  });

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page, as older browsers say it', { origin: 'https://evil.example' }],
  ])('is not for %s', async (_what, headers) => {
    const response = await redrive(headers);
    expect([response.statusCode, response.json().code]).toEqual([403, 'CF_CROSS_ORIGIN']);
    expect(asked).toEqual([]);
  });
});
