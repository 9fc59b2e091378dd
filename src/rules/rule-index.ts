/**
 * Finds the few rules of a log source that a record could match, so that what a record costs does not grow with every rule that is loaded.
 *
 * What: each rule is filed under the texts of one field that it needs (needed-texts.ts); of its fields, the one whose texts part the rules
 * best. A record is asked for those fields only, and looked up by what they say. Rules that need nothing are always looked at. Who is
 * found is evaluated whole, so that the index decides about time and never about a match.
 *
 * Why so: rules of a log source differ in what they are about (a resource, a path, an action) far more than in the rest. A tree that
 * shares all tests of all rules would find them faster still, and would be hard to read and to explain.
 *
 * Cost: at load, the texts of all rules once; on a record, the values of the fields that are filed under (a handful for Kubernetes audit),
 * and the rules found. Worked example: of `{verb: create, resource: pods}`, `{verb: create, resource: secrets}` and `{path|contains: x}`
 * the first two are filed under the resource, which has two texts where the verb has one; a record about secrets meets the second and the third.
 * Source: the filing of conjunctions by one conjunct is that of content-based publish/subscribe (Yan and Garcia-Molina 1994, "Index
 * structures for selective dissemination of information").
 */
import { fieldValues, type FieldPath, type Fields } from './field-path.ts';
import { needsOf, type Need, type Needs } from './needed-texts.ts';
import { foldCase, textOf } from './pattern.ts';
import type { SigmaRule } from './sigma-rule.ts';

interface Filed {
  path: FieldPath;
  /** Places of rules in the list, by folded text. */
  byText: Map<string, number[]>;
}

export class RuleIndex<R extends { rule: SigmaRule }> {
  readonly #rules: readonly R[];
  /** Places of those that need nothing that can be told. */
  readonly #always: number[] = [];
  readonly #fields: readonly Filed[];

  constructor(rules: readonly R[]) {
    this.#rules = rules;
    const needs = rules.map(({ rule }) => needsOf(rule));
    const distinct = textsByPath(needs);
    const fields = new Map<string, Filed>();
    for (const [place, each] of needs.entries()) {
      const need = best(each, distinct);
      if (need === undefined) this.#always.push(place);
      else file(need, place, fields);
    }
    this.#fields = [...fields.values()];
  }

  /** In the order of the list. No rule that matches is missing; most that do not are. */
  candidates(fields: Fields): R[] {
    const places = new Set(this.#always);
    for (const { path, byText } of this.#fields) {
      for (const value of fieldValues(fields, path)) {
        const text = textOf(value);
        if (text === undefined) continue;
        for (const place of byText.get(foldCase(text)) ?? []) places.add(place);
      }
    }
    return [...places].toSorted((a, b) => a - b).flatMap((place) => this.#rules[place] ?? []);
  }
}

function file({ path, texts }: Need, place: number, fields: Map<string, Filed>): void {
  let filed = fields.get(path.text);
  if (filed === undefined) fields.set(path.text, (filed = { path, byText: new Map() }));
  for (const text of texts) {
    const places = filed.byText.get(text);
    if (places === undefined) filed.byText.set(text, [place]);
    else places.push(place);
  }
}

/** How many texts the rules need of each field together. */
function textsByPath(needs: readonly Needs[]): ReadonlyMap<string, number> {
  const texts = new Map<string, Set<string>>();
  for (const [path, need] of needs.flatMap((each) => [...each])) {
    let known = texts.get(path);
    if (known === undefined) texts.set(path, (known = new Set()));
    for (const text of need.texts) known.add(text);
  }
  return new Map([...texts].map(([path, known]) => [path, known.size]));
}

/** The need that the smallest part of all texts of its field meets. */
function best(needs: Needs, distinct: ReadonlyMap<string, number>): Need | undefined {
  const part = ({ path, texts }: Need): number => texts.size / (distinct.get(path.text) ?? 1);
  return [...needs.values()].toSorted((a, b) => part(a) - part(b))[0];
}
