/**
 * YAML that remembers where everything stands: a thin layer over the `yaml` library, so that each fault can be named
 * with file, line and column. Custom tags and merge keys are not used; aliases expand at most 100 times.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Problem } from '../model/errors.ts';

/** Larger files are no configuration. */
export const MAX_YAML_BYTES = 4 * 1024 * 1024;
const MAX_ALIASES = 100;

/** One key of a map with its value. */
export interface YamlEntry {
  key: string;
  at: string;
  value: YamlNode;
}

/** A value and its place. */
export class YamlNode {
  readonly at: string;
  readonly #node: Node | null;
  readonly #file: YamlFile;

  constructor(file: YamlFile, node: Node | null, at: string) {
    this.#file = file;
    this.#node = node;
    this.at = at;
  }

  /** Whether nothing was written: `key:` with nothing after it, or null. */
  get empty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** The entries in file order; undefined when the value is no map. */
  entries(): YamlEntry[] | undefined {
    if (!isMap(this.#node)) return undefined;
    return this.#node.items.map((pair) => this.#entryOf(pair as Pair<Node, Node | null>));
  }

  #entryOf(pair: Pair<Node, Node | null>): YamlEntry {
    const at = this.#file.placeOf(pair.key, this.at);
    const value = pair.value ?? null;
    const key = isScalar(pair.key) ? String(pair.key.value) : pair.key.toString();
    return {
      key,
      at,
      value: new YamlNode(this.#file, this.#file.resolve(value), this.#file.placeOf(value, at)),
    };
  }

  /** The plain JSON-like value; undefined where aliases make it too large. */
  value(): unknown {
    return this.#node === null ? null : this.#file.toJs(this.#node);
  }

  /** Where the part at `path` stands; the nearest place that is known. */
  placeAt(path: readonly (string | number)[]): string {
    let at = this.at;
    let node: Node | null = this.#node;
    for (const step of path) {
      const next = stepInto(node, step);
      if (next === undefined) break;
      at = this.#file.placeOf(next.at, at);
      node = this.#file.resolve(next.value);
    }
    return at;
  }
}

function stepInto(node: Node | null, step: string | number): { at: Node; value: Node | null } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step] as Node | undefined;
    return item === undefined ? undefined : { at: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
  if (pair === undefined) return undefined;
  return { at: pair.key as Node, value: (pair.value ?? null) as Node | null };
}

/** A parsed file: its root, or what is wrong with its YAML. */
export class YamlFile {
  readonly name: string;
  readonly problems: Problem[];
  readonly root: YamlNode;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  /** @param name as the user gave it, for messages */
  constructor(name: string, source: string) {
    this.name = name;
    this.#document = parseDocument(source, { lineCounter: this.#lines, prettyErrors: false, version: '1.2' });
    this.problems = [...this.#document.errors, ...this.#document.warnings].map((error) => ({
      at: this.#place(error.pos[0]),
      text: explain(error.code, error.message),
    }));
    this.root = new YamlNode(this, this.#document.contents, `${name}:1:1`);
  }

  resolve(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }

  placeOf(node: Node | null, otherwise: string): string {
    const offset = node?.range?.[0];
    return offset === undefined ? otherwise : this.#place(offset);
  }

  toJs(node: Node): unknown {
    try {
      return node.toJS(this.#document, { maxAliasCount: MAX_ALIASES }) as unknown;
    } catch {
      return undefined;
    }
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.name}:${line}:${col}`;
  }
}

function explain(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands twice; keep one of them';
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line; YAML wants blanks';
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents (---); only one is read';
  return `not valid YAML: ${message}`;
}
