/** Spans between the flat and the nested form of OTLP/JSON: the same spans, however they are batched. */
import type { Dice } from './dice.ts';
import { canonical, list, plain } from './text.ts';
import type { Plain } from './text.ts';

/** One span with what it shares with others. */
export interface SpanItem {
  resource: unknown[];
  scope: string;
  span: Plain;
}

/** The spans of export requests, one by one. */
export function flattenSpans(requests: Plain[]): SpanItem[] {
  return requests.flatMap((request) =>
    list(request['resourceSpans'])
      .map(plain)
      .flatMap((resourceSpans) =>
        list(resourceSpans['scopeSpans'])
          .map(plain)
          .flatMap((scopeSpans) =>
            list(scopeSpans['spans']).map((span) => ({
              resource: list(plain(resourceSpans['resource'])['attributes']),
              scope: String(plain(scopeSpans['scope'])['name']),
              span: plain(span),
            })),
          ),
      ),
  );
}

/** Export requests of the spans: cut into runs, equal resources and scopes together or, by chance, apart. */
export function batchSpans(items: SpanItem[], dice: Dice): Plain[] {
  const requests: Plain[] = [];
  for (let rest = items; rest.length > 0;) {
    const run = rest.slice(0, dice.int(1, 12));
    rest = rest.slice(run.length);
    const together = dice.chance(0.7);
    requests.push({
      resourceSpans: groupBy(run, (item, i) => (together ? canonical(item.resource) : String(i))).map(
        (group) => ({
          resource: { attributes: group[0]?.resource ?? [] },
          scopeSpans: groupBy(group, (item, i) => (together ? item.scope : String(i))).map((same) => ({
            scope: { name: same[0]?.scope ?? '' },
            spans: same.map((item) => item.span),
          })),
        }),
      ),
    });
  }
  return requests;
}

function groupBy<T>(items: T[], key: (item: T, index: number) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const [i, item] of items.entries())
    groups.set(key(item, i), [...(groups.get(key(item, i)) ?? []), item]);
  return [...groups.values()];
}
