import { describe, expect, test } from 'vitest';
import { Fold } from '../../src/join/fold.ts';
import { at, match } from './builders.ts';

function fold(matches: ReturnType<typeof match>[], enabled = true): ReturnType<Fold['events']> {
  const folded = new Fold('default', enabled);
  for (const one of matches) folded.add(one, false);
  return folded.events();
}

describe('fold', () => {
  const first = match({
    start: at('00:02'),
    end: at('00:02'),
    nativeId: 'b',
    nativeTuple: ['b'],
    message: 'first',
  });
  const second = match({
    start: at('00:40'),
    end: at('00:41'),
    nativeId: 'a',
    nativeTuple: ['a'],
    message: 'second',
  });
  const nextMinute = match({ start: at('01:00'), end: at('01:00'), nativeId: 'c', nativeTuple: ['c'] });

  test('[F2] repeats within a minute are one event with the smallest content, start, end and count', () => {
    const [event, ...rest] = fold([second, first, nextMinute]);
    expect(rest).toHaveLength(1);
    expect(event).toMatchObject({
      start: at('00:02'),
      end: at('00:41'),
      count: 2,
      originalIds: ['b', 'a'],
      message: 'first',
    });
  });

  test('[F2] the same record twice counts once, and the order of arrival changes nothing', () => {
    expect(fold([first, second, first])).toEqual(fold([second, first]));
  });

  test('another rule, entity, actor or command is another event', () => {
    const start = at('00:02');
    const others = [
      match({ start }, 'falco:other'),
      match({ start, identity: { ...first.observation.identity, podName: 'p' } }),
      match({ start, actor: 'root' }),
      match({ start, detail: 'sh' }),
      match({ start, traceId: 'a'.repeat(32) }),
    ];
    expect(new Set(fold([first, ...others]).map((event) => event.id)).size).toBe(6);
  });

  test('with folding off every distinct record is an event, a repeated delivery is not', () => {
    expect(fold([first, second, first], false).map((event) => event.count)).toEqual([1, 1]);
  });

  test('keeps the 100 smallest original ids and caps the count at 10,000', () => {
    const many = Array.from({ length: 10_050 }, (_, i) => {
      const id = String(i).padStart(5, '0');
      return match({ start: at('00:02') + i, end: at('00:02') + i, nativeId: id, nativeTuple: [id] });
    });
    const [event] = fold(many.toReversed());
    expect(event).toMatchObject({ count: 10_000, countCapped: true });
    expect(event?.originalIds).toEqual(Array.from({ length: 100 }, (_, i) => String(i).padStart(5, '0')));
  });
});
